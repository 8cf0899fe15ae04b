// A case, and what became of it in each report.

function caseBlock(entry) {
  const { about, runs } = entry;
  const summary = h(
    "summary",
    {},
    h("span", { class: "badges" }, summed(runs)),
    h("span", { class: "id" }, visible(about.id)),
    h("span", { class: "level" }, about.level),
    h("span", { class: "requirement" }, visible(about.requirement)),
  );
  const details = lazy({ class: DATA.reports.length > 1 ? "case several" : "case" }, summary, () => [
    requirement(about),
    ...runs.map((run) => runBlock(about, run, runs.length > 1 || DATA.reports.length > 1)),
  ]);
  details.id = about.id;
  return details;
}

// Each verdict once, worst first, with how often it came where there are several runs.
function summed(runs) {
  const verdicts = runs.map((run) => run.result.verdict);
  return Object.keys(MARKS)
    .map((verdict) => [verdict, verdicts.filter((each) => each === verdict).length])
    .filter(([, count]) => count)
    .map(([verdict, count]) => h("span", { class: "count" }, runs.length > 1 ? `${count} × ` : null, badge(verdict)));
}

function requirement(about) {
  return h(
    "div",
    { class: "about" },
    facts([
      ["Source of the requirement", visible(about.source)],
      ["Level", about.level],
      ["Group", visible(about.group)],
    ]),
    h("a", { href: anchor(about.id) }, "Link to this case"),
  );
}

function anchor(id, number) {
  const whole = id.replace(/[\ud800-\udfff]/gu, "\ufffd");
  return "#" + encodeURIComponent(whole) + (number === undefined ? "" : `/${number + 1}`);
}

function runBlock(about, run, named) {
  const { result, number } = run;
  const parts = [findingsOf(result), evidence(result.evidence), reproduction(result)];
  const title = h(
    "h3",
    {},
    badge(result.verdict),
    named ? visible(nameOf(number)) : "Findings",
    h("span", { class: "quiet" }, seconds(result.seconds)),
  );
  return h("article", { class: "run", id: `${about.id}/${number + 1}`, tabindex: -1 }, title, parts.flat());
}

function evidence(told) {
  if (!Object.keys(told).length) return null;
  if (!Array.isArray(told.exchanges)) return shut("Evidence", () => block(json(told), "Evidence"));
  const { exchanges } = told;
  return [
    h("h4", {}, "What happened"),
    exchanges.length ? diagram(exchanges) : h("p", { class: "quiet" }, "The client sent nothing."),
    clientsRun(told),
    exchanges.length ? shut(`Wire log: ${plural(exchanges.length, "exchange")}`, () => wire(exchanges)) : null,
  ];
}

function shut(title, content) {
  return lazy({ class: "shut" }, h("summary", {}, title), content);
}

function clientsRun(told) {
  return [
    facts([
      ["Client ran", seconds(told.seconds)],
      ["Time ran", told.rate && told.rate !== 1 ? `${told.rate} times as fast` : null],
      ["Exit status", told.killed ? "still running, stopped by the kit" : told.exit],
      ["Outcome line", told.outcome ? visible(JSON.stringify(told.outcome)) : null],
      ["Key found in", (told.leaks ?? []).join(", ")],
    ]),
    told.output ? shut("What the client printed", () => block(told.output, "Output")) : null,
    Object.keys(told.job ?? {}).length ? shut("Job", () => block(json(told.job), "Job")) : null,
    Object.keys(told.facts ?? {}).length ? shut("Facts", () => block(json(told.facts), "Facts")) : null,
  ];
}
