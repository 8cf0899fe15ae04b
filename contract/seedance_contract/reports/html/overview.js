// Shows the head of the page: each run with its profiles and counts.

import { filterAddress } from "./address.js";
import { html, svg } from "./dom.js";
import { explorationBlocks } from "./exploration.js";
import { jsonBlock } from "./json_view.js";
import { optionFacts } from "./options.js";
import { profileCards } from "./profiles.js";
import { factList, formatSeconds, plural, visible } from "./text.js";
import { badge, verdictClass } from "./verdicts.js";

// Returns the name of each report. Two may have the same subject: then the position tells them apart.
export function namesOfReports(reports) {
  return reports.map(({ subject }, number) => {
    const isShared = reports.some((report, other) => other !== number && report.subject === subject);
    return isShared ? `${subject} (${number + 1})` : subject;
  });
}

export function pageHeading(reports) {
  const names = namesOfReports(reports);
  const title = reports.length > 1 ? `${reports.length} subjects compared` : names[0];
  return [
    html("p", { class: "kicker" }, "Conformance report: TokenLab Seedance 2.0 video API"),
    html("h1", {}, visible(title)),
    html("div", { class: "cards" }, reports.map((report, number) => reportCard(report, names[number], reports.length > 1))),
  ];
}

function reportCard(report, name, showsName) {
  return html(
    "section",
    { class: "card", "aria-label": visible(name) },
    showsName ? html("h2", {}, visible(name)) : null,
    report.interrupted ? html("p", { class: "warning" }, "Interrupted: not every selected case was run.") : null,
    html("p", { class: "conclusion" }, conclusion(report)),
    report.profiles.length ? profileCards(report.profiles) : null,
    verdictBar(report),
    verdictSums(report),
    runFacts(report),
    explorationBlocks(report.details.explore),
    jsonBlock("Details", report.details),
  );
}

// Says in a sentence what the exit status of the run said.
function conclusion({ verdicts, results, options }) {
  if (!results.length) return "No case was run.";
  const failing = ["FAIL", "XPASS"];
  if (options?.strict) failing.push("NON-STRICT");
  if (options?.require_exercised) failing.push("UNEXERCISED");
  const failed = failing.reduce((sum, verdict) => sum + (verdicts[verdict] ?? 0), 0);
  const parts = [failed ? `Does not conform: ${failed} of ${plural(results.length, "case")} failed` : "No case failed"];
  if (!failed && !verdicts.BROKEN) parts[0] = "Conforms: no case failed";
  if (verdicts.BROKEN) parts.push(`${verdicts.BROKEN} had no result`);
  if (verdicts["NON-STRICT"] && !options?.strict) parts.push(`${verdicts["NON-STRICT"]} missed a SHOULD`);
  return `${parts.join(", ")}.`;
}

function runFacts(report) {
  return factList([
    ["Checked", report.suite === "client" ? "a client" : "a server"],
    ["Started", formatTime(report.started)],
    ["Took", formatSeconds(report.seconds)],
    ["Kit", visible(`${report.kit.name} ${report.kit.version}`)],
    ["Contract", visible(report.contract?.version)],
    ...optionFacts(report.options),
  ]);
}

function formatTime(started) {
  return visible(started).replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC");
}

function verdictBar(report) {
  const attributes = { viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" };
  const bar = svg("svg", { class: "bar", ...attributes });
  const counts = Object.entries(report.verdicts);
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  let x = 0;
  for (const [verdict, count] of counts) {
    const width = (1000 * count) / sum;
    bar.append(svg("rect", { class: verdictClass(verdict), x, y: 0, width, height: 10 }));
    x += width;
  }
  return bar;
}

// The counts. Each is a link that shows the cases.
function verdictSums(report) {
  const items = Object.entries(report.verdicts).map(([verdict, count]) =>
    html("li", {}, html("a", { href: filterAddress({ verdict }) }, html("strong", {}, String(count)), badge(verdict))),
  );
  return html("ul", { class: "sums" }, items);
}
