"use strict";
// One server for all tests of a worker, and the accounts of the test that runs.

const { getEnvironmentData, setEnvironmentData } = require("node:worker_threads");

const { Mock, startMock } = require("./mock.cjs");

const starts = new Map();

/** Return the server of this worker with these options; start it if there is none. */
async function workerMock(options) {
  const name = `seedance-mock ${process.pid} ${JSON.stringify(options)}`;
  // Jest loads this module anew for each test file. The data of the thread outlive that.
  const known = getEnvironmentData(name);
  if (known) return new Mock(known.url, known.token, async () => {});
  if (!starts.has(name)) starts.set(name, startMock(options));
  const mock = await starts.get(name);
  setEnvironmentData(name, { url: mock.url, token: mock.token });
  return mock;
}

/** What useSeedanceMock returns: the server of the worker, and the accounts of the current test. */
class TestMock {
  #options;
  #mock;
  #accounts = [];

  constructor(options) {
    this.#options = options;
  }

  /** Start the server. Each runner calls this before the first test of a file. */
  async start() {
    this.#mock = await workerMock(this.#options);
  }

  /** Forget the accounts of the current test, and return them. */
  takeAccounts() {
    return this.#accounts.splice(0);
  }

  get url() {
    return this.#running().url;
  }

  get control() {
    return this.#running().control;
  }

  /** Open an account for the current test. */
  async account(words) {
    const account = await this.#running().account(words);
    this.#accounts.push(account);
    return account;
  }

  /** Return sentences that explain the response with this X-Request-ID. */
  why(requestId) {
    return this.#running().why(requestId);
  }

  #running() {
    if (this.#mock) return this.#mock;
    throw new Error("the mock runs in tests and hooks only: use it inside of them");
  }
}

module.exports = { TestMock };
