"use strict";
// For Jest: one server a worker, an account for each test, its journal if the test fails.

const { afterEach, beforeAll, beforeEach } = require("@jest/globals");

const { failureReport } = require("./journal.cjs");
const { TestMock } = require("./worker.cjs");

const RUNNER_STATE = "JEST_STATE_SYMBOL";

/** Use the mock in the tests of this file or this `describe`. */
function useSeedanceMock(options = {}) {
  const mock = new TestMock(options);
  beforeAll(() => mock.start(), options.readyTimeout ?? 60_000);
  beforeEach(() => {
    mock.takeAccounts();
  });
  afterEach(async () => {
    const accounts = mock.takeAccounts();
    const error = errorOfTest();
    if (!error || !accounts.length) return;
    const report = await failureReport(accounts);
    // Jest prints the stack, which begins with the message.
    error.stack = `${error.message}\n\n${report}\n${stackLines(error)}`;
  });
  return mock;
}

/** Return the error of the test that has just run, or undefined if it has none. */
function errorOfTest() {
  // Jest tells its hooks nothing of the result. Its runner keeps its state in a global; without
  // it, as under another runner, a failed test has no journal.
  const symbol = Object.getOwnPropertySymbols(globalThis).find(
    ({ description }) => description === RUNNER_STATE,
  );
  const errors = globalThis[symbol]?.currentlyRunningTest?.errors ?? [];
  return errors.flat().find((error) => typeof error?.stack === "string");
}

function stackLines({ stack, message }) {
  return stack.slice(stack.indexOf(message) + message.length).replace(/^\n/, "");
}

exports.useSeedanceMock = useSeedanceMock;
