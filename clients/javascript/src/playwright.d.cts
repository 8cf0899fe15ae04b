import type { Account, Mock, StartOptions } from "./index.cjs";

/** Options of a project or of `test.use()`, and what each test can take. */
export interface SeedanceTestFixtures {
  /** The words of the account, such as "create-429x2 retry-7s". */
  seedanceWords: string;
  /** An account for this test. A failed test has its journal as an attachment. */
  seedanceAccount: Account;
}

/** What all tests of a worker share. */
export interface SeedanceWorkerFixtures {
  seedanceOptions: StartOptions;
  /** A server for all tests of a worker. */
  seedanceMock: Mock;
}

type Use<Value> = (value: Value) => Promise<void>;

interface TestInfo {
  readonly status?: string;
  readonly expectedStatus: string;
  attach(name: string, options: { body: string; contentType: string }): Promise<void>;
}

/** Fixtures for `test.extend<SeedanceTestFixtures, SeedanceWorkerFixtures>(seedanceFixtures)`. */
export declare const seedanceFixtures: {
  seedanceOptions: [StartOptions, { option: true; scope: "worker" }];
  seedanceWords: [string, { option: true }];
  seedanceMock: [
    (fixtures: { seedanceOptions: StartOptions }, use: Use<Mock>) => Promise<void>,
    { scope: "worker"; timeout: number },
  ];
  seedanceAccount: (
    fixtures: { seedanceMock: Mock; seedanceWords: string },
    use: Use<Account>,
    testInfo: TestInfo,
  ) => Promise<void>;
};
