// For Vitest: one server a worker, an account for each test, its journal if the test fails.

import { afterEach, beforeAll, beforeEach } from "vitest";

import journal from "./journal.cjs";
import worker from "./worker.cjs";

/** Use the mock in the tests of this file or this `describe`. */
export function useSeedanceMock(options = {}) {
  const mock = new worker.TestMock(options);
  beforeAll(() => mock.start(), options.readyTimeout ?? 60_000);
  beforeEach(() => {
    mock.takeAccounts();
  });
  afterEach(async ({ task }) => {
    const accounts = mock.takeAccounts();
    const [error] = task.result?.errors ?? [];
    if (!error || !accounts.length) return;
    error.message = `${error.message}\n\n${await journal.failureReport(accounts)}`;
  });
  return mock;
}
