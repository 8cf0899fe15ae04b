const { useSeedanceMock } = require("seedance-mock/jest");
const { create } = require("./create.cjs");

const mock = useSeedanceMock();

test("each test has an account of its own", async () => {
  const account = await mock.account();
  console.log(`second file: ${mock.url}`);

  expect((await create(account)).status).toBe(200);
  expect(await account.journal()).toHaveLength(1);
});
