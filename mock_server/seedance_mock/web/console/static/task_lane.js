// A task as a lane on the time axis: waiting, running, its end, and the polls as dots.

import { html, svg } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { dollars, shortId, span } from "./format.js";
import { kindOf } from "./entry_meaning.js";
import { bars, stateAt } from "./time_axis.js";

// Polls that would be closer than this on the lane are drawn as one dot.
const MIN_DOT_GAP = 0.004;
const VIEW_WIDTH = 1000;
// A short time is still to be seen.
const MIN_BAR_WIDTH = 1.5;

export const STATE_CLASSES = {
  completed: "v-pass",
  failed: "v-fail",
  cancelled: "v-unsupported",
  processing: "v-info",
  pending: "v-unexercised",
  ended: "v-info",
};

export function taskLane(task, { now, axis, entries }) {
  const state = stateAt(task, now);
  return html(
    "div",
    { class: `lane-row s-${state}` },
    html(
      "span",
      { class: "lane-name" },
      html("code", {}, shortId(task.task_id)),
      html("span", { class: "quiet" }, " ", visible(task.account)),
    ),
    html("span", { class: `lane-state badge ${STATE_CLASSES[state] ?? ""}` }, state),
    html("span", { class: "lane-cost" }, costOf(task)),
    html(
      "span",
      { class: "lane-track" },
      drawing(task, now, axis, entries),
      html("span", { class: "offscreen" }, inWords(task, now, entries)),
    ),
  );
}

// What is only reserved stands in brackets.
function costOf(task) {
  return task.reserved_usd === "0" ? dollars(task.charged_usd) : `(${dollars(task.reserved_usd)})`;
}

// The lane for those who do not see it.
function inWords(task, now, entries) {
  const polls = entries.filter(({ place }) => place === "poll").length;
  return `created ${span(now - task.created)} ago, ${polls} polls`;
}

function drawing(task, now, axis, entries) {
  const x = (offset) => axis.position(offset) * VIEW_WIDTH;
  const isNow = (tick) => tick === 0;
  const end = task.ends_at === null ? Infinity : task.ends_at - now;
  const hasEnded = end <= 0 && end >= axis.from;
  return svg(
    "svg",
    { viewBox: `0 0 ${VIEW_WIDTH} 24`, preserveAspectRatio: "none", "aria-hidden": "true", class: "track" },
    marks(axis.ticks.filter((tick) => !isNow(tick)).map(x), "tick"),
    marks(axis.ticks.filter(isNow).map(x), "now"),
    bars(task, now).map(({ start, end: stop, kind, isPlanned }) =>
      barShape(x(start), x(stop), `bar-${kind}${isPlanned ? " planned" : ""}`),
    ),
    hasEnded ? marks([x(end)], `end e-${stateAt(task, now)}`, 2, 22) : null,
    dotShapes(dots(entries, now, axis)),
  );
}

function barShape(left, right, kind) {
  return right > left
    ? svg("rect", { x: left, y: 6, width: Math.max(right - left, MIN_BAR_WIDTH), height: 12, class: kind })
    : null;
}

function dotShapes(all) {
  const kinds = Map.groupBy(all, ({ kind }) => kind);
  return [...kinds].map(([kind, list]) =>
    marks(
      list.map(({ x }) => x * VIEW_WIDTH),
      `dot d-${kind}`,
      8,
      16,
    ),
  );
}

// Vertical lines as one element: lines keep their width in px, however much the picture is stretched, and a screen of
// lanes with an element for each dot takes three times as long to draw.
function marks(positions, kind, top = 0, bottom = 24) {
  const path = positions.map((at) => `M${at.toFixed(1)} ${top}V${bottom}`).join("");
  return svg("path", { d: path, class: kind });
}

// Many polls of one task would be as many elements, so those that touch each other are one.
export function dots(entries, now, axis) {
  const drawn = [];
  for (const entry of entries) {
    const offset = entry.time - now;
    if (offset < axis.from || offset > axis.to) continue;
    const dot = { x: axis.position(offset), kind: entry.place === "poll" ? kindOf(entry) : entry.place };
    const last = drawn.at(-1);
    if (last === undefined || dot.x - last.x >= MIN_DOT_GAP || dot.kind !== last.kind) drawn.push(dot);
  }
  return drawn;
}
