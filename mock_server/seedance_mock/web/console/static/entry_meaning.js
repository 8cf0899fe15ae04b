// What an entry of the journal means for the author of a client: a mistake, an injected fault, or nothing to look at.

// In the order of their weight: the first that applies names the entry.
const KINDS = [
  ["unacknowledged", (entry) => entry.callback && !isAcknowledged(entry)],
  ["fault", (entry) => entry.fault !== null],
  ["mistake", (entry) => entry.rules.length > 0 || (entry.status >= 400 && entry.status < 500)],
  ["error", (entry) => entry.status === null || entry.status >= 500],
  ["warning", (entry) => entry.warnings.length > 0],
];

export const KIND_LABELS = {
  fault: "injected fault",
  mistake: "refused request",
  error: "error of the server",
  unacknowledged: "callback without acknowledgement",
  warning: "accepted with a warning",
  ok: "nothing special",
};

export function kindOf(entry) {
  return KINDS.find(([, applies]) => applies(entry))?.[0] ?? "ok";
}

function isAcknowledged({ status, callback }) {
  return callback.problem === null && status >= 200 && status < 300;
}

// What was asked of whom: the request line, or which callback the server sent.
export function lineOf(entry) {
  return entry.callback ? `callback ${entry.callback.delivery}, attempt ${entry.callback.attempt}` : entry.target;
}

// The class of a status for its colour: that of the verdicts of reports.
export function statusClass(status) {
  if (status === null) return "v-broken";
  if (status >= 500) return "v-fail";
  if (status >= 400) return "v-non-strict";
  return status >= 300 ? "v-info" : "v-pass";
}

// Why the response is what it is, in a few words.
export function reasonOf(entry) {
  if (entry.callback) return [entry.task_status, entry.callback.problem].filter(Boolean).join(": ");
  if (entry.fault !== null) return `injected ${entry.fault}${entry.applied ? ", applied" : ""}`;
  if (entry.rules.length) return entry.rules.join(" ");
  if (entry.code !== null) return entry.code;
  if (entry.warnings.length) return entry.warnings[0];
  return entry.task_status ?? "";
}
