import assert from "node:assert/strict";
import { test } from "node:test";
import { useSeedanceMock } from "seedance-mock/node-test";

const mock = useSeedanceMock();

test("a failure shows the journal", async () => {
  const { url, key } = await mock.account("models-503");
  const response = await fetch(`${url}/v1/models`, { headers: { Authorization: `Bearer ${key}` } });

  assert.equal(response.status, 200);
});
