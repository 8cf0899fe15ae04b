// Which entries the list of requests shows.

import { kindOf, lineOf } from "./entry_meaning.js";

export const NO_FILTER = { text: "", kind: "", account: "", task: "" };

// The text is searched in everything that a row shows. Several words must all occur.
export function createMatcher({ text, kind, account, task }) {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  return (entry) =>
    (!account || entry.account === account) &&
    (!task || entry.task_id === task) &&
    (!kind || matchesKind(entry, kind)) &&
    (!words.length || matchesWords(entry, words));
}

function matchesKind(entry, kind) {
  if (kind === "callback") return Boolean(entry.callback);
  const actual = kindOf(entry);
  return kind === "any" ? actual !== "ok" : actual === kind;
}

function matchesWords(entry, words) {
  const text = searchedText(entry);
  return words.every((word) => text.includes(word));
}

function searchedText(entry) {
  const parts = [entry.request_id, entry.method, lineOf(entry), entry.status, entry.code, entry.account, entry.task_id];
  return [...parts, entry.callback?.problem, entry.client_request_id, entry.task_status, entry.fault, ...entry.rules, ...entry.warnings].join(" ").toLowerCase();
}

export function isFiltering(filter) {
  return Object.values(filter).some(Boolean);
}
