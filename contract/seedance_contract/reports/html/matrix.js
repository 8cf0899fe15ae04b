// Compares several reports: a table of cases and subjects.

import { caseAddress } from "./address.js";
import { button, html } from "./dom.js";
import { groupedBy } from "./entries.js";
import { namesOfReports } from "./overview.js";
import { breakable, plural, visible } from "./text.js";
import { badge } from "./verdicts.js";

// Returns the elements, and `show(entries)`, which fills the table. A single report has no matrix.
export function createMatrix(reports) {
  if (reports.length < 2) return { elements: [], show: () => {} };
  const names = namesOfReports(reports).map((name) => html("th", { scope: "col" }, breakable(name)));
  const head = html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Case"), names));
  const body = html("tbody");
  const more = button("", () => {
    showsPasses = true;
    show(shown);
  });
  let showsPasses = false;
  let shown = [];

  // Hundreds of cases that every subject passes would hide the ones in which subjects differ.
  function show(entries) {
    shown = entries;
    const rows = entries.filter((entry) => showsPasses || !allPass(reports, entry));
    body.replaceChildren(...[...groupedBy(rows, (entry) => entry.about.group)].flatMap((group) => groupRows(reports, group)));
    more.textContent = `Show ${plural(entries.length - rows.length, "case")} that every subject passes`;
    more.hidden = rows.length === entries.length;
  }

  const scroll = { class: "scroll", tabindex: 0, role: "group", "aria-label": "Matrix" };
  return { elements: [html("h2", {}, "Matrix"), html("div", scroll, html("table", {}, head, body)), more], show };
}

function allPass(reports, { runs }) {
  return runs.length >= reports.length && runs.every(({ result }) => result.verdict === "PASS");
}

function groupRows(reports, [group, members]) {
  const heading = html("th", { colspan: reports.length + 1, scope: "rowgroup" }, visible(group));
  return [html("tr", { class: "group" }, heading), ...members.map((entry) => matrixRow(reports, entry))];
}

function matrixRow(reports, { about, runs }) {
  const cells = reports.map((_, number) => {
    const own = runs.filter((run) => run.number === number);
    const links = own.map((run) => matrixLink(about, run));
    return html("td", {}, own.length ? links : html("span", { class: "quiet" }, "not run"));
  });
  const id = html("a", { href: caseAddress(about.id) }, breakable(about.id));
  return html("tr", {}, html("th", { scope: "row", title: visible(about.requirement) }, id), cells);
}

function matrixLink(about, run) {
  return html("a", { href: caseAddress(about.id, run.number) }, badge(run.result.verdict));
}
