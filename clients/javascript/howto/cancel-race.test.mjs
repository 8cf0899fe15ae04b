// Handle a cancellation that comes too late: the task completes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useSeedanceMock } from "seedance-mock/node-test";
import { Client } from "./client.mjs";

const mock = useSeedanceMock();

for (const [words, status] of [["", "failed"], ["race", "completed"]]) {
  test(`a cancelled task ends as ${status}`, async () => {
    const account = await mock.account(words);
    const client = new Client(account.env, async () => {});
    const task = await client.create();

    assert.equal((await client.cancel(task)).status, status);
  });
}
