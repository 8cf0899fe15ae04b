// Filters by verdict, group, level and text. They hide cases and never change them.

const LEVELS = ["MUST", "SHOULD", "MAY", "INFO"];

function createFilters(entries, onchange) {
  const verdicts = Object.keys(MARKS).filter((verdict) => entries.some((entry) => hasVerdict(entry, verdict)));
  const boxes = verdicts.map((verdict) => html("input", { type: "checkbox", value: verdict, checked: true, onchange }));
  const group = selectField("Group", [...byGroup(entries).keys()], onchange);
  const levels = LEVELS.filter((level) => entries.some((entry) => entry.about.level === level));
  const level = selectField("Level", levels, onchange);
  const text = html("input", { type: "search", oninput: onchange, placeholder: "id, requirement, finding …" });
  const count = html("output", { "aria-live": "polite" });
  const reset = () => {
    boxes.forEach((box) => (box.checked = true));
    for (const field of [group.field, level.field, text]) field.value = "";
    onchange();
  };
  const collapse = () => visibleCases().forEach((details) => (details.open = false));
  const elements = [
    html("fieldset", {}, html("legend", {}, "Verdict"), boxes.map((box) => html("label", { class: "chip" }, box, badge(box.value)))),
    html("div", { class: "fields" }, group.label, level.label, html("label", {}, "Text", text), button("Reset", reset)),
    html(
      "div",
      { class: "fields" },
      count,
      button("Expand all", () => visibleCases().forEach(openDetails)),
      button("Collapse all", collapse),
    ),
  ];
  const currentFilter = () => ({
    verdicts: boxes.filter((box) => box.checked).map((box) => box.value),
    group: group.field.value,
    level: level.field.value,
    text: text.value.trim().toLowerCase(),
  });
  return { elements, currentFilter, count, reset };
}

function hasVerdict(entry, verdict) {
  return entry.runs.some((run) => run.result.verdict === verdict);
}

function selectField(name, values, onchange) {
  const options = values.map((value) => html("option", { value }, visible(value)));
  const field = html("select", { onchange }, html("option", { value: "" }, "all"), options);
  return { field, label: html("label", {}, name, field) };
}

function visibleCases() {
  return [...document.querySelectorAll("details.case:not([hidden])")];
}

function matchesFilter(entry, filter) {
  return (
    filter.verdicts.some((verdict) => hasVerdict(entry, verdict)) &&
    (!filter.group || entry.about.group === filter.group) &&
    (!filter.level || entry.about.level === filter.level) &&
    (!filter.text || entry.searchText.includes(filter.text))
  );
}

// Returns what the text filter searches: everything about a case except its traffic, which would make
// each key press slow.
function searchText(about, runs) {
  const findings = runs.flatMap(({ result }) => result.findings);
  const texts = findings.flatMap((finding) => [finding.check, finding.expected, finding.actual]);
  return [about.id, about.group, about.requirement, about.source, ...texts].join(" ").toLowerCase();
}
