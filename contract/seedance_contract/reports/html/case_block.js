// Shows a case, and its result in each report.

import { html, lazyDetails } from "./dom.js";
import { caseAddress } from "./address.js";
import { codeBlock } from "./code_block.js";
import { evidenceBlocks } from "./evidence.js";
import { findingList } from "./findings.js";
import { breakable, factList, formatSeconds, visible } from "./text.js";
import { VERDICTS, badge } from "./verdicts.js";

// reportNames: the name of each report; several if the page compares them.
export function caseBlock(entry, reportNames) {
  const { about, runs } = entry;
  const summary = html(
    "summary",
    {},
    html("span", { class: "badges" }, verdictBadges(runs)),
    html(
      "span",
      { class: "what" },
      html("span", { class: "requirement" }, visible(about.requirement)),
      html("span", { class: "where" }, html("span", { class: "id" }, breakable(about.id)), html("span", { class: "level" }, about.level)),
    ),
  );
  const showsNames = runs.length > 1 || reportNames.length > 1;
  const details = lazyDetails({ class: "case" }, summary, () => [
    caseFacts(about),
    ...runs.map((run) => runBlock(about, run, showsNames ? reportNames[run.number] : "Findings")),
  ]);
  details.id = about.id;
  return details;
}

// Returns each verdict once, the worst first, with the number of runs that have it if there are several.
function verdictBadges(runs) {
  const verdicts = runs.map((run) => run.result.verdict);
  return VERDICTS.map((verdict) => [verdict, verdicts.filter((found) => found === verdict).length])
    .filter(([, count]) => count)
    .map(([verdict, count]) => html("span", { class: "count" }, runs.length > 1 ? `${count} × ` : null, badge(verdict)));
}

function caseFacts(about) {
  return html(
    "div",
    { class: "about" },
    factList([
      ["Source of the requirement", visible(about.source)],
      ["Group", visible(about.group)],
    ]),
    html("a", { href: caseAddress(about.id) }, "Link to this case"),
  );
}

function runBlock(about, run, name) {
  const { result, number, suite } = run;
  const title = html(
    "h3",
    {},
    badge(result.verdict),
    html("span", {}, visible(name)),
    html("span", { class: "quiet" }, formatSeconds(result.seconds)),
  );
  const parts = [findingList(result), ...evidenceBlocks(result.evidence, suite), reproduction(result)];
  return html("article", { class: "run", id: `${about.id}/${number + 1}`, tabindex: -1 }, title, parts);
}

function reproduction(result) {
  return result.reproduce ? [html("h4", {}, "Reproduce"), codeBlock(result.reproduce, "Reproduce", { wraps: true })] : null;
}
