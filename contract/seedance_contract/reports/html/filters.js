// Filters: by verdict, group, level and text. They hide cases, never change them.

const LEVELS = ["MUST", "SHOULD", "MAY", "INFO"];

function filterBar(entries, changed) {
  const verdicts = Object.keys(MARKS).filter((verdict) => has(entries, verdict));
  const boxes = verdicts.map((verdict) => h("input", { type: "checkbox", value: verdict, checked: true, onchange: changed }));
  const group = select("Group", [...grouped(entries).keys()], changed);
  const level = select("Level", LEVELS.filter((each) => entries.some((one) => one.about.level === each)), changed);
  const text = h("input", { type: "search", oninput: changed, placeholder: "id, requirement, finding …" });
  const count = h("output", { "aria-live": "polite" });
  const reset = () => {
    boxes.forEach((box) => (box.checked = true));
    for (const field of [group.field, level.field, text]) field.value = "";
    changed();
  };
  const labels = boxes.map((box) => h("label", { class: "chip" }, box, badge(box.value)));
  const bar = [
    h("fieldset", {}, h("legend", {}, "Verdict"), labels),
    h("div", { class: "fields" }, group.label, level.label, h("label", {}, "Text", text), button("Reset", reset)),
    h(
      "div",
      { class: "fields" },
      count,
      button("Expand all", () => shownCases().forEach(open)),
      button("Collapse all", () => shownCases().forEach((each) => (each.open = false))),
    ),
  ];
  const wanted = () => ({
    verdicts: new Set(boxes.filter((box) => box.checked).map((box) => box.value)),
    group: group.field.value,
    level: level.field.value,
    text: text.value.trim().toLowerCase(),
  });
  return { bar, wanted, count, reset };
}

function has(entries, verdict) {
  return entries.some((entry) => entry.runs.some((run) => run.result.verdict === verdict));
}

function select(name, values, changed) {
  const options = values.map((value) => h("option", { value }, visible(value)));
  const field = h("select", { onchange: changed }, h("option", { value: "" }, "all"), options);
  return { field, label: h("label", {}, name, field) };
}

function shownCases() {
  return [...document.querySelectorAll("details.case:not([hidden])")];
}

function matches(entry, wanted) {
  return (
    entry.runs.some((run) => wanted.verdicts.has(run.result.verdict)) &&
    (!wanted.group || entry.about.group === wanted.group) &&
    (!wanted.level || entry.about.level === wanted.level) &&
    (!wanted.text || entry.words.includes(wanted.text))
  );
}

// What the text filter looks through: all that is said of a case but its traffic.
function wordsOf(about, runs) {
  const found = runs.flatMap(({ result }) => result.findings);
  const told = found.flatMap((each) => [each.check, each.expected, each.actual]);
  return [about.id, about.group, about.requirement, about.source, ...told].join(" ").toLowerCase();
}
