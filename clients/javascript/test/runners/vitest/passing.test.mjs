import { expect, test } from "vitest";
import { useSeedanceMock } from "seedance-mock/vitest";

const mock = useSeedanceMock();

function create({ url, key }) {
  return fetch(`${url}/v1/videos/generations`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "seedance-2.0", prompt: "A paper boat" }),
  });
}

test("an account behaves as its words describe", async () => {
  const account = await mock.account("broke");

  expect((await create(account)).status).toBe(402);
});

test("each test has an account of its own", async () => {
  const account = await mock.account();

  expect((await create(account)).status).toBe(200);
  expect(await account.journal()).toHaveLength(1);
});
