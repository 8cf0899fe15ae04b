"use strict";
// The journal of an account as text, for the output of a failed test.

const MAX_LINES = 50;

/** Return the requests with the key of an account, one a line. */
async function journalReport(account) {
  const entries = await account.journal();
  const latest = entries.slice(-MAX_LINES);
  const omitted = entries.length - latest.length;
  const lines = latest.map((entry) => journalLine(entry, entries[0].received));
  if (omitted) lines.unshift(`(${omitted} earlier requests)`);
  if (!lines.length) lines.push("No request with this key reached the mock.");
  return [`seedance journal of ${account.name}:`, ...lines].join("\n");
}

/** Return the journals of the accounts that a test has opened, for its failure. */
async function failureReport(accounts) {
  const reports = accounts.map((account) =>
    // A report that cannot be made must not hide why the test has failed.
    journalReport(account).catch((error) => `seedance journal: ${error.message}`),
  );
  return (await Promise.all(reports)).join("\n");
}

function journalLine(entry, start) {
  const elapsed = (entry.received - start).toFixed(3);
  const outcome = [
    entry.status ?? "no response",
    entry.code,
    entry.task_status,
    entry.fault && `(${entry.fault}: ${entry.applied ? "applied" : "not applied"})`,
    ...entry.rules.map((rule) => `(breaks ${rule})`),
    entry.callback?.problem && `(${entry.callback.problem})`,
  ];
  const request = entry.callback
    ? `callback ${entry.callback.delivery}, attempt ${entry.callback.attempt}`
    : `${entry.method} ${entry.target}`;
  return `+${elapsed} s  ${request}  ${outcome.filter(Boolean).join(" ")}`;
}

module.exports = { failureReport, journalReport };
