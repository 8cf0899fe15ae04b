// Shows the failures by their cause: what happened, what it costs, how to fix it, and the cases it explains.

import { caseAddress, filterAddress } from "./address.js";
import { codeBlock } from "./code_block.js";
import { html, lazyDetails, openDetails } from "./dom.js";
import { failures } from "./entries.js";
import { breakable, plural, prose, sentence, shortened, visible } from "./text.js";
import { VERDICTS, badge, mark, meanings, verdictClass, worstVerdict } from "./verdicts.js";

const CASES_SHOWN = 8;
const LANGUAGE_NAMES = { python: "Python", javascript: "JavaScript", go: "Go", shell: "Shell" };

// remedies: what to do about verdicts that are not about the subject, in words.
export function causeSection(reports, entries, remedies) {
  const causes = mergedCauses(reports);
  const blocks = causes.map((cause) => causeBlock(cause, entries.filter((entry) => entry.causes.has(cause.id)), reports));
  const others = entries.filter((entry) => entry.causes.has(""));
  if (others.length) blocks.push(causeBlock(otherCause(causes.length), others, reports));
  for (const [verdict, remedy] of Object.entries(remedies)) {
    const concerned = entries.filter((entry) => entry.verdict === verdict);
    if (concerned.length) blocks.push(remedyBlock(verdict, remedy, concerned));
  }
  if (!blocks.length) return [];
  openDetails(blocks[0]);
  return [html("h2", {}, "What to fix, the worst first"), ...blocks];
}

// Each report has its causes with the worst first; several reports may share them.
function mergedCauses(reports) {
  const causes = new Map();
  for (const cause of reports.flatMap((report) => report.causes)) if (!causes.has(cause.id)) causes.set(cause.id, cause);
  return [...causes.values()];
}

function otherCause(causeCount) {
  return { id: "", title: causeCount ? "Other failures" : "Failures", happened: "These failures have no known common cause." };
}

function causeBlock(cause, entries, reports) {
  const counts = failureCounts(cause, entries);
  const summary = html(
    "summary",
    {},
    html("span", { class: "counts" }, counts.map(([verdict, count]) => html("span", { class: "count" }, `${count} `, badge(verdict)))),
    html("h3", { class: "title" }, visible(cause.title)),
    html("span", { class: "happened" }, prose(cause.happened)),
  );
  return lazyDetails({ class: `cause ${verdictClass(counts[0]?.[0])}`, id: `cause:${cause.id}` }, summary, () => [
    html("div", { class: "explanation" }, explanation(cause)),
    html("div", { class: "hints" }, Object.entries(cause.hints ?? {}).map(hintBlock)),
    html("h4", {}, `Explains ${plural(entries.length, "case")}`),
    html("ul", { class: "explained" }, entries.slice(0, CASES_SHOWN).map((entry) => explainedCase(cause, entry, reports))),
    entries.length > CASES_SHOWN && cause.id
      ? html("a", { href: filterAddress({ cause: cause.id }) }, `Show all ${entries.length} cases`)
      : null,
    entries.length > CASES_SHOWN && !cause.id
      ? html("ul", { class: "explained" }, entries.slice(CASES_SHOWN).map((entry) => explainedCase(cause, entry, reports)))
      : null,
  ]);
}

function remedyBlock(verdict, remedy, entries) {
  const summary = html(
    "summary",
    {},
    html("span", { class: "counts" }, html("span", { class: "count" }, `${entries.length} `, badge(verdict))),
    html("h3", { class: "title" }, sentence(meanings[verdict])),
    html("span", { class: "happened" }, prose(remedy)),
  );
  return lazyDetails({ class: `cause ${verdictClass(verdict)}` }, summary, () =>
    html("ul", { class: "explained" }, entries.map((entry) => remediedCase(verdict, entry))),
  );
}

function remediedCase(verdict, entry) {
  const findings = entry.runs.flatMap(({ result }) => result.findings).filter((finding) => finding.verdict === verdict);
  return html(
    "li",
    {},
    html("a", { href: caseAddress(entry.about.id) }, mark(verdict), breakable(entry.about.id)),
    html("span", { class: "requirement" }, visible(entry.about.requirement)),
    findings.map(({ actual }) => html("span", { class: "mismatch" }, shownValue(actual))),
  );
}

// Pairs of a verdict and the number of cases whose failures of this cause have it, the worst first.
function failureCounts(cause, entries) {
  const verdicts = entries.map((entry) => worstVerdict(findingsOf(cause, entry).map(({ finding }) => finding.verdict)));
  return VERDICTS.map((verdict) => [verdict, verdicts.filter((found) => found === verdict).length]).filter(([, count]) => count);
}

function findingsOf(cause, entry) {
  return entry.runs.flatMap((run) =>
    failures(run.result)
      .filter((finding) => finding.cause === cause.id)
      .map((finding) => ({ finding, number: run.number })),
  );
}

function explanation({ consequence, fix, source }) {
  const parts = [
    ["Why it matters", consequence],
    ["How to fix it", fix],
    ["Source", source],
  ];
  return parts.filter(([, text]) => text).map(([title, text]) => [html("h4", {}, title), html("p", {}, prose(text))]);
}

function hintBlock([language, code]) {
  const name = LANGUAGE_NAMES[language] ?? visible(language);
  return html("div", {}, html("h5", {}, name), codeBlock(code, `${name} code`));
}

function explainedCase(cause, entry, reports) {
  const found = findingsOf(cause, entry);
  const verdict = worstVerdict(found.map(({ finding }) => finding.verdict));
  return html(
    "li",
    {},
    html("a", { href: caseAddress(entry.about.id) }, mark(verdict), breakable(entry.about.id)),
    html("span", { class: "requirement" }, visible(entry.about.requirement)),
    found.slice(0, 2).map(({ finding, number }) => mismatchText(finding, reports.length > 1 ? reports[number].subject : "")),
  );
}

// A whole body may be in it: the case shows all of it.
function shownValue(text) {
  return breakable(shortened(text, 240) || "nothing");
}

function mismatchText({ expected, actual }, subject) {
  if (!expected && !actual) return null;
  return html(
    "span",
    { class: "mismatch" },
    subject ? `${visible(subject)}: ` : null,
    "expected ",
    html("em", {}, shownValue(expected)),
    ", got ",
    html("em", {}, shownValue(actual)),
  );
}
