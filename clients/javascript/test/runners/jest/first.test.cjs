const { useSeedanceMock } = require("seedance-mock/jest");
const { create } = require("./create.cjs");

const mock = useSeedanceMock();

test("an account behaves as its words describe", async () => {
  const account = await mock.account("broke");
  console.log(`first file: ${mock.url}`);

  expect((await create(account)).status).toBe(402);
});
