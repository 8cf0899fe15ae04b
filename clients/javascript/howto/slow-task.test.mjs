// Test a task that takes minutes, without waiting for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useSeedanceMock } from "seedance-mock/node-test";
import { Client } from "./client.mjs";

const mock = useSeedanceMock();

test("a slow task ends when the clock is advanced", async () => {
  const account = await mock.account("queue-60s run-240s");
  await account.clock.freeze();
  const client = new Client(account.env);
  const task = await client.create();

  const statuses = [];
  for (const seconds of [0, 60, 240]) {
    await account.clock.advance(seconds);
    statuses.push((await client.read(task)).status);
  }

  assert.deepEqual(statuses, ["pending", "processing", "completed"]);
});
