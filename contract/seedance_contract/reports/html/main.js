// Reads the data, builds the page, follows the hash of the URL, and opens cases for printing.

import { filterAddress, parseAddress } from "./address.js";
import { causeSection } from "./causes.js";
import { byId, html, openDetails } from "./dom.js";
import { createEntries } from "./entries.js";
import { NO_FILTER, createFilterForm, isFiltering, matchesFilter, readFilter } from "./filters.js";
import { causeTitles } from "./findings.js";
import { createMatrix } from "./matrix.js";
import { namesOfReports, pageHeading } from "./overview.js";
import { createResults } from "./results.js";
import { badge, meanings } from "./verdicts.js";

const { reports, remedies, meanings: verdictMeanings } = JSON.parse(byId("data").textContent);
Object.assign(meanings, verdictMeanings);

const entries = createEntries(reports);
reports.flatMap(({ causes }) => causes).forEach(({ id, title }) => causeTitles.set(id, title));
const form = createFilterForm(entries, changeFilter);
const matrix = createMatrix(reports);
const results = createResults(byId("results"), namesOfReports(reports));
let filter = NO_FILTER;

function buildPage() {
  byId("head").append(...pageHeading(reports));
  byId("matrix").append(...matrix.elements);
  byId("causes").append(...causeSection(reports, entries, remedies));
  byId("filters").append(html("h2", {}, "All cases"), form.element);
  byId("foot").append(...legend());
}

function legend() {
  const rows = Object.entries(verdictMeanings).map(([verdict, text]) =>
    html("div", {}, html("dt", {}, badge(verdict)), html("dd", {}, text)),
  );
  return [html("h2", {}, "What the verdicts mean"), html("dl", { class: "legend" }, rows)];
}

// The form has changed: its filter becomes a part of the URL, so that "back" and a copied link restore it.
function changeFilter(changed, isTyping = false) {
  applyFilter(changed);
  const address = filterAddress(changed);
  if (address === (location.hash || "#")) return;
  // Each key press would be a step of the history.
  if (isTyping) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

function applyFilter(changed) {
  filter = changed;
  const matching = entries.filter((entry) => matchesFilter(entry, filter));
  matrix.show(matching);
  results.show(matching, isFiltering(filter));
  form.show(filter, matching.length);
}

// A link or the history has changed the hash.
function followHash() {
  const address = parseAddress(location.hash);
  if (address.target !== undefined) return showTarget(address.target);
  applyFilter(readFilter(address.filter));
  if (isFiltering(filter)) byId("filters").scrollIntoView();
}

function showTarget(target) {
  const cause = target.startsWith("cause:") ? byId(target) : null;
  if (cause) reveal(cause, cause);
  else showCase(target);
}

function showCase(target) {
  const entry = entries.find(({ about }) => target === about.id || target.startsWith(`${about.id}/`));
  if (!entry) return;
  if (!matchesFilter(entry, filter)) applyFilter(NO_FILTER);
  const block = results.reveal(entry);
  // The parts of a case exist once it is open.
  openDetails(block);
  reveal(block, target === entry.about.id ? block : byId(target) ?? block);
}

// Opens the block, and moves to it or to a part of it.
function reveal(block, part) {
  openDetails(block);
  part.scrollIntoView();
  (part === block ? block.querySelector("summary") : part).focus({ preventScroll: true });
}

let closedBeforePrint = [];

// Nothing can be opened on paper, so the causes and the cases outside closed folds are. Their logs would
// take hundreds of pages: those are printed that the reader has opened.
function openForPrint() {
  const closed = [...document.querySelectorAll(".cause:not([open]), .case:not([open])")];
  closedBeforePrint = closed.filter((details) => !details.closest(".fold:not([open])"));
  closedBeforePrint.forEach(openDetails);
}

function closeAfterPrint() {
  closedBeforePrint.forEach((details) => (details.open = false));
}

buildPage();
applyFilter(NO_FILTER);
followHash();
addEventListener("hashchange", followHash);
addEventListener("beforeprint", openForPrint);
addEventListener("afterprint", closeAfterPrint);
