import type { MockAccess, StartOptions } from "./index.cjs";

/**
 * Use the mock in the tests of this file or this `describe`.
 *
 * The server is started before the first test of a worker and serves all files with the same
 * options. If a test fails, its output has the journals of the accounts that it has opened.
 */
export declare function useSeedanceMock(options?: StartOptions): MockAccess;
