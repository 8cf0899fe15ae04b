// Filters by verdict, group, level, text, cause and profile. They hide cases and never change them.

import { button, html } from "./dom.js";
import { causeTitles } from "./findings.js";
import { visible } from "./text.js";
import { VERDICTS, badge } from "./verdicts.js";

const LEVELS = ["MUST", "SHOULD", "MAY", "INFO"];

export const NO_FILTER = { verdict: [], group: "", level: "", text: "", cause: "", blocks: "", unexercised: "" };

// Returns the filter that the parameters of a URL describe.
export function readFilter(parameters) {
  const texts = Object.keys(NO_FILTER).filter((name) => typeof parameters[name] === "string");
  const filter = { ...NO_FILTER, ...Object.fromEntries(texts.map((name) => [name, parameters[name]])) };
  const named = (parameters.verdict ?? "").split(",");
  return { ...filter, verdict: VERDICTS.filter((verdict) => named.includes(verdict)) };
}

export function isFiltering(filter) {
  return Object.values(filter).some((value) => value.length);
}

export function matchesFilter(entry, filter) {
  const text = filter.text.trim().toLowerCase();
  return (
    (!filter.verdict.length || filter.verdict.some((verdict) => hasVerdict(entry, verdict))) &&
    (!filter.group || entry.about.group === filter.group) &&
    (!filter.level || entry.about.level === filter.level) &&
    (!text || entry.searchText.includes(text)) &&
    (!filter.cause || entry.causes.has(filter.cause)) &&
    (!filter.blocks || entry.blocks.has(filter.blocks)) &&
    (!filter.unexercised || entry.unexercised.has(filter.unexercised))
  );
}

function hasVerdict(entry, verdict) {
  return entry.runs.some((run) => run.result.verdict === verdict);
}

// Returns the form, and `show(filter, count)`, which fills it. Every change calls `onchange(filter, isTyping)`.
export function createFilterForm(entries, onchange) {
  const verdicts = VERDICTS.filter((verdict) => entries.some((entry) => hasVerdict(entry, verdict)));
  const boxes = verdicts.map((value) => html("input", { type: "checkbox", value, onchange: () => change() }));
  const groups = [...new Set(entries.map((entry) => entry.about.group))];
  const group = selectField("Group", groups, () => change());
  const levels = LEVELS.filter((level) => entries.some((entry) => entry.about.level === level));
  const level = selectField("Level", levels, () => change());
  const text = html("input", { type: "search", placeholder: "id, requirement, finding …", oninput: () => change({}, true) });
  const count = html("output", { "aria-live": "polite" });
  const pills = html("div", { class: "pills" });
  let shown = NO_FILTER;

  function change(changes = {}, isTyping = false) {
    const verdict = boxes.filter((box) => box.checked).map((box) => box.value);
    const fields = { verdict, group: group.field.value, level: level.field.value, text: text.value };
    onchange({ ...shown, ...fields, ...changes }, isTyping);
  }

  function show(filter, matching) {
    shown = filter;
    boxes.forEach((box) => (box.checked = filter.verdict.includes(box.value)));
    group.field.value = filter.group;
    level.field.value = filter.level;
    // Setting the value moves the cursor of somebody who types.
    if (text.value !== filter.text) text.value = filter.text;
    count.textContent = `${matching} of ${entries.length} cases`;
    pills.replaceChildren(...activePills(filter, (name) => change({ [name]: "" })));
  }

  const element = html(
    "div",
    { class: "filters" },
    html("fieldset", {}, html("legend", {}, "Verdict"), boxes.map((box) => html("label", { class: "chip" }, box, badge(box.value)))),
    html("div", { class: "fields" }, group.label, level.label, html("label", {}, "Text", text), button("Reset", () => onchange(NO_FILTER))),
    pills,
    count,
  );
  return { element, show };
}

function selectField(name, values, onchange) {
  const options = values.map((value) => html("option", { value }, visible(value)));
  const field = html("select", { onchange }, html("option", { value: "" }, "all"), options);
  return { field, label: html("label", {}, name, field) };
}

// The parts of a filter that only links set: each in words, with a button that removes it.
function activePills(filter, remove) {
  const texts = {
    cause: `Cause: ${causeTitles.get(filter.cause) ?? filter.cause}`,
    blocks: `Fails ${filter.blocks}`,
    unexercised: `Not exercised for ${filter.unexercised}`,
  };
  return Object.keys(texts)
    .filter((name) => filter[name])
    .map((name) => button(`${visible(texts[name])} ✕`, () => remove(name), { class: "pill", title: "Remove this filter" }));
}
