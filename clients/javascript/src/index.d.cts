import type { components, paths } from "./control-api.cjs";

type Schemas = components["schemas"];

/** The paths of the control API, with the bodies of their requests and responses. */
export type ControlPaths = paths;

/** The state of an account. Amounts are USD as decimal strings; null is unlimited credit. */
export type AccountState = Schemas["AccountWithLedger"];

/** The verdict of a check on the requests of an account. */
export type Check = Schemas["Check"];

/** A request and its response, without keys, prompts and media URLs. */
export type JournalEntry = Schemas["JournalEntry"];

/** Members that the entries of a journal must have. */
export interface JournalFilter {
  task_id?: string;
  /** What the request is about, such as "create", "poll", "cancel" or "callback". */
  place?: string;
  /** The status of the response. */
  status?: number;
}

/** How a server is started. Every other option of `seedance-mock serve` goes into `args`. */
export interface StartOptions {
  /** The port; any free port if it is missing. */
  port?: number;
  /** How long tasks take: quick is 5 s. */
  lifecycle?: "quick" | "realistic" | "instant" | "manual";
  /** The credit of every key, in USD, such as "0.50"; unlimited if it is missing. */
  balance?: string;
  /** Requests a minute for each key; unlimited if it is missing. */
  rateLimit?: number;
  /** Seconds after which ended tasks are deleted. */
  retention?: number;
  /** The base of the URLs of results; the host that the client uses if it is missing. */
  publicUrl?: string;
  /** Which web pages may call the API. */
  cors?: "localhost" | "any" | "none";
  /** Ignore undocumented fields instead of refusing the request. */
  tolerant?: boolean;
  /** Name the injected fault in the response header Mock-Did. */
  explain?: boolean;
  /** More options of `seedance-mock serve`, such as ["--store", "sqlite:mock.db"]. */
  args?: string[];
  /** The command that starts the program, such as ".venv/bin/seedance-mock"; as a list if a part has blanks. */
  command?: string | string[];
  /** The image for `docker run`, which is tried last. */
  image?: string;
  /** Milliseconds until the server must accept connections: 60,000 if it is missing. */
  readyTimeout?: number;
  /** The URL of a server that runs: none is started. */
  url?: string;
  /** The --control-token of the server at `url`, if it is on another machine. */
  token?: string;
}

/** The variables from which clients read the base URL and the key. */
export interface Environment {
  readonly TOKENLAB_BASE_URL: string;
  readonly TOKENLAB_API_KEY: string;
}

/** The clock of an account. Its tasks advance with it. Times are seconds since the Unix epoch. */
export interface Clock {
  now(): Promise<number>;
  /** Stop the clock: only `advance` moves it from now on. */
  freeze(): Promise<number>;
  /** Advance the clock by seconds. Every later request sees the new time. */
  advance(seconds: number): Promise<number>;
  /** Set the mode: a factor is such as "x20"; with "polls" each poll advances the tasks. */
  setMode(mode: "real" | "frozen" | "polls" | `x${number}`): Promise<number>;
}

/** An account that no other test has: its own tasks, money, clock, counters and journal. */
export interface Account {
  /** The API key that the client under test sends. */
  readonly key: string;
  /** The name of the account in the control API, such as "key-1". */
  readonly name: string;
  readonly url: string;
  readonly env: Environment;
  readonly clock: Clock;
  /** Return the requests with this key, the oldest first. */
  journal(filter?: JournalFilter): Promise<JournalEntry[]>;
  /** Return the verdicts of `check-client` on the requests with this key. */
  checks(): Promise<Check[]>;
  state(): Promise<AccountState>;
  /** Replace the words of the account. Its counters of requests start again at zero. */
  script(words: string): Promise<void>;
  /** Add to the credit: USD as a decimal string such as "0.50". */
  topUp(usd: string): Promise<void>;
  /** Set the status of a task from now on. */
  force(taskId: string, status: "processing" | "completed" | "failed"): Promise<void>;
}

/** The control API of a server. */
export declare class Control {
  constructor(url: string, token?: string);
  /** Send a request to a path below /_mock, and return the JSON body of the response. */
  call(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<unknown>;
}

/** The control API refuses a call. */
export declare class ControlError extends Error {
  constructor(status: number, message: string);
  /** The HTTP status of the response. */
  readonly status: number;
}

/** No server could be started. The message says what was tried, and why each try failed. */
export declare class StartError extends Error {
  private constructor();
}

/** What tests use of a server. */
export interface MockAccess {
  readonly url: string;
  readonly control: Control;
  /**
   * Open an account that behaves as `words` describe, such as "create-429x2 retry-7s".
   *
   * Each poll advances its tasks, so that no test waits for a video, unless the words choose
   * another clock. Rejects with a ControlError that names the nearest word if one is unknown.
   */
  account(words?: string): Promise<Account>;
  /** Return sentences that explain the response with this X-Request-ID. */
  why(requestId: string): Promise<string[]>;
}

/** A server that runs. */
export interface Mock extends MockAccess {
  /** Stop the server, if startMock has started it. */
  stop(): Promise<void>;
}

/**
 * Start a server on a free port, and return it when it accepts connections.
 *
 * It is started by the first command that works: `command` or SEEDANCE_MOCK_COMMAND if given, else
 * `seedance-mock`, `uvx`, `pipx run`, `docker run`. With `url` or SEEDANCE_MOCK_URL a server that
 * runs is used instead. The server ends with this process. Rejects with a StartError.
 */
export declare function startMock(options?: StartOptions): Promise<Mock>;
