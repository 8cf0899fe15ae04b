"use strict";
// A server that runs, and how one is started.

const { openAccount } = require("./account.cjs");
const { Control } = require("./control.cjs");
const { startServer } = require("./process.cjs");

/** A server that runs. */
class Mock {
  #stop;

  constructor(url, token, stop) {
    this.url = url;
    this.control = new Control(url, token);
    this.token = token;
    this.#stop = stop;
  }

  /** Open an account that behaves as `words` describe, such as "create-429x2 retry-7s". */
  account(words) {
    return openAccount(this.control, this.url, words);
  }

  /** Return sentences that explain the response with this X-Request-ID. */
  async why(requestId) {
    return (await this.control.call("GET", `/why/${encodeURIComponent(requestId)}`)).why;
  }

  /** Stop the server, if startMock has started it. */
  async stop() {
    await this.#stop();
  }
}

/**
 * Start a server on a free port, and return it when it accepts connections.
 *
 * It is started by the first command that works: `command` or SEEDANCE_MOCK_COMMAND if given, else
 * `seedance-mock`, `uvx`, `pipx run`, `docker run`. With `url` or SEEDANCE_MOCK_URL a server that
 * runs is used instead. The server ends with this process. Throws a StartError.
 */
async function startMock(options = {}) {
  const url = options.url ?? process.env.SEEDANCE_MOCK_URL;
  if (url) {
    const token = options.token ?? process.env.SEEDANCE_MOCK_CONTROL_TOKEN;
    return new Mock(url.replace(/\/+$/, ""), token, async () => {});
  }
  const server = await startServer(options);
  return new Mock(server.url, server.token, server.stop);
}

module.exports = { Mock, startMock };
