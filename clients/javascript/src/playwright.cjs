"use strict";
// For Playwright: fixtures for test.extend().

const { failureReport } = require("./journal.cjs");
const { startMock } = require("./mock.cjs");

/**
 * Fixtures: `seedanceMock`, one server a worker; `seedanceAccount`, an account for each test that
 * behaves as the option `seedanceWords` describes. A failed test has its journal as an attachment.
 */
const seedanceFixtures = {
  seedanceOptions: [{}, { option: true, scope: "worker" }],
  seedanceWords: ["", { option: true }],
  seedanceMock: [
    async ({ seedanceOptions }, use) => {
      const mock = await startMock(seedanceOptions);
      await use(mock);
      await mock.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  seedanceAccount: async ({ seedanceMock, seedanceWords }, use, testInfo) => {
    const account = await seedanceMock.account(seedanceWords);
    await use(account);
    if (testInfo.status === testInfo.expectedStatus) return;
    const body = await failureReport([account]);
    await testInfo.attach("seedance journal", { body, contentType: "text/plain" });
  },
};

exports.seedanceFixtures = seedanceFixtures;
