// Shows the head of the page: the runs and their sums, and a matrix if there are several runs.

// Two reports may have the same subject: then the position tells them apart.
function reportName(number) {
  const { subject } = DATA.reports[number];
  const same = DATA.reports.filter((report) => report.subject === subject);
  return same.length > 1 ? `${subject} (${number + 1})` : subject;
}

function pageHeading() {
  const hasSeveralReports = DATA.reports.length > 1;
  const title = hasSeveralReports ? `${DATA.reports.length} subjects compared` : reportName(0);
  return [
    html("p", { class: "kicker" }, "Conformance report: TokenLab Seedance 2.0 video API"),
    html("h1", {}, visible(title)),
    html("div", { class: "cards" }, DATA.reports.map((report, number) => reportCard(report, number, hasSeveralReports))),
  ];
}

function reportCard(report, number, showsName) {
  const name = visible(reportName(number));
  return html(
    "section",
    { class: "card", "aria-label": name },
    showsName ? html("h2", {}, name) : null,
    factList([
      ["Checked", report.suite === "client" ? "a client" : "a server"],
      ["Kit", visible(`${report.kit.name} ${report.kit.version}`)],
      ["Started", formatTime(report.started)],
      ["Took", formatSeconds(report.seconds)],
      ["Cases", String(report.results.length)],
      ...(report.interrupted ? [["Interrupted", "not every selected case was run"]] : []),
      ...profileFacts(report.details.profiles),
    ]),
    verdictBar(report),
    verdictSums(report),
    jsonBlock("Options", report.options),
    jsonBlock("Details", report.details),
  );
}

function formatTime(started) {
  return visible(started).replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC");
}

// The details are free-form JSON: a profile may be an object of this kit, a boolean, or any text.
function profileFacts(profiles) {
  return Object.entries(profiles ?? {}).map(([name, value]) => [visible(name), profileText(value)]);
}

function profileText(value) {
  if (typeof value === "boolean") return value ? "✓ reached" : "✕ not reached";
  if (typeof value !== "object" || value === null) return visible(value);
  if (value.reached === null) return "– not every case was run";
  const missing = countText(value.spoilt, "failed") + countText(value.unseen, "not seen");
  return profileText(value.reached === true) + missing;
}

function countText(cases, what) {
  return Array.isArray(cases) && cases.length ? `, ${cases.length} ${what}` : "";
}

function verdictBar(report) {
  const attributes = { viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" };
  const bar = svg("svg", { class: "bar", ...attributes });
  let x = 0;
  for (const [verdict, count] of Object.entries(report.verdicts).reverse()) {
    const width = (1000 * count) / Math.max(1, report.results.length);
    bar.append(svg("rect", { class: verdictClass(verdict), x, y: 0, width, height: 10 }));
    x += width;
  }
  return bar;
}

function verdictSums(report) {
  return html(
    "ul",
    { class: "sums" },
    Object.entries(report.verdicts).map(([verdict, count]) =>
      html("li", {}, html("strong", {}, String(count)), badge(verdict)),
    ),
  );
}

function matrixSection(entries) {
  if (DATA.reports.length < 2) return [];
  const names = DATA.reports.map((_, number) => html("th", { scope: "col" }, visible(reportName(number))));
  const body = html("tbody");
  for (const [group, members] of byGroup(entries)) {
    const heading = html("th", { colspan: names.length + 1, scope: "rowgroup" }, visible(group));
    body.append(html("tr", { class: "group" }, heading));
    body.append(...members.map(matrixRow));
  }
  const head = html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Case"), names));
  const table = html("table", {}, head, body);
  return [html("h2", {}, "Matrix"), html("div", { class: "scroll", tabindex: 0 }, table)];
}

function matrixRow(entry) {
  const { about, runs } = entry;
  const cells = DATA.reports.map((_, number) => {
    const own = runs.filter((run) => run.number === number);
    const links = own.map((run) => matrixLink(about, run));
    return html("td", {}, own.length ? links : html("span", { class: "quiet" }, "not run"));
  });
  const id = html("a", { href: anchor(about.id) }, visible(about.id));
  entry.row = html("tr", {}, html("th", { scope: "row", title: visible(about.requirement) }, id), cells);
  return entry.row;
}

function matrixLink(about, run) {
  return html("a", { href: anchor(about.id, run.number) }, badge(run.result.verdict));
}

function byGroup(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const { group } = entry.about;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(entry);
  }
  return groups;
}
