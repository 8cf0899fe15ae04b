// Handle a lost response: the task exists and is billed, so do not create it again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useSeedanceMock } from "seedance-mock/node-test";
import { Client, MaybeCreatedError } from "./client.mjs";

const mock = useSeedanceMock();

test("a lost create is not repeated", async () => {
  const account = await mock.account("lostreply");

  await assert.rejects(new Client(account.env).create(), MaybeCreatedError);

  const [create, ...others] = await account.journal({ place: "create" });
  assert.equal(create.applied, true);
  assert.deepEqual(others, []);
});
