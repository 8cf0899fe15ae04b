"use strict";
// For node:test: one server a process, an account for each test, its journal if the test fails.

const { afterEach, before, beforeEach } = require("node:test");

const { failureReport } = require("./journal.cjs");
const { TestMock } = require("./worker.cjs");

/** Use the mock in the tests of this file or this `describe`. */
function useSeedanceMock(options = {}) {
  const mock = new TestMock(options);
  before(() => mock.start());
  beforeEach(() => {
    mock.takeAccounts();
  });
  afterEach(async (context) => {
    const accounts = mock.takeAccounts();
    if (context.passed || !accounts.length) return;
    for (const line of (await failureReport(accounts)).split("\n")) context.diagnostic(line);
  });
  return mock;
}

exports.useSeedanceMock = useSeedanceMock;
