// The test runners: each runs a few tests that use the mock, one of which fails on purpose.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const runners = fileURLToPath(new URL("runners/", import.meta.url));
const JOURNAL =
  /\+0\.000 s {2}GET \/v1\/models {2}503 all_channels_failed \(models-503: not applied\)/;

/** Run a program of Node in a folder of runners/, and return its exit code and its output. */
async function run(folder, args, variables = {}) {
  const { NODE_TEST_CONTEXT, ...environment } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: path.join(runners, folder),
    env: { ...environment, ...variables, CI: "1", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => {
    child.on("close", resolve);
  });
  return { code, output };
}

/** Return the path of a file of a package, also of one that its package does not export. */
function fileOf(name, file) {
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), file);
}

test("Vitest: a server a worker, an account a test, the journal of a failure", async () => {
  const { code, output } = await run("vitest", [fileOf("vitest", "vitest.mjs"), "run"]);

  assert.equal(code, 1, output);
  assert.match(output, /Tests +1 failed \| 2 passed/);
  assert.match(output, JOURNAL);
});

test("Jest: a server a worker, an account a test, the journal of a failure", async () => {
  const { code, output } = await run("jest", [fileOf("jest", "bin/jest.js")]);

  assert.equal(code, 1, output);
  assert.match(output, /Tests: +1 failed, 2 passed/);
  assert.match(output, JOURNAL);
  const [first, second] = ["first", "second"].map(
    (file) => new RegExp(`${file} file: (\\S+)`).exec(output)[1],
  );
  assert.equal(first, second);
});

test("node:test: the journal of a failure", async () => {
  const { code, output } = await run("node-test", ["--test", "failing.mjs"]);

  assert.equal(code, 1, output);
  assert.match(output, JOURNAL);
});

test("Playwright: a server a worker, an account a test, the journal of a failure", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seedance-playwright-"));
  const variables = { SEEDANCE_TEST_OUTPUT: path.join(folder, "results") };
  const command = [fileOf("@playwright/test", "cli.js"), "test"];

  const { code, output } = await run("playwright", command, variables);

  fs.rmSync(folder, { recursive: true });
  assert.equal(code, 1, output);
  const { suites } = JSON.parse(output);
  const [passed, failed] = suites[0].specs.map((spec) => spec.tests[0].results[0]);
  assert.deepEqual([passed.status, failed.status], ["passed", "failed"]);
  const [journal] = failed.attachments;
  assert.equal(journal.name, "seedance journal");
  assert.match(Buffer.from(journal.body, "base64").toString(), JOURNAL);
});
