// Show why a task has failed, and that it costs nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useSeedanceMock } from "seedance-mock/node-test";
import { Client } from "./client.mjs";

const mock = useSeedanceMock();

test("a task that the moderation holds back costs nothing", async () => {
  const account = await mock.account("policy");
  const client = new Client(account.env, async () => {});

  const task = await client.wait(await client.create());

  assert.equal(task.status, "failed");
  assert.match(task.error, /content moderation/);
  assert.equal((await account.state()).charged_usd, "0");
});
