// Shows the cases by group, failures first. What needs no reading is folded: passes by group, and cases that
// were not exercised by the reason.

import { filterAddress } from "./address.js";
import { caseBlock } from "./case_block.js";
import { html, lazyDetails, openDetails } from "./dom.js";
import { groupedBy, unexercisedReason } from "./entries.js";
import { plural, prose, shortened, visible } from "./text.js";
import { FAILURES, VERDICTS, badge } from "./verdicts.js";

// A gateway that changes every response fails hundreds of cases: the first ones tell as much as all.
const MAX_FAILURES = 15;
const MAX_REASON_LENGTH = 300;
const NOT_EXERCISED = ["UNEXERCISED", "UNSUPPORTED"];

// Shows entries in `container`. Returns `show(matching, isFiltering)` and `reveal(entry)`, which opens what an
// entry is folded in and returns its block.
export function createResults(container, reportNames) {
  const blocks = new Map();
  const folds = new Map();
  // A fold that the reader has opened or closed stays so when the filter changes.
  const choices = new Map();

  function blockOf(entry) {
    if (!blocks.has(entry)) blocks.set(entry, caseBlock(entry, reportNames));
    return blocks.get(entry);
  }

  function fold(key, summary, entries, isOpen) {
    const details = lazyDetails({ class: "fold" }, html("summary", {}, summary), () => entries.map(blockOf));
    entries.forEach((entry) => folds.set(entry, details));
    if (choices.get(key) ?? isOpen) openDetails(details);
    details.firstChild.addEventListener("click", () => choices.set(key, !details.open));
    return details;
  }

  function restFold(group, entries, isOpen) {
    return fold(`${group} rest`, [verdictCounts(entries), plural(entries.length, "more case")], entries, isOpen);
  }

  function verdictFolds(group, entries, isOpen) {
    return [...groupedBy(entries, (entry) => entry.verdict)].map(([verdict, members]) =>
      fold(`${group} ${verdict}`, [badge(verdict), ` ${plural(members.length, "case")}`], members, isOpen),
    );
  }

  function groupSection(group, entries, isOpen) {
    const failed = entries.filter((entry) => FAILURES.includes(entry.verdict));
    const others = entries.filter((entry) => !FAILURES.includes(entry.verdict));
    if (!failed.length) return fold(group, [html("strong", {}, visible(group)), verdictCounts(entries)], entries, isOpen);
    return html(
      "section",
      { class: "group" },
      html("h3", {}, html("span", {}, visible(group)), verdictLinks(entries, { group })),
      failed.slice(0, MAX_FAILURES).map(blockOf),
      failed.length > MAX_FAILURES ? restFold(group, failed.slice(MAX_FAILURES), isOpen) : null,
      verdictFolds(group, others, isOpen),
    );
  }

  function reasonSection(entries, isOpen) {
    if (!entries.length) return [];
    const reasons = [...groupedBy(entries, (entry) => `${entry.verdict} ${unexercisedReason(entry)}`)];
    reasons.sort(([, first], [, second]) => second.length - first.length);
    const folded = reasons.map(([key, members]) => {
      const text = html("span", { class: "reason" }, prose(shortened(unexercisedReason(members[0]), MAX_REASON_LENGTH)));
      return fold(key, [badge(members[0].verdict), html("span", { class: "quiet" }, plural(members.length, "case")), text], members, isOpen);
    });
    return [html("section", { class: "group" }, html("h3", {}, "Not exercised, by reason", verdictLinks(entries, {})), folded)];
  }

  function show(matching, isFiltering) {
    folds.clear();
    const exercised = matching.filter((entry) => !NOT_EXERCISED.includes(entry.verdict));
    const others = matching.filter((entry) => NOT_EXERCISED.includes(entry.verdict));
    const groups = [...groupedBy(exercised.toSorted(byVerdict), (entry) => entry.about.group)];
    container.replaceChildren(
      ...groups.map(([group, entries]) => groupSection(group, entries, isFiltering)),
      ...reasonSection(others, isFiltering),
    );
    if (!matching.length) container.append(html("p", { class: "quiet" }, "No case matches the filter."));
  }

  function reveal(entry) {
    if (folds.has(entry)) openDetails(folds.get(entry));
    return blockOf(entry);
  }

  return { show, reveal };
}

function byVerdict(first, second) {
  return VERDICTS.indexOf(first.verdict) - VERDICTS.indexOf(second.verdict);
}

function countsOf(entries) {
  const counts = VERDICTS.map((verdict) => [verdict, entries.filter((entry) => entry.verdict === verdict).length]);
  return counts.filter(([, count]) => count);
}

function verdictCounts(entries) {
  return countsOf(entries).map(([verdict, count]) => html("span", { class: "count" }, `${count} `, badge(verdict)));
}

// The counts as links that show these cases.
function verdictLinks(entries, filter) {
  return countsOf(entries).map(([verdict, count]) =>
    html("a", { class: "count", href: filterAddress({ verdict, ...filter }) }, `${count} `, badge(verdict)),
  );
}
