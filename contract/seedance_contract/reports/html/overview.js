// The head of the page: what was run, its sums, and the matrix where there are several runs.

function nameOf(number) {
  const { subject } = DATA.reports[number];
  const same = DATA.reports.filter((report) => report.subject === subject);
  return same.length > 1 ? `${subject} (${number + 1})` : subject;
}

function heading() {
  const several = DATA.reports.length > 1;
  const title = several ? `${DATA.reports.length} subjects compared` : nameOf(0);
  return [
    h("p", { class: "kicker" }, "Conformance report: TokenLab Seedance 2.0 video API"),
    h("h1", {}, visible(title)),
    h("div", { class: "cards" }, DATA.reports.map((report, at) => card(report, at, several))),
  ];
}

function card(report, number, named) {
  return h(
    "section",
    { class: "card", "aria-label": visible(nameOf(number)) },
    named ? h("h2", {}, visible(nameOf(number))) : null,
    facts([
      ["Checked", report.suite === "client" ? "a client" : "a server"],
      ["Kit", visible(`${report.kit.name} ${report.kit.version}`)],
      ["Started", moment(report.started)],
      ["Took", seconds(report.seconds)],
      ["Cases", String(report.results.length)],
      ...profiles(report.details.profiles),
    ]),
    bar(report),
    sums(report),
    told("Options", report.options),
    told("Details", report.details),
  );
}

function moment(started) {
  return visible(started).replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC");
}

// What a run says of each profile: how the subject stands to it, a truth value, or a text.
function profiles(told) {
  return Object.entries(told ?? {}).map(([name, value]) => [visible(name), profile(value)]);
}

function profile(value) {
  if (typeof value === "boolean") return value ? "✓ reached" : "✕ not reached";
  if (typeof value !== "object" || value === null) return visible(value);
  if (value.reached === null) return "– not every case was run";
  return profile(value.reached === true) + left(value.spoilt, "failed") + left(value.unseen, "not seen");
}

function left(cases, word) {
  return Array.isArray(cases) && cases.length ? `, ${cases.length} ${word}` : "";
}

function told(title, value) {
  return Object.keys(value ?? {}).length ? shut(title, () => block(json(value), title)) : null;
}

function bar(report) {
  const svg = s("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  let x = 0;
  for (const [verdict, count] of Object.entries(report.verdicts).reverse()) {
    const width = (1000 * count) / Math.max(1, report.results.length);
    svg.append(s("rect", { class: kind(verdict), x, y: 0, width, height: 10 }));
    x += width;
  }
  return svg;
}

function sums(report) {
  const told = Object.entries(report.verdicts);
  return h(
    "ul",
    { class: "sums" },
    told.map(([verdict, count]) => h("li", {}, h("strong", {}, String(count)), badge(verdict))),
  );
}

function matrix(entries) {
  if (DATA.reports.length < 2) return [];
  const heads = DATA.reports.map((_, number) => h("th", { scope: "col" }, visible(nameOf(number))));
  const body = h("tbody");
  for (const [group, members] of grouped(entries)) {
    body.append(h("tr", { class: "group" }, h("th", { colspan: heads.length + 1, scope: "rowgroup" }, visible(group))));
    body.append(...members.map(row));
  }
  const table = h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Case"), heads)), body);
  return [h("h2", {}, "Matrix"), h("div", { class: "scroll", tabindex: 0 }, table)];
}

function row(entry) {
  const { about, runs } = entry;
  const cells = DATA.reports.map((_, number) => {
    const mine = runs.filter((run) => run.number === number);
    return h("td", {}, mine.length ? mine.map((run) => cell(about, run)) : h("span", { class: "quiet" }, "not run"));
  });
  const id = h("a", { href: anchor(about.id) }, visible(about.id));
  entry.row = h("tr", {}, h("th", { scope: "row", title: visible(about.requirement) }, id), cells);
  return entry.row;
}

function cell(about, run) {
  return h("a", { href: anchor(about.id, run.number) }, badge(run.result.verdict));
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const { group } = entry.about;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(entry);
  }
  return groups;
}
