// Shows what an exploration tried: how many situations, and what each was.

import { collapsible, html } from "./dom.js";
import { breakable, factList, formatSeconds, plural, visible } from "./text.js";

// details: the member `explore` of the details of a report; undefined if the run was no exploration.
export function explorationBlocks(details) {
  if (!details) return [];
  const { seed, situations = [], states = [], invariants = [] } = details;
  const exercised = invariants.filter((invariant) => invariant.exercised).length;
  return [
    factList([
      ["Situations", `${situations.length} with seed ${visible(seed)}`],
      ["States reached", String(states.length)],
      ["Invariants exercised", `${exercised} of ${invariants.length}`],
    ]),
    collapsible(`Each of ${plural(situations.length, "situation")}`, () => situationTable(situations)),
  ];
}

function situationTable(situations) {
  const columns = ["Words of the key", "Further conditions", "Took", "Failed"];
  const head = html("thead", {}, html("tr", {}, columns.map((name) => html("th", { scope: "col" }, name))));
  const table = html("table", {}, head, html("tbody", {}, situations.map(situationRow)));
  return html("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Situations" }, table);
}

function situationRow({ words, seconds, failed, key, ...conditions }) {
  const others = Object.entries(conditions).map(([name, value]) => `${name.replaceAll("_", " ")}: ${[value].flat().join(" ")}`);
  const cells = [html("code", {}, breakable(words || "none")), breakable(others.join(", ")), formatSeconds(seconds), breakable(failed.join(", "))];
  return html("tr", { title: visible(key) }, cells.map((cell) => html("td", { class: "wraps" }, cell)));
}
