"use strict";
// The ways to start a server: commands, in the order in which they are tried.

const net = require("node:net");

const { version } = require("../package.json");

const HOST = "127.0.0.1";
const PORT_IN_CONTAINER = 8000;
const DEFAULT_IMAGE = "seedance-mock";

/** The options of `serve` that startMock has by name; `args` takes all others. */
const FLAGS = {
  lifecycle: "--lifecycle",
  balance: "--balance",
  rateLimit: "--rate-limit",
  retention: "--retention",
  publicUrl: "--public-url",
  cors: "--cors",
  tolerant: "--tolerant",
  explain: "--explain",
};

/** Return the arguments of `serve` for the options of startMock. */
function serveArguments(options) {
  const flags = Object.entries(FLAGS).flatMap(([name, flag]) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    return value === true ? [flag] : [flag, String(value)];
  });
  // The server ends with its standard input, thus with this process, however that ends.
  const fixed = ["--exit-with-stdin", "--ready-format", "json", "--log-format", "none"];
  return [...fixed, ...flags, ...(options.args ?? [])];
}

/**
 * Return the commands to try: `{ label, command, args, url? }`.
 *
 * `url` replaces the URL of the ready line, where the server cannot know it.
 */
async function startCommands(options, environment) {
  const serve = ["serve", "--host", HOST, "--port", String(options.port ?? 0)];
  const args = [...serve, ...serveArguments(options)];
  const given = options.command ?? environment.SEEDANCE_MOCK_COMMAND;
  const chosen = typeof given === "string" ? splitCommand(given) : given;
  if (chosen?.length) {
    const [command, ...first] = chosen;
    return [{ label: chosen.join(" "), command, args: [...first, ...args] }];
  }
  const spec = `seedance-mock==${version}`;
  return [
    { label: "seedance-mock", command: "seedance-mock", args },
    { label: `uvx ${spec}`, command: "uvx", args: ["--from", spec, "seedance-mock", ...args] },
    {
      label: `pipx run ${spec}`,
      command: "pipx",
      args: ["run", "--spec", spec, "seedance-mock", ...args],
    },
    await containerCommand(options),
  ];
}

async function containerCommand(options) {
  const image = options.image ?? DEFAULT_IMAGE;
  const port = options.port || (await freePort());
  const url = `http://${HOST}:${port}`;
  const publicUrl = options.publicUrl ?? url;
  return {
    label: `docker run ${image}`,
    command: "docker",
    args: [
      ...["run", "--rm", "--interactive"],
      ...["--publish", `${HOST}:${port}:${PORT_IN_CONTAINER}`],
      // Without a value: the command line is visible to every user of the machine.
      ...["--env", "SEEDANCE_MOCK_CONTROL_TOKEN", image],
      ...serveArguments({ ...options, publicUrl }),
    ],
    url,
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, HOST, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function splitCommand(text) {
  return text.split(/\s+/).filter(Boolean);
}

module.exports = { FLAGS, startCommands };
