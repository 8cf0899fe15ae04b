// Parts that several screens use: tabs of code, notices, fields, and the frame of a screen.

import { codeBlock } from "./shared/code_block.js";
import { button, html } from "./shared/dom.js";
import { visible } from "./shared/text.js";

// Blocks of code of which one is shown. blocks: name to text.
export function codeTabs(label, blocks, { wraps = true } = {}) {
  const names = Object.keys(blocks);
  const panel = html("div", { class: "tab-panel" });
  const choices = names.map((name) => button(name, () => choose(name), { "aria-pressed": "false", class: "small" }));
  function choose(name) {
    choices.forEach((choice, index) => choice.setAttribute("aria-pressed", String(names[index] === name)));
    panel.replaceChildren(codeBlock(blocks[name], `${label}: ${name}`, { wraps }));
  }
  choose(names[0]);
  return html(
    "div",
    { class: "code-tabs" },
    html("div", { class: "choices", role: "group", "aria-label": label }, choices),
    panel,
  );
}

// A field with its label. `control` is the element; it gets an id if it has none.
let fieldCount = 0;
export function field(label, control, hint = "") {
  control.id ||= `field-${(fieldCount += 1)}`;
  const note = hint ? html("span", { class: "hint", id: `${control.id}-hint` }, hint) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  return html("div", { class: "field" }, html("label", { for: control.id }, label), control, note);
}

export function select(options, value, onchange, attributes = {}) {
  const element = html(
    "select",
    { onchange: () => onchange(element.value), ...attributes },
    options.map(([name, text]) => html("option", { value: name, selected: name === value }, visible(text))),
  );
  return element;
}

// Replaces the options of a select if they have changed. The chosen one stays if it is still there.
export function setOptions(element, options) {
  const value = element.value;
  const present = [...element.options].map((option) => option.value);
  if (present.length === options.length && options.every(([name], index) => present[index] === name)) return;
  element.replaceChildren(...options.map(([name, text]) => html("option", { value: name }, visible(text))));
  if (options.some(([name]) => name === value)) element.value = value;
}

// Announces to screen readers what has happened. A message stays beside the next ones: one that is replaced at once,
// for instance by the state of the connection, would never be read out.
const MAX_ANNOUNCEMENTS = 5;
export function announce(text) {
  const log = document.getElementById("announcements");
  log.append(html("p", {}, text));
  if (log.childElementCount > MAX_ANNOUNCEMENTS) log.firstElementChild.remove();
}

// Runs an action of a button. A failure is shown beside it until the next action.
export function actionButton(label, action, attributes = {}) {
  const message = html("span", { class: "failure", role: "alert" });
  const element = button(
    label,
    async () => {
      element.disabled = true;
      message.textContent = "";
      try {
        await action();
      } catch (error) {
        message.textContent = visible(error.message);
      } finally {
        element.disabled = false;
      }
    },
    attributes,
  );
  return html("span", { class: "action" }, element, message);
}

// An action that cannot be undone. A second press within some seconds confirms it.
const CONFIRM_TIME = 4000;
export function confirmedButton(label, question, action, attributes = {}) {
  let timer = null;
  const ask = () => {
    element.textContent = question;
    timer = setTimeout(reset, CONFIRM_TIME);
  };
  const reset = () => {
    clearTimeout(timer);
    timer = null;
    element.textContent = label;
  };
  const wrapper = actionButton(
    label,
    async () => {
      if (timer === null) return ask();
      reset();
      await action();
    },
    attributes,
  );
  const element = wrapper.querySelector("button");
  return wrapper;
}

export function emptyState(title, ...content) {
  return html("div", { class: "empty" }, html("h2", {}, title), content);
}

// The details of a row beside its list.
export function detailPanel(label, title, onClose, ...content) {
  return html(
    "section",
    { class: "detail", "aria-label": label },
    html("div", { class: "detail-head" }, html("h2", {}, title), button("Close", onClose, { class: "small" })),
    content,
  );
}
