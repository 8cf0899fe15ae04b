// Draws traffic as a sequence diagram: a lane for the sender, and one for each host that it reached. The
// rows are ordinary elements, so that text wraps on a narrow screen and a screen reader reads them in order.

import { button, html } from "./dom.js";
import { LANE_NAMES, endOf, faultText, foldedRuns, pauses, requestLine, responseLine, responseState } from "./exchanges.js";
import { breakable, formatSeconds, plural, shortened, visible } from "./text.js";

// The middle of longer traffic is left out: the wire log has all of it, and more rows are no overview.
const MAX_RUNS = 60;
const MAX_TARGET_LENGTH = 300;
// Shorter gaps are the time of the exchange itself, not a pause of the sender.
const MIN_GAP = 0.05;
// The first lane leaves most of the width to its labels; further lanes share the rest.
const FIRST_LANE = [1, 0.64, 0.56, 0.44];

// Shows exchanges, and notes between them.
//
// exchanges: in any order. Times in seconds: `seen`, `sent`, `ended`.
// sender: the name of the first lane.
// laneNames: names of origins.
// notes: [{ at: seconds, text }], such as the end of the client.
export function sequenceDiagram(exchanges, { sender = "client", laneNames = LANE_NAMES, notes = [] } = {}) {
  const lanes = [...new Set(["api", ...exchanges.map(({ origin }) => origin ?? "api")])];
  const names = [sender, ...lanes.map((lane) => laneNames[lane] ?? visible(lane))];
  const positions = [0, ...lanes.map((_, index) => lanePosition(index, lanes.length))];
  const hasSeveralKeys = new Set(exchanges.map(({ key }) => key)).size > 1;
  const context = { positions, lanes, sender, names, hasSeveralKeys };
  const figure = html("figure", { class: "diagram" });
  const draw = (runs) =>
    figure.replaceChildren(
      laneHeads(names, positions),
      html("div", { class: "rows" }, lifelines(positions), html("ol", {}, rows(runs, notes, context, unfold(runs)))),
    );
  const unfold = (runs) => (run) => draw(runs.flatMap((other) => (other === run ? run.map((exchange) => [exchange]) : [other])));
  draw(foldedRuns(exchanges));
  return figure;
}

function lanePosition(index, count) {
  const first = FIRST_LANE[Math.min(count, FIRST_LANE.length) - 1];
  return count === 1 ? first : first + ((1 - first) * index) / (count - 1);
}

// Sets a custom property: the security policy of the page allows no style attributes.
function placed(element, name, value) {
  element.style.setProperty(name, String(value));
  return element;
}

function laneHeads(names, positions) {
  const heads = names.map((name, index) => {
    const edge = index === 0 ? "first" : positions[index] === 1 ? "last" : "middle";
    const head = placed(html("span", { class: `lane ${edge}` }, shortened(name, 24)), "--at", positions[index]);
    // On a narrow screen the names of further lanes are one below the other.
    return placed(head, "--row", Math.max(0, index - 1));
  });
  return placed(html("div", { class: "lanes", "aria-hidden": "true" }, heads), "--rows", names.length - 1);
}

function lifelines(positions) {
  const lines = positions.map((position) => placed(html("i"), "--at", position));
  return html("div", { class: "lifelines", "aria-hidden": "true" }, lines);
}

function rows(runs, notes, context, unfold) {
  const { shown, leftOut } = withoutMiddle(runs);
  const events = [...shown.flatMap(runEvents), ...notes.map((note) => ({ at: note.at, note }))];
  if (leftOut.length) events.push({ at: leftOut[0][0].seen, leftOut });
  events.sort((first, second) => first.at - second.at);
  let previousEnd = 0;
  return events.map((event) => {
    const gap = event.at - previousEnd;
    previousEnd = event.end ?? event.at;
    return eventRow(event, gap, context, unfold);
  });
}

function withoutMiddle(runs) {
  if (runs.length <= MAX_RUNS) return { shown: runs, leftOut: [] };
  const half = MAX_RUNS / 2;
  return { shown: [...runs.slice(0, half), ...runs.slice(-half)], leftOut: runs.slice(half, -half) };
}

// A run is two events: its request arrives, and its response starts. A response that never starts is drawn
// where the connection ends.
function runEvents(run) {
  const [first, last] = [run[0], run.at(-1)];
  if (run.length > 1)
    return [
      { at: first.seen, run, isRequest: true },
      { at: first.seen, end: endOf(last), run, isRequest: false },
    ];
  return [
    { at: first.seen, run, isRequest: true },
    { at: endOf(first), run, isRequest: false },
  ];
}

function eventRow(event, gap, context, unfold) {
  if (event.leftOut) {
    const count = event.leftOut.reduce((sum, run) => sum + run.length, 0);
    return noteRow("", `${plural(count, "more exchange")}: see the wire log.`);
  }
  const time = timeCell(event, gap);
  if (event.note) return noteRow(time, event.note.text);
  const { run, isRequest } = event;
  const lane = context.lanes.indexOf(run[0].origin ?? "api") + 1;
  const classes = `event ${isRequest ? "request" : "response"} ${responseState(run[0])}`;
  const content = isRequest ? requestLabel(run, lane, context) : responseLabel(run, lane, context, unfold);
  const message = html("div", { class: "message" }, content, html("div", { class: "line" }));
  return html("li", { class: classes }, time, placed(message, "--at", context.positions[lane]));
}

function noteRow(time, text) {
  return html("li", { class: "event note" }, time || html("div", { class: "time" }), html("div", {}, visible(text)));
}

function timeCell({ at, end }, gap) {
  const pause = gap >= MIN_GAP ? html("span", { class: "gap" }, `+${formatSeconds(gap)}`) : null;
  const until = end === undefined ? null : `to ${end.toFixed(3)} s`;
  return html("div", { class: "time" }, pause, html("span", {}, until ?? `${at.toFixed(3)} s`));
}

// Words that the arrow says to those who see it.
function direction(from, to) {
  return html("span", { class: "offscreen" }, `${from} to ${to}: `);
}

function requestLabel(run, lane, { names, hasSeveralKeys }) {
  const [exchange] = run;
  const target = shortened(requestLine(exchange), MAX_TARGET_LENGTH);
  return html(
    "div",
    { class: "label" },
    direction(names[0], names[lane]),
    html("code", {}, breakable(target)),
    run.length > 1 ? html("span", { class: "tag" }, `× ${run.length} ${nounFor(exchange)}`) : null,
    hasSeveralKeys ? html("span", { class: "tag" }, visible(exchange.key ?? "no key")) : null,
  );
}

function nounFor(exchange) {
  return /\/tasks\/|\/generations\//.test(exchange.target) ? "polls" : "requests";
}

function responseLabel(run, lane, { names }, unfold) {
  const [exchange] = run;
  return html(
    "div",
    { class: "label" },
    exchange.fault ? html("span", { class: "fault" }, shortened(faultText(exchange), 60)) : null,
    run.length > 1
      ? [html("span", { class: "quiet" }, pauseText(run)), button("Show each", () => unfold(run), { class: "small" })]
      : null,
    direction(names[lane], names[0]),
    html("code", { class: "answer" }, breakable(responseLine(exchange))),
  );
}

function pauseText(run) {
  const [least, most] = [Math.min(...pauses(run)), Math.max(...pauses(run))].map(formatSeconds);
  return least === most ? `every ${least}` : `pauses of ${least} to ${most}`;
}
