// A task as a lane on the time axis: waiting, running, its end, and the polls as dots.

import { html, svg } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { dollars, shortId, span } from "./format.js";
import { kindOf } from "./entry_meaning.js";
import { bars, stateAt } from "./time_axis.js";

// Polls that would be closer than this on the lane are drawn as one dot.
const MIN_DOT_GAP = 0.004;
const VIEW_WIDTH = 1000;

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
    html("span", { class: "lane-name" }, html("code", {}, shortId(task.task_id)), html("span", { class: "quiet" }, " ", visible(task.account))),
    html("span", { class: `lane-state badge ${STATE_CLASSES[state] ?? ""}` }, state),
    html("span", { class: "lane-cost" }, costOf(task)),
    html("span", { class: "lane-track" }, drawing(task, now, axis, entries), html("span", { class: "offscreen" }, inWords(task, now, entries))),
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
  const picture = svg("svg", { viewBox: `0 0 ${VIEW_WIDTH} 24`, preserveAspectRatio: "none", "aria-hidden": "true", class: "track" });
  const x = (offset) => axis.position(offset) * VIEW_WIDTH;
  for (const tick of axis.ticks) picture.append(line(x(tick), tick === 0 ? "now" : "tick"));
  for (const bar of bars(task, now)) {
    const [left, right] = [x(bar.start), x(bar.end)];
    const attributes = { x: left, y: 6, width: Math.max(right - left, 1.5), height: 12, class: `bar-${bar.kind}${bar.isPlanned ? " planned" : ""}` };
    if (right > left) picture.append(svg("rect", attributes));
  }
  const end = task.ends_at === null ? Infinity : task.ends_at - now;
  if (end <= 0 && end >= axis.from)
    picture.append(line(x(end), `end e-${stateAt(task, now)}`, 2, 22));
  picture.append(...dots(entries, now, axis).map(({ x: at, kind }) => line(at * VIEW_WIDTH, `dot d-${kind}`, 8, 16)));
  return picture;
}

// A line keeps its width in px, however much the picture is stretched. So marks are lines.
function line(at, kind, top = 0, bottom = 24) {
  return svg("line", { x1: at, x2: at, y1: top, y2: bottom, class: kind });
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
