// Shows JSON indented, with objects and arrays that fold.

import { button, collapsible, html, lazyDetails } from "./dom.js";
import { parseJson } from "./json_text.js";
import { plural, shortened, textBlock, visible } from "./text.js";

const MAX_STRING_LENGTH = 400;
const ITEMS_PER_PAGE = 100;
// A value with at most so many lines is open from the start; of a longer one only the outer levels are.
const MAX_OPEN_LINES = 40;
const OPEN_LEVELS = 2;
const MAX_INLINE_LENGTH = 60;

// A body as a tree if it is JSON, else as text. What was sent, byte for byte, can be opened below.
export function bodyView(text, label) {
  const node = parseJson(text);
  if (node === null || !isContainer(node)) return textBlock(text, label);
  return [jsonTree(node, label), collapsible("As sent", () => textBlock(text, `${label} as sent`))];
}

// A value of the report as a collapsible tree; null if there is nothing to show.
export function jsonBlock(title, value) {
  const text = JSON.stringify(value ?? {});
  if (text === "{}" || text === "[]") return null;
  return collapsible(title, () => jsonTree(parseJson(text), title) ?? textBlock(text, title));
}

function jsonTree(node, label) {
  if (node === null) return null;
  const opensAll = lineCount(node) <= MAX_OPEN_LINES;
  const isOpen = (level) => opensAll || level < OPEN_LEVELS;
  return html("div", { class: "json", role: "group", tabindex: 0, "aria-label": label }, nodeView(node, null, "", 0, isOpen));
}

function isContainer(node) {
  return node.kind === "object" || node.kind === "array";
}

function children(node) {
  return node.kind === "object" ? node.members : node.items.map((item) => [null, item]);
}

function lineCount(node) {
  if (!isContainer(node) || isShort(node)) return 1;
  return children(node).reduce((count, [, child]) => count + lineCount(child), 2);
}

// A container of a few short values stands in one line.
function isShort(node) {
  if (children(node).some(([, child]) => isContainer(child))) return false;
  return children(node).map(([name, child]) => `${name}: ${child.text}`).join(", ").length <= MAX_INLINE_LENGTH;
}

function inlineView(items) {
  return items.map(([name, child], index) => [index ? ", " : null, nameView(name), scalarView(child)]);
}

function nameView(name) {
  return name === null ? null : [html("span", { class: "name" }, visible(name)), ": "];
}

function nodeView(node, name, comma, level, isOpen) {
  const label = nameView(name);
  if (!isContainer(node)) return html("div", { class: "scalar" }, label, scalarView(node), comma);
  const [open, close] = node.kind === "object" ? "{}" : "[]";
  const items = children(node);
  if (level && isShort(node)) return html("div", { class: "scalar" }, label, open, inlineView(items), close, comma);
  const noun = node.kind === "object" ? "member" : "item";
  const folded = html("span", { class: "folded" }, ` ${plural(items.length, noun)} ${close}${comma}`);
  const details = lazyDetails({}, html("summary", {}, label, open, folded), () => [
    html("div", { class: "members" }, pageOfItems(items, 0, level + 1, isOpen)),
    html("div", {}, close + comma),
  ]);
  if (isOpen(level)) {
    details.build();
    details.open = true;
  }
  return details;
}

function pageOfItems(items, start, level, isOpen) {
  const page = items.slice(start, start + ITEMS_PER_PAGE);
  const views = page.map(([name, child], index) =>
    nodeView(child, name, start + index < items.length - 1 ? "," : "", level, isOpen),
  );
  const remaining = items.length - start - page.length;
  if (remaining <= 0) return views;
  const more = button(`Show more (${remaining} left)`, () =>
    more.replaceWith(...pageOfItems(items, start + page.length, level, isOpen)),
  );
  return [...views, more];
}

function scalarView(node) {
  const text = visible(node.text);
  const element = html("span", { class: node.kind }, shortened(text, MAX_STRING_LENGTH));
  if (text.length <= MAX_STRING_LENGTH) return element;
  const more = button(`Show all ${text.length.toLocaleString("en")} characters`, () => {
    element.textContent = text;
    more.remove();
  });
  return [element, " ", more];
}
