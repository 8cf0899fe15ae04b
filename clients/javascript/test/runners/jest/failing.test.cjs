const { useSeedanceMock } = require("seedance-mock/jest");

const mock = useSeedanceMock();

test("a failure shows the journal", async () => {
  const { url, key } = await mock.account("models-503");
  const response = await fetch(`${url}/v1/models`, { headers: { Authorization: `Bearer ${key}` } });

  expect(response.status).toBe(200);
});
