// Compares several reports: a table of cases and subjects.

import { caseAddress } from "./address.js";
import { html } from "./dom.js";
import { groupedBy } from "./entries.js";
import { namesOfReports } from "./overview.js";
import { breakable, visible } from "./text.js";
import { badge } from "./verdicts.js";

// Returns nothing for a single report. Sets `row` of each entry.
export function matrixSection(reports, entries) {
  if (reports.length < 2) return [];
  const names = namesOfReports(reports).map((name) => html("th", { scope: "col" }, breakable(name)));
  const body = html("tbody");
  for (const [group, members] of groupedBy(entries, (entry) => entry.about.group)) {
    const heading = html("th", { colspan: names.length + 1, scope: "rowgroup" }, visible(group));
    body.append(html("tr", { class: "group" }, heading));
    body.append(...members.map((entry) => matrixRow(reports, entry)));
  }
  const head = html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Case"), names));
  const table = html("table", {}, head, body);
  const scroll = { class: "scroll", tabindex: 0, role: "group", "aria-label": "Matrix" };
  return [html("h2", {}, "Matrix"), html("div", scroll, table)];
}

function matrixRow(reports, entry) {
  const { about, runs } = entry;
  const cells = reports.map((_, number) => {
    const own = runs.filter((run) => run.number === number);
    const links = own.map((run) => matrixLink(about, run));
    return html("td", {}, own.length ? links : html("span", { class: "quiet" }, "not run"));
  });
  const id = html("a", { href: caseAddress(about.id) }, breakable(about.id));
  entry.row = html("tr", {}, html("th", { scope: "row", title: visible(about.requirement) }, id), cells);
  return entry.row;
}

function matrixLink(about, run) {
  return html("a", { href: caseAddress(about.id, run.number) }, badge(run.result.verdict));
}
