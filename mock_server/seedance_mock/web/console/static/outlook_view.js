// What words will do, as a small timeline: the course of a task, and the requests that get a fault.

import { html, svg } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { span } from "./format.js";

const STATUS_COLOURS = { pending: "queued", processing: "running" };
// A queue of hours must not make a run of seconds too small to see, so that long times are drawn shorter than they are.
const MIN_PART = 0.12;
// So many requests of a place are drawn; what follows is the same for ever.
const MAX_REQUESTS = 8;

export function outlookView({ course, clock, faults }) {
  return html(
    "div",
    { class: "outlook" },
    html("h3", {}, "A task"),
    courseView(course, clock),
    html("h3", {}, "The requests"),
    faultsView(faults),
  );
}

// Returns the parts of the course: [{ status, from, length }], with lengths as a part of 1. The last status has one too.
export function courseParts(course) {
  const gaps = course.map(({ after }, index) => (index + 1 < course.length ? course[index + 1].after - after : 0));
  const total = gaps.reduce((sum, gap) => sum + gap, 0) || 1;
  const raw = gaps.map((gap) => Math.max(gap / total, MIN_PART));
  const sum = raw.reduce((all, part) => all + part, 0);
  let from = 0;
  return course.map(({ status, after }, index) => {
    const part = { status, after, from, length: raw[index] / sum };
    from += part.length;
    return part;
  });
}

function courseView(course, clock) {
  const time = (after) => (clock === "polls" ? `poll ${after}` : span(after));
  const parts = courseParts(course);
  const picture = svg("svg", {
    class: "course",
    viewBox: "0 0 1000 24",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  for (const { status, from, length } of parts)
    picture.append(
      svg("rect", {
        x: from * 1000,
        y: 4,
        width: length * 1000,
        height: 16,
        class: `bar-${STATUS_COLOURS[status] ?? `end-${status}`}`,
      }),
    );
  const steps = parts.map(({ status, after, length }) => {
    const step = html(
      "li",
      {},
      html("strong", {}, visible(status)),
      html("span", { class: "quiet" }, after === 0 ? "at once" : `after ${time(after)}`),
    );
    step.style.flexGrow = String(length);
    return step;
  });
  return html("div", {}, picture, html("ol", { class: "steps" }, steps));
}

function faultsView(faults) {
  if (!faults.length) return html("p", { class: "quiet" }, "No request gets a fault.");
  const places = [...new Set(faults.map(({ place }) => place))];
  return html(
    "dl",
    { class: "requests" },
    places.map((place) => placeRow(faults.filter((fault) => fault.place === place))),
  );
}

function placeRow(faults) {
  const [{ place, counts }] = faults;
  const last = Math.max(...faults.map((fault) => fault.last ?? fault.first));
  const count = Math.min(MAX_REQUESTS, last + 1);
  const cells = Array.from({ length: count }, (_, index) => requestCell(faults, index + 1));
  const isEndless = faults.some((fault) => fault.last === null);
  cells.push(
    html("li", { class: "rest" }, isEndless ? "… for ever" : last + 1 > MAX_REQUESTS ? `… to request ${last}` : "…"),
  );
  return html(
    "div",
    {},
    html("dt", {}, html("strong", {}, place), " ", html("span", { class: "quiet" }, counts)),
    html("dd", {}, html("ol", { class: "cells" }, cells), effects(faults)),
  );
}

function requestCell(faults, number) {
  const fault = faults.find(({ first, last }) => first <= number && (last === null || number <= last));
  const label = fault ? fault.effect.split(" ", 1)[0] : "ok";
  const shown = fault && /^\d+$/u.test(label) ? label : fault ? "⚡" : "✓";
  return html(
    "li",
    { class: fault ? "hit" : "", title: `request ${number}: ${fault ? fault.effect : "as usual"}` },
    html("span", { class: "offscreen" }, `request ${number}: `),
    shown,
  );
}

function effects(faults) {
  return html(
    "ul",
    { class: "quiet" },
    faults.map((fault) =>
      html("li", {}, `${range(fault)}: ${fault.effect}; the request is ${fault.applied ? "applied" : "not applied"}`),
    ),
  );
}

function range({ first, last }) {
  if (last === null) return `request ${first} and all after it`;
  return first === last ? `request ${first}` : `requests ${first} to ${last}`;
}
