// Formats values as text, and blocks of text.

import { button, html } from "./dom.js";

// Characters that a reader cannot see, or that change the order of what follows. A subject could hide
// a difference with them, so they are written as escapes.
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;
const MAX_BLOCK_LENGTH = 4000;

// Returns the text with control and format characters, line separators and lone surrogates as \u escapes.
export function visible(value) {
  return String(value ?? "").replace(
    INVISIBLE,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

export function shortened(value, maxLength) {
  const text = visible(value);
  return text.length > maxLength ? text.slice(0, maxLength - 1) + "…" : text;
}

// Returns the text with places where a line may break: after the separators of ids, paths and URLs. Without
// them a browser breaks a long id in the middle of a word.
export function breakable(value) {
  const parts = visible(value).split(/(?<=[._/:?&=,-])(?=[^\s._/:?&=,-])/u);
  return parts.flatMap((part, index) => (index ? [html("wbr"), part] : [part]));
}

// Returns the text with a capital at its start.
export function sentence(value) {
  const text = visible(value);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Returns a sentence with its `code` in code elements.
export function prose(value) {
  const parts = visible(value).split("`");
  return parts.map((part, index) => (index % 2 ? html("code", {}, breakable(part)) : breakable(part)));
}

export function formatSeconds(value) {
  if (typeof value !== "number") return "";
  if (value < 0.0005) return "0 s";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return `${value.toFixed(value < 100 ? 2 : 0)} s`;
}

export function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

// A preformatted block that can be scrolled with the keyboard.
export function preformatted(text, label) {
  return html("pre", { tabindex: 0, role: "group", "aria-label": label }, text);
}

// A preformatted block. A long text is cut, with a button that shows the rest.
export function textBlock(value, label) {
  const text = visible(value);
  const pre = preformatted(text.slice(0, MAX_BLOCK_LENGTH), label);
  if (text.length <= MAX_BLOCK_LENGTH) return [pre];
  const showAll = button(`Show all ${text.length.toLocaleString("en")} characters`, () => {
    pre.textContent = text;
    showAll.remove();
  });
  return [pre, showAll];
}

// A list of names and values, without the pairs that have no value.
export function factList(pairs) {
  const present = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return html(
    "dl",
    { class: "facts" },
    present.map(([name, value]) => html("div", {}, html("dt", {}, name), html("dd", {}, value))),
  );
}
