// Reads the data, builds the page, follows the hash of the URL, and opens everything for printing.

const DATA = JSON.parse(byId("data").textContent);

// An entry is a case with its runs in all reports.
function createEntries(reports) {
  const entries = new Map();
  reports.forEach((report, number) => {
    for (const result of report.results) {
      if (!entries.has(result.id)) entries.set(result.id, { about: result, runs: [] });
      entries.get(result.id).runs.push({ number, result });
    }
  });
  return [...entries.values()].map((entry) => ({ ...entry, searchText: searchText(entry.about, entry.runs) }));
}

const entries = createEntries(DATA.reports);
const filters = createFilters(entries, applyFilter);
const groups = [];

function buildPage() {
  byId("head").append(...pageHeading());
  byId("matrix").append(...matrixSection(entries));
  byId("filters").append(html("h2", {}, "Results"), ...filters.elements);
  for (const [name, members] of byGroup(entries)) {
    members.forEach((entry) => (entry.block = caseBlock(entry)));
    const blocks = members.map((entry) => entry.block);
    const section = html("section", { class: "group" }, html("h2", {}, visible(name)), blocks);
    groups.push({ section, members });
    byId("results").append(section);
  }
  byId("foot").append(...legend());
}

function legend() {
  const rows = Object.entries(DATA.meanings).map(([verdict, text]) =>
    html("div", {}, html("dt", {}, badge(verdict)), html("dd", {}, text)),
  );
  return [html("h2", {}, "What the verdicts mean"), html("dl", { class: "legend" }, rows)];
}

function applyFilter() {
  const filter = filters.currentFilter();
  let count = 0;
  for (const { section, members } of groups) {
    for (const entry of members) {
      const matches = matchesFilter(entry, filter);
      count += matches;
      entry.block.hidden = !matches;
      if (entry.row) entry.row.hidden = !matches;
    }
    section.hidden = members.every((entry) => entry.block.hidden);
  }
  filters.count.textContent = `${count} of ${plural(entries.length, "case")}`;
}

// #CASE-ID opens a case, #CASE-ID/2 its result in the second report.
function followHash() {
  const target = decodeHash(location.hash.slice(1));
  const entry = entries.find(({ about }) => target === about.id || target.startsWith(about.id + "/"));
  if (!entry) return;
  if (entry.block.hidden) filters.reset();
  openDetails(entry.block);
  (byId(target) ?? entry.block).scrollIntoView();
  if (target === entry.about.id) entry.block.querySelector("summary").focus({ preventScroll: true });
  else byId(target)?.focus({ preventScroll: true });
}

// A hash that is not percent-encoded properly is taken as it is: decodeURIComponent throws.
function decodeHash(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let closedBeforePrint = [];

// Nothing can be opened on paper, so everything visible is opened. Opening creates further closed
// elements inside, so it is repeated until none is left.
function openForPrint() {
  closedBeforePrint = [];
  for (let closed = closedDetails(); closed.length; closed = closedDetails()) {
    closedBeforePrint.push(...closed);
    closed.forEach(openDetails);
  }
}

function closedDetails() {
  const closed = [...document.querySelectorAll("details:not([open])")];
  return closed.filter((details) => !details.closest("[hidden]"));
}

function closeAfterPrint() {
  closedBeforePrint.forEach((details) => (details.open = false));
}

buildPage();
applyFilter();
followHash();
addEventListener("hashchange", followHash);
addEventListener("beforeprint", openForPrint);
addEventListener("afterprint", closeAfterPrint);
