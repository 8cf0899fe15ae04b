// Put together: read the data, show them, follow the address bar, and print everything.

const DATA = JSON.parse(byId("data").textContent);

function entriesOf(reports) {
  const entries = new Map();
  reports.forEach((report, number) => {
    for (const result of report.results) {
      if (!entries.has(result.id)) entries.set(result.id, { about: result, runs: [] });
      entries.get(result.id).runs.push({ number, result });
    }
  });
  return [...entries.values()].map((entry) => ({ ...entry, words: wordsOf(entry.about, entry.runs) }));
}

const entries = entriesOf(DATA.reports);
const filters = filterBar(entries, apply);
const groups = [];

function show() {
  byId("head").append(...heading());
  byId("matrix").append(...matrix(entries));
  byId("filters").append(h("h2", {}, "Results"), ...filters.bar);
  for (const [name, members] of grouped(entries)) {
    members.forEach((entry) => (entry.block = caseBlock(entry)));
    const section = h("section", { class: "group" }, h("h2", {}, visible(name)), members.map((entry) => entry.block));
    groups.push({ section, members });
    byId("results").append(section);
  }
  byId("foot").append(...legend());
}

function legend() {
  const rows = Object.entries(DATA.meanings);
  return [
    h("h2", {}, "What the verdicts mean"),
    h("dl", { class: "legend" }, rows.map(([verdict, text]) => h("div", {}, h("dt", {}, badge(verdict)), h("dd", {}, text)))),
  ];
}

function apply() {
  const wanted = filters.wanted();
  let shown = 0;
  for (const { section, members } of groups) {
    for (const entry of members) {
      const fits = matches(entry, wanted);
      shown += fits;
      entry.block.hidden = !fits;
      if (entry.row) entry.row.hidden = !fits;
    }
    section.hidden = members.every((entry) => entry.block.hidden);
  }
  filters.count.textContent = `${shown} of ${plural(entries.length, "case")}`;
}

// #CASE-ID opens a case, #CASE-ID/2 what became of it in the second report.
function follow() {
  const target = decoded(location.hash.slice(1));
  const entry = entries.find(({ about }) => target === about.id || target.startsWith(about.id + "/"));
  if (!entry) return;
  if (entry.block.hidden) filters.reset();
  open(entry.block);
  (byId(target) ?? entry.block).scrollIntoView();
  if (target === entry.about.id) entry.block.querySelector("summary").focus({ preventScroll: true });
  else byId(target)?.focus({ preventScroll: true });
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let shutBefore = [];

// On paper nothing can be opened, so everything shown is, level by level.
function unfold() {
  shutBefore = [];
  for (let shut = closed(); shut.length; shut = closed()) {
    shutBefore.push(...shut);
    shut.forEach(open);
  }
}

function closed() {
  const all = [...document.querySelectorAll("details:not([open])")];
  return all.filter((each) => !each.closest("[hidden]"));
}

function fold() {
  shutBefore.forEach((each) => (each.open = false));
}

show();
apply();
follow();
addEventListener("hashchange", follow);
addEventListener("beforeprint", unfold);
addEventListener("afterprint", fold);
