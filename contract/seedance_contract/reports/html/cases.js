// Shows a case, and its result in each report.

function caseBlock(entry) {
  const { about, runs } = entry;
  const summary = html(
    "summary",
    {},
    html("span", { class: "badges" }, verdictBadges(runs)),
    html("span", { class: "id" }, visible(about.id)),
    html("span", { class: "level" }, about.level),
    html("span", { class: "requirement" }, visible(about.requirement)),
  );
  const hasSeveralReports = DATA.reports.length > 1;
  const details = lazyDetails({ class: hasSeveralReports ? "case several" : "case" }, summary, () => [
    caseFacts(about),
    ...runs.map((run) => runBlock(about, run, runs.length > 1 || hasSeveralReports)),
  ]);
  details.id = about.id;
  return details;
}

// Returns each verdict once, the worst first, with the number of runs that have it if there are several.
function verdictBadges(runs) {
  const verdicts = runs.map((run) => run.result.verdict);
  return Object.keys(MARKS)
    .map((verdict) => [verdict, verdicts.filter((found) => found === verdict).length])
    .filter(([, count]) => count)
    .map(([verdict, count]) => html("span", { class: "count" }, runs.length > 1 ? `${count} × ` : null, badge(verdict)));
}

function caseFacts(about) {
  return html(
    "div",
    { class: "about" },
    factList([
      ["Source of the requirement", visible(about.source)],
      ["Level", about.level],
      ["Group", visible(about.group)],
    ]),
    html("a", { href: anchor(about.id) }, "Link to this case"),
  );
}

// A lone surrogate cannot be encoded in a URL: encodeURIComponent throws.
function anchor(id, number) {
  const encodable = id.replace(/[\ud800-\udfff]/gu, "\ufffd");
  return "#" + encodeURIComponent(encodable) + (number === undefined ? "" : `/${number + 1}`);
}

function runBlock(about, run, showsName) {
  const { result, number } = run;
  const parts = [findingList(result), evidenceBlocks(result.evidence), reproduction(result)];
  const title = html(
    "h3",
    {},
    badge(result.verdict),
    showsName ? visible(reportName(number)) : "Findings",
    html("span", { class: "quiet" }, formatSeconds(result.seconds)),
  );
  return html("article", { class: "run", id: `${about.id}/${number + 1}`, tabindex: -1 }, title, parts.flat());
}

function evidenceBlocks(evidence) {
  if (!Object.keys(evidence).length) return null;
  const { exchanges } = evidence;
  if (!Array.isArray(exchanges)) return jsonBlock("Evidence", evidence);
  const empty = html("p", { class: "quiet" }, "The client sent nothing.");
  const log = `Wire log: ${plural(exchanges.length, "exchange")}`;
  return [
    html("h4", {}, "What happened"),
    exchanges.length ? sequenceDiagram(exchanges) : empty,
    clientFacts(evidence),
    exchanges.length ? collapsible(log, () => wireLog(exchanges)) : null,
  ];
}

// A collapsible block of JSON; null if there is nothing to show.
function jsonBlock(title, value) {
  return Object.keys(value ?? {}).length ? collapsible(title, () => textBlock(formatJson(value), title)) : null;
}

function clientFacts(evidence) {
  const { seconds, rate, killed, exit, outcome, leaks, output, job, facts } = evidence;
  return [
    factList([
      ["Client ran", formatSeconds(seconds)],
      ["Time ran", rate && rate !== 1 ? `${rate} times as fast` : null],
      ["Exit status", killed ? "still running, stopped by the kit" : exit],
      ["Outcome line", outcome ? visible(JSON.stringify(outcome)) : null],
      ["Key found in", (leaks ?? []).join(", ")],
    ]),
    output ? collapsible("What the client printed", () => textBlock(output, "Output")) : null,
    jsonBlock("Job", job),
    jsonBlock("Facts", facts),
  ];
}
