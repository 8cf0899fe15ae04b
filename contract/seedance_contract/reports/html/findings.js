// Shows the findings of a case: what was expected, and what was there instead.

import { html } from "./dom.js";
import { breakable, factList } from "./text.js";
import { badge } from "./verdicts.js";

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
  return html(
    "li",
    { class: "finding" },
    html("div", { class: "verdict" }, badge(verdict), html("code", {}, breakable(check)), html("span", { class: "level" }, level)),
    expected || actual
      ? factList([
          [verdict === "UNEXERCISED" ? "Required" : "Expected", breakable(expected)],
          [verdict === "UNEXERCISED" ? "Not exercised" : "Actual", breakable(actual)],
        ])
      : null,
  );
}
