const { expect, test: base } = require("@playwright/test");
const { seedanceFixtures } = require("seedance-mock/playwright");

const test = base.extend(seedanceFixtures);

test.use({ seedanceWords: "models-503" });

test("an account behaves as its words describe", async ({ request, seedanceAccount }) => {
  const { url, key } = seedanceAccount;
  const headers = { Authorization: `Bearer ${key}` };

  expect((await request.get(`${url}/v1/models`, { headers })).status()).toBe(503);
});

test("a failure has the journal", async ({ request, seedanceAccount }) => {
  const { url, key } = seedanceAccount;
  const headers = { Authorization: `Bearer ${key}` };

  expect((await request.get(`${url}/v1/models`, { headers })).status()).toBe(200);
});
