// The builder of words: a situation by name, a fault at a place, or a setting.

import { button, html } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { field, select, setOptions } from "./parts.js";
import { clauseWord } from "./words_text.js";

// vocabulary: the response of GET /_mock/words. onWord(word) adds a word, onSetting(name, word) replaces a setting.
export function wordBuilder(vocabulary, { onWord, onSetting }) {
  return html(
    "div",
    { class: "builder" },
    presetPart(vocabulary, onWord),
    clausePart(vocabulary, onWord),
    settingPart(vocabulary, onSetting),
  );
}

function presetPart({ presets }, onWord) {
  const buttons = presets.map(({ word, does, means }) =>
    button(visible(word), () => onWord(word), { class: "small", title: means ? `${does} (${means})` : does }),
  );
  return html(
    "fieldset",
    { class: "part" },
    html("legend", {}, "A situation by its name"),
    html("div", { class: "choices" }, buttons),
  );
}

function clausePart(vocabulary, onWord) {
  const { places, faults } = vocabulary;
  const note = html("p", { class: "quiet" });
  const fault = select([], "", () => {
    fault.dataset.touched = "yes";
    describe();
  });
  const place = select(
    places.map(({ word }) => [word, word]),
    places[0].word,
    offerFaults,
  );
  const times = html("input", { type: "number", min: 0, max: 9999, value: 1, oninput: describe });
  const first = html("input", { type: "number", min: 1, max: 9999, placeholder: "next", oninput: describe });
  const applied = html("input", { type: "checkbox", onchange: describe });
  const add = button("", () => onWord(word()), { class: "primary" });

  function word() {
    const isAlwaysApplied = faults.find(({ word: name }) => name === fault.value)?.always_applied ?? false;
    applied.disabled = isAlwaysApplied;
    if (isAlwaysApplied) applied.checked = false;
    return clauseWord({
      place: place.value,
      fault: fault.value,
      applied: applied.checked,
      times: Number(times.value || 1),
      first: Number(first.value),
    });
  }

  function offerFaults() {
    const { refusals } = places.find(({ word: name }) => name === place.value);
    setOptions(
      fault,
      [...refusals, ...faults.map(({ word: name }) => name)].map((name) => [name, name]),
    );
    // What a client meets most often.
    if (!fault.dataset.touched && refusals.includes("503")) fault.value = "503";
    describe();
  }

  function describe() {
    const known = faults.find(({ word: name }) => name === fault.value);
    const counted = places.find(({ word: name }) => name === place.value).does;
    note.textContent = `${counted}${known ? `: ${known.does}` : ""}`;
    add.textContent = `Add ${word()}`;
  }

  offerFaults();
  return html(
    "fieldset",
    { class: "part" },
    html("legend", {}, "A fault at some requests"),
    html(
      "div",
      { class: "row-of-fields" },
      field("Where", place),
      field("What", fault),
      field("How often", times, "0 = for ever"),
      field("From request", first),
      checkField("Applied all the same", applied),
      add,
    ),
    note,
  );
}

function checkField(label, input) {
  return html("label", { class: "check" }, input, label);
}

function settingPart({ settings }, onSetting) {
  const nameOf = ({ word }) => word.split("-", 1)[0];
  const note = html("p", { class: "quiet" });
  const name = select(
    settings.map((setting) => [nameOf(setting), nameOf(setting)]),
    nameOf(settings[0]),
    offerExamples,
  );
  const value = html("input", {
    type: "text",
    list: "setting-values",
    spellcheck: "false",
    autocomplete: "off",
    oninput: describe,
  });
  const values = html("datalist", { id: "setting-values" });
  const add = button("", () => onSetting(name.value, value.value), { class: "primary" });

  function offerExamples() {
    const setting = settings.find((candidate) => nameOf(candidate) === name.value);
    values.replaceChildren(...setting.examples.map((example) => html("option", { value: example })));
    value.value = setting.examples.at(setting.examples.length > 1 ? 1 : 0);
    note.textContent = `${setting.does}. Such as ${setting.examples.join(", ")}`;
    describe();
  }

  function describe() {
    add.textContent = `Add ${value.value}`;
  }

  offerExamples();
  return html(
    "fieldset",
    { class: "part" },
    html("legend", {}, "A setting"),
    html("div", { class: "row-of-fields" }, field("Name", name), field("Word", value), values, add),
    note,
  );
}
