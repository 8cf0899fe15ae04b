// The fields of a create request as form fields. What they contain becomes the body of the request.

import { html } from "./shared/dom.js";
import { field, select } from "./parts.js";

// spec: a field of GET /_mock/request-form. Returns { name, element, value(): undefined if it is left out, show(value) }.
export function formField(spec, isRequired, onchange) {
  const input = createInput(spec, onchange);
  const element = field(`${spec.name}${isRequired ? " (needed)" : ""}`, input, hintOf(spec));
  element.dataset.name = spec.name;
  if (isWide(spec)) element.classList.add("wide-field");
  const show = (value) => (input.value = textOf(value));
  return { name: spec.name, element, input, value: () => valueOf(spec, input.value), show };
}

function isWide({ name, schema, medium }) {
  return name === "prompt" || schema.type === "array" || medium !== null;
}

function hintOf({ requirement, schema, medium, default: standard }) {
  const parts = [];
  if (medium)
    parts.push(
      schema.type === "array"
        ? `URLs of ${medium}, one in each line, ${schema.maxItems} at most`
        : `a URL of ${medium}`,
    );
  else if (requirement && !schema.enum) parts.push(`must ${requirement}`);
  if (standard !== null && schema.type !== "boolean" && !schema.enum) parts.push(`otherwise ${standard}`);
  return parts.join("; ");
}

function createInput({ name, schema, default: standard }, onchange) {
  if (schema.enum || schema.type === "boolean") {
    const values = schema.enum ?? [true, false];
    const omitted = standard === null ? "(left out)" : `(left out: ${standard})`;
    return select([["", omitted], ...values.map((value) => [String(value), String(value)])], "", onchange);
  }
  const attributes = { oninput: onchange, autocomplete: "off", spellcheck: "false" };
  if (name === "prompt" || schema.type === "array")
    return html("textarea", { rows: name === "prompt" ? 3 : 2, ...attributes });
  return html("input", { type: schema.type === "integer" ? "number" : "text", ...attributes });
}

// Returns the value of a field for what the user has entered, undefined if nothing. A text that is no number stays a
// text, so that the server refuses it as it would refuse it from a client.
export function valueOf({ schema }, text) {
  if (text === "") return undefined;
  if (schema.type === "array")
    return text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  if (schema.type === "boolean") return text === "true";
  if (schema.type === "integer") return Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

// Returns what a user would enter for a value of a request: the opposite of `valueOf`.
export function textOf(value) {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(textOf).join("\n");
  return typeof value === "string" ? value : JSON.stringify(value);
}

// Returns the request that a text of JSON is, null if it is none.
export function parsedBody(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

// The body of a request: the chosen model and operation, and each field that has a value.
export function requestBody(model, operation, fields) {
  const entries = fields.map((part) => [part.name, part.value()]).filter(([, value]) => value !== undefined);
  return { model, operation, ...Object.fromEntries(entries) };
}
