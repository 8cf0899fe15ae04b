/** The status of a task, as a response shows it. */
export type TaskStatus = "pending" | "processing" | "completed" | "failed";

/** A request and its response, without keys, prompts and media URLs. */
export interface JournalEntry {
  /** Counts the requests of the server from 1. */
  number: number;
  /** The X-Request-ID of the response. */
  request_id: string;
  account: string | null;
  /** The time of the account, in seconds since the Unix epoch. */
  time: number;
  /** When the first byte was read, by a monotonic clock in seconds. */
  received: number;
  /** When the response was ready, by the same clock; null if there was none. */
  answered: number | null;
  connection: number;
  turn: number;
  method: string;
  target: string;
  /** What the request is about, such as "create", "poll" or "cancel". */
  place: string | null;
  authorized: boolean;
  task_id: string | null;
  /** The status of the response; null if there was none. */
  status: number | null;
  /** The error code of the response. */
  code: string | null;
  task_status: TaskStatus | null;
  /** The word that injected a fault. */
  fault: string | null;
  /** Whether the request took effect in spite of the fault. */
  applied: boolean | null;
  /** The ids of the rules that the body breaks. */
  rules: string[];
  warnings: string[];
  /** A summary of the body of a create request. */
  request: Record<string, unknown> | null;
  /** What the response demands of the client, such as `retry_after`; null for an ordinary one. */
  response: Record<string, unknown> | null;
  /** The places besides the header Authorization that had the key. */
  exposed: string[];
}

/** Members that the entries of a journal must have. */
export interface JournalFilter {
  task_id?: string;
  place?: string;
  status?: number;
}

/** The verdict of a check on the requests of an account. */
export interface Check {
  id: string;
  level: string;
  verdict: string;
  requirement: string;
  explanation: string | null;
  fix: string | null;
  source: string;
  /** The X-Request-IDs of the requests that the verdict rests on. */
  requests: string[];
}

/** A row of the ledger. Amounts are USD as decimal strings. */
export interface LedgerRow {
  task_id: string;
  model: string;
  status: TaskStatus;
  created: number;
  reserved_usd: string;
  charged_usd: string;
}

/** The state of an account. Amounts are USD as decimal strings; null is unlimited credit. */
export interface AccountState {
  name: string;
  words: string;
  clock: { mode: string; now: number };
  granted_usd: string | null;
  balance_usd: string | null;
  reserved_usd: string;
  charged_usd: string;
  ledger: LedgerRow[];
}
