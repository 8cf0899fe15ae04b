"use strict";
// The process of a server: started, waited for, stopped.

const { spawn } = require("node:child_process");
const { randomUUID } = require("node:crypto");

const { startCommands } = require("./commands.cjs");

const READY_MS = 60_000;
const STOP_MS = 10_000;
const MAX_LOG_LINES = 20;
const PROBLEM = /error|cannot|denied|failed|no such/i;

/** No server could be started. The message says what was tried, and why each try failed. */
class StartError extends Error {
  constructor(attempts) {
    const lines = attempts.map(({ label, reason }) => `  ${label}: ${reason}`);
    super(
      "Cannot start seedance-mock. Tried:\n" +
        lines.join("\n") +
        "\nInstall it (pip install seedance-mock), set SEEDANCE_MOCK_COMMAND to the command that" +
        " starts it, or SEEDANCE_MOCK_URL to the URL of a server that runs.",
    );
    this.name = "StartError";
  }
}

/**
 * Start a server with the first command that works.
 *
 * Return `{ url, token, stop }`. Throws a StartError.
 */
async function startServer(options) {
  // Only a container needs it: to the server in it, this process is another machine.
  const token = process.env.SEEDANCE_MOCK_CONTROL_TOKEN || randomUUID();
  const environment = { ...process.env, SEEDANCE_MOCK_CONTROL_TOKEN: token };
  // Meant for another server of this developer. This one would refuse the keys of its accounts.
  delete environment.SEEDANCE_MOCK_KEYS;
  const attempts = [];
  for (const { label, command, args, url } of await startCommands(options, process.env)) {
    const child = spawn(command, args, { stdio: "pipe", env: environment, windowsHide: true });
    try {
      const line = await readyLine(child, options.readyTimeout ?? READY_MS);
      release(child);
      return { url: url ?? line.url, token, stop: () => stop(child) };
    } catch (error) {
      attempts.push({ label, reason: error.message });
    }
  }
  throw new StartError(attempts);
}

/** Return the ready line of a server, parsed. Throws an Error if the process ends before. */
function readyLine(child, milliseconds) {
  return new Promise((resolve, reject) => {
    let output = "";
    let log = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`not ready within ${milliseconds / 1000} s`));
    }, milliseconds);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error.code === "ENOENT" ? new Error("not found") : error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${signal ?? `exit code ${code}`}${lastMessage(log)}`));
    });
    child.stderr.on("data", (chunk) => {
      log = (log + chunk).split("\n").slice(-MAX_LOG_LINES).join("\n");
    });
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const line = output.split("\n").find((text) => text.startsWith("{"));
      if (line === undefined || !output.includes(`${line}\n`)) return;
      clearTimeout(timer);
      resolve(JSON.parse(line));
    });
  });
}

/** Return the line of a log that says most about the end of the process. */
function lastMessage(log) {
  const lines = log.split("\n").filter((line) => line.trim());
  const line = lines.findLast((text) => PROBLEM.test(text)) ?? lines.at(-1);
  return line === undefined ? "" : `: ${line.trim()}`;
}

/** Let this process end although the server runs. */
function release(child) {
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref();
}

/** Stop a server, and return when its process has ended. */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.ref();
  // The end of its standard input is what the server waits for, through uvx or docker, too.
  child.stdin.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}

module.exports = { StartError, startServer };
