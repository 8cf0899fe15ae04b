// Shows the findings of a case: what was expected, and what was there instead.

import { causeAddress } from "./address.js";
import { html } from "./dom.js";
import { breakable, factList, prose } from "./text.js";
import { badge } from "./verdicts.js";

// The title of each cause. `main` fills it from the data.
export const causeTitles = new Map();

// Returns the findings, with those that need no explanation in one line at the end.
export function findingList(result) {
  if (!result.findings.length) return html("p", { class: "quiet" }, "No check came to a finding.");
  const explained = result.findings.filter(isExplained);
  const passed = result.findings.filter((finding) => !isExplained(finding));
  const names = passed.flatMap(({ check }, index) => [index ? ", " : "", html("code", {}, breakable(check))]);
  return [
    explained.length ? html("ul", { class: "findings" }, explained.map(findingItem)) : null,
    passed.length ? html("p", { class: "passed" }, badge(passed[0].verdict), " ", names) : null,
  ];
}

function isExplained(finding) {
  return finding.verdict !== "PASS" || finding.expected || finding.actual;
}

function findingItem(finding) {
  const { verdict, check, level, expected, actual } = finding;
  const isExercised = verdict !== "UNEXERCISED";
  return html(
    "li",
    { class: "finding" },
    html("div", { class: "verdict" }, badge(verdict), html("code", {}, breakable(check)), html("span", { class: "level" }, level), causeLink(finding)),
    expected || actual
      ? factList([
          [isExercised ? "Expected" : "Required", breakable(expected)],
          // The reason is in the words of the kit, with code; what was received is data.
          [isExercised ? "Actual" : "Not exercised", isExercised ? breakable(actual) : prose(actual)],
        ])
      : null,
  );
}

function causeLink({ cause }) {
  if (!causeTitles.has(cause)) return null;
  return html("a", { class: "cause-link", href: causeAddress(cause) }, prose(causeTitles.get(cause)));
}
