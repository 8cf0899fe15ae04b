// Retry after a 429, and wait as long as Retry-After says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useSeedanceMock } from "seedance-mock/node-test";
import { Client } from "./client.mjs";

const mock = useSeedanceMock();

test("the client waits for Retry-After", async () => {
  const account = await mock.account("create-429x2 retry-7s");
  const waits = [];
  const client = new Client(account.env, async (seconds) => waits.push(seconds));

  const task = await client.create();

  assert.equal(task.status, "pending");
  assert.deepEqual(waits, [7, 7]);
  assert.equal((await account.journal({ place: "create" })).length, 3);
});
