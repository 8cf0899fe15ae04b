// Compiled only: what a program in TypeScript writes, as an ES module.
import { test as base } from "@playwright/test";
import { ControlError, startMock, StartError, type Account, type JournalEntry } from "seedance-mock";
import { useSeedanceMock as inJest } from "seedance-mock/jest";
import { useSeedanceMock as inNodeTest } from "seedance-mock/node-test";
import {
  seedanceFixtures,
  type SeedanceTestFixtures,
  type SeedanceWorkerFixtures,
} from "seedance-mock/playwright";
import { useSeedanceMock } from "seedance-mock/vitest";

const mock = await startMock({ lifecycle: "instant", args: ["--store", "sqlite:mock.db"] });
const account: Account = await mock.account("create-429x2 retry-7s");
const entries: JournalEntry[] = await account.journal({ place: "create" });
export const time: number = await account.clock.advance(5);
export const sentences: string[] = await mock.why(entries[0]!.request_id);
export const environment: Record<string, string> = { ...account.env };
export const verdicts: string[] = (await account.checks()).map((check) => check.verdict);
await account.clock.setMode("x20");
await mock.stop();

// @ts-expect-error: no mode of the clock
await account.clock.setMode("fast");
// @ts-expect-error: no lifecycle
await startMock({ lifecycle: "slow" });
// @ts-expect-error: a running server is given by its URL
await startMock({ server: "http://127.0.0.1:8000" });

for (const use of [useSeedanceMock, inJest, inNodeTest]) {
  const { key }: Account = await use({ balance: "0.50" }).account();
  console.log(key);
}

const test = base.extend<SeedanceTestFixtures, SeedanceWorkerFixtures>(seedanceFixtures);

test.use({ seedanceWords: "broke" });
test("an account", async ({ seedanceAccount, seedanceMock }) => {
  console.log(seedanceAccount.name, seedanceMock.url);
});

export function status(error: unknown): number | undefined {
  return error instanceof ControlError ? error.status : undefined;
}

export const isStartError = (error: unknown): boolean => error instanceof StartError;
