// The verdicts: their order, their marks and their badges.

import { html } from "./dom.js";

// The worst first. A mark tells verdicts apart without colours.
const MARKS = {
  BROKEN: "!",
  FAIL: "✕",
  XPASS: "↑",
  "NON-STRICT": "▲",
  UNEXERCISED: "○",
  UNSUPPORTED: "–",
  XFAIL: "↓",
  INFO: "i",
  PASS: "✓",
};

export const VERDICTS = Object.keys(MARKS);

// The verdicts that somebody has to act on.
export const FAILURES = ["BROKEN", "FAIL", "XPASS", "NON-STRICT"];

// The meaning of each verdict in words, which the page shows as a tooltip. `main` fills it from the data.
export const meanings = {};

export function badge(verdict) {
  return html("span", { class: `badge ${verdictClass(verdict)}`, title: meanings[verdict] }, mark(verdict), verdict);
}

export function mark(verdict) {
  return html("span", { class: `mark ${verdictClass(verdict)}`, "aria-hidden": "true" }, MARKS[verdict] ?? "?");
}

export function verdictClass(verdict) {
  return Object.hasOwn(MARKS, verdict) ? `v-${verdict.toLowerCase()}` : "";
}

export function worstVerdict(verdicts) {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? "UNEXERCISED";
}
