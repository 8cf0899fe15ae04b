// A request as a row of the list.

import { html } from "./shared/dom.js";
import { shortened, visible } from "./shared/text.js";
import { clockTime, milliseconds } from "./format.js";
import { KIND_LABELS, kindOf, lineOf, reasonOf, statusClass } from "./entry_meaning.js";

const MAX_TEXT = 300;
const MARKS = { fault: "⚡", mistake: "✕", error: "!", warning: "△", unacknowledged: "!", ok: "" };

export function trafficRow(entry) {
  const kind = kindOf(entry);
  return html(
    "div",
    { class: `entry k-${kind}` },
    html(
      "span",
      { class: "kind", title: KIND_LABELS[kind] },
      MARKS[kind],
      html("span", { class: "offscreen" }, kind === "ok" ? "" : KIND_LABELS[kind]),
    ),
    html("span", { class: "time" }, clockTime(entry.started)),
    html("span", { class: `badge status ${statusClass(entry.status)}` }, entry.status ?? "none"),
    html("span", { class: "method" }, visible(entry.method)),
    html("span", { class: "target" }, shortened(lineOf(entry), MAX_TEXT)),
    html("span", { class: "reason" }, shortened(reasonOf(entry), MAX_TEXT)),
    html("span", { class: "duration" }, milliseconds(entry)),
    html("span", { class: "account" }, visible(entry.account ?? "no account")),
  );
}
