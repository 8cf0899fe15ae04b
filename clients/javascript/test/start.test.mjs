// How a server is found, started and stopped. Needs `seedance-mock` on the PATH.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { StartError, startMock } from "seedance-mock";

const program = execFileSync("sh", ["-c", "command -v seedance-mock"]).toString().trim();
const environment = { ...process.env };
let folder;

/** Put a shell script into the folder of programs. */
function fakeProgram(name, script) {
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Let only the fake programs be found, and those of the system. */
function hidePrograms() {
  process.env.PATH = `${folder}:/usr/bin:/bin`;
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "seedance-programs-"));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
  process.env = { ...environment };
});

test("the options of startMock are options of the server", async () => {
  const mock = await startMock({ balance: "0.50", tolerant: true, args: ["--max-tasks", "9"] });
  const account = await mock.account();

  assert.equal((await account.state()).balance_usd, "0.50");

  await mock.stop();
});

test("a program that cannot be used is passed over", async () => {
  fakeProgram("uvx", 'echo "error: no version of seedance-mock" >&2; exit 1');
  fakeProgram("pipx", `shift 4; exec ${program} "$@"`);
  hidePrograms();

  const mock = await startMock();

  await assert.rejects(mock.why("req_none"), { status: 404 });
  await mock.stop();
});

test("a container gets a port, the public URL and a token", async () => {
  fakeProgram("uvx", "exit 1");
  fakeProgram("pipx", "exit 1");
  // The image listens on port 8000; here the server listens on the published port itself.
  fakeProgram(
    "docker",
    [
      'while [ "$1" != an-image ]; do',
      '  case $1 in 127.*:8000) port=${1#*:}; port=${port%:*};; esac',
      "  shift",
      "done",
      "shift",
      `exec ${program} serve --host 127.0.0.1 --port "$port" "$@"`,
    ].join("\n"),
  );
  hidePrograms();

  const mock = await startMock({ image: "an-image", lifecycle: "instant" });
  const { key, url } = await mock.account("clock-real");
  const headers = { Authorization: `Bearer ${key}` };
  const body = JSON.stringify({ model: "seedance-2.0", prompt: "A paper boat" });
  const created = await fetch(`${url}/v1/videos/generations`, { method: "POST", headers, body });
  const { poll_url: pollUrl } = await created.json();
  const task = await (await fetch(new URL(pollUrl, url), { headers })).json();

  assert.equal(new URL(task.video_url).origin, mock.url);
  await mock.stop();
});

test("the error says what was tried, and why it failed", async () => {
  fakeProgram("seedance-mock", 'echo "Usage: …" >&2; echo "Error: no such option" >&2; exit 2');
  fakeProgram("uvx", "exit 7");
  fakeProgram("docker", "kill -9 $$");
  hidePrograms();

  const error = await startMock().catch((reason) => reason);

  assert.ok(error instanceof StartError);
  assert.match(error.message, / {2}seedance-mock: ended with exit code 2: Error: no such option\n/);
  assert.match(error.message, / {2}uvx seedance-mock==[\d.]+: ended with exit code 7\n/);
  assert.match(error.message, / {2}pipx run seedance-mock==[\d.]+: not found\n/);
  assert.match(error.message, / {2}docker run seedance-mock: ended with SIGKILL\n/);
});

test("a server that is never ready is given up", async () => {
  fakeProgram("stuck", "exec sleep 60");

  const start = startMock({ command: [path.join(folder, "stuck")], readyTimeout: 50 });

  await assert.rejects(start, /stuck: not ready within 0.05 s/);
});

test("a command is a text or a list", async () => {
  for (const command of [program, [program], `env ${program}`]) {
    const mock = await startMock({ command });
    await mock.stop();
  }
  await assert.rejects(startMock({ command: "no-such-program" }), /no-such-program: not found/);
});

test("a server of the tests accepts the keys of its accounts", async () => {
  process.env.SEEDANCE_MOCK_KEYS = "sk-of-another-server";
  const mock = await startMock();
  const { key, url } = await mock.account();

  const { status } = await fetch(`${url}/v1/models`, { headers: { Authorization: `Bearer ${key}` } });

  assert.equal(status, 200);
  await mock.stop();
});

test("another server is no control API", async () => {
  for (const [status, body] of [[200, "<html>"], [502, "<html>"], [404, "{}"], [404, '{"error": "?"}']]) {
    const server = http.createServer((_, response) => response.writeHead(status).end(body));
    await once(server.listen(0), "listening");
    const mock = await startMock({ url: `http://127.0.0.1:${server.address().port}` });

    await assert.rejects(mock.account(), { status, message: /not one of the control API/ });
    server.close();
  }
});

test("SEEDANCE_MOCK_COMMAND and SEEDANCE_MOCK_URL are used instead", async () => {
  fakeProgram("mine", `shift; exec ${program} "$@"`);
  process.env.SEEDANCE_MOCK_COMMAND = `${path.join(folder, "mine")} -v`;
  const mock = await startMock();
  process.env.SEEDANCE_MOCK_URL = `${mock.url}/`;

  const same = await startMock();
  await same.stop();

  assert.equal(same.url, mock.url);
  assert.match((await mock.account()).name, /^key-\d+$/);
  await mock.stop();
});

test("an unknown word is refused with the nearest one", async () => {
  const mock = await startMock();

  await assert.rejects(mock.account("flakey"), { status: 400, message: /did you mean 'flaky'/ });
  await mock.stop();
});

test("words, credit, clock and tasks of an account can be changed", async () => {
  const mock = await startMock({ balance: "0.10" });
  const account = await mock.account();
  const create = () =>
    fetch(`${account.url}/v1/videos/generations`, {
      method: "POST",
      headers: { Authorization: `Bearer ${account.key}` },
      body: JSON.stringify({ model: "seedance-2.0", prompt: "A paper boat" }),
    });

  await account.script("clock-frozen create-503x1");
  await account.topUp("5.00");
  const before = await account.clock.now();
  const statuses = [(await create()).status];
  const created = await create();
  statuses.push(created.status);
  await account.force((await created.json()).id, "failed");
  const state = await account.state();

  assert.deepEqual(statuses, [503, 200]);
  assert.equal(await account.clock.now(), before);
  assert.deepEqual(
    state.ledger.map(({ status }) => status),
    ["failed"],
  );
  assert.equal(Number(state.balance_usd), 5.1);
  assert.ok((await account.clock.setMode("real")) >= before);
  await mock.stop();
});

test("the checks judge the requests of an account", async () => {
  const mock = await startMock();
  const account = await mock.account("create-504+");
  const { key, url } = account;
  const headers = { Authorization: `Bearer ${key}` };
  const body = JSON.stringify({ model: "seedance-2.0", prompt: "A paper boat" });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await fetch(`${url}/v1/videos/generations`, { method: "POST", headers, body });
  }

  const failed = (await account.checks()).filter(({ verdict }) => verdict === "FAIL");

  // The first create took effect although its response was a 504: the second one is paid again.
  assert.ok(failed.some(({ id }) => id === "no-blind-create"), JSON.stringify(failed));
  await mock.stop();
});

test("a server ends with its process, however that ends", async () => {
  const script =
    'import { startMock } from "seedance-mock"; console.log((await startMock()).url);' +
    " setInterval(() => {}, 1e6);";
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  const { hostname, port } = new URL(line.toString().trim());
  const connection = net.connect(Number(port), hostname);
  await once(connection, "connect");
  connection.resume();

  child.kill("SIGKILL");

  // A server that stops closes its connections. Otherwise this test would run into its timeout.
  await once(connection, "close");
  assert.equal(connection.destroyed, true);
});
