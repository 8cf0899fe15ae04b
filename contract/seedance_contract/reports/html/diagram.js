// The exchange as a sequence diagram: a lane for the client, one for each host it reached.

const LANES = {
  api: "API",
  host: "another host",
  port: "another port",
  third: "a third host",
};
const LEFT = 130;
const LANE = 540;
const FURTHER = 150;
const ROW = 44;
const TOP = 46;
const MOST = 60;

function diagram(exchanges) {
  const shown = exchanges.slice(0, MOST);
  const lanes = lanesOf(shown);
  const events = shown.flatMap(eventsOf).sort((one, other) => one.at - other.at);
  const width = LEFT + LANE + (lanes.length - 1) * FURTHER + 90;
  const height = TOP + events.length * ROW + 14;
  const label = `Sequence of ${plural(shown.length, "exchange")}; the wire log tells the same`;
  const drawing = s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    lifeline("client", LEFT, height),
    lanes.map((lane) => lifeline(LANES[lane] ?? visible(lane), across(lanes, lane), height)),
    events.map((event, row) => drawn(event, events[row - 1], row, across(lanes, event.lane))),
  );
  const more = exchanges.length - shown.length;
  const rest = more ? h("p", { class: "quiet" }, `${plural(more, "more exchange")}: see the wire log.`) : null;
  return h("figure", { class: "diagram", tabindex: 0 }, drawing, rest);
}

function lanesOf(exchanges) {
  return [...new Set(["api", ...exchanges.map((one) => one.origin)])];
}

function across(lanes, lane) {
  return LEFT + LANE + lanes.indexOf(lane) * FURTHER;
}

function lifeline(name, x, height) {
  return s(
    "g",
    { class: "lifeline" },
    s("line", { x1: x, y1: 30, x2: x, y2: height }),
    s("rect", { x: x - 62, y: 4, width: 124, height: 26, rx: 5 }),
    s("text", { x, y: 22, "text-anchor": "middle" }, shortened(name, 16)),
  );
}

function eventsOf(one) {
  const end = one.sent ?? one.ended ?? one.seen;
  return [
    { at: one.seen, lane: one.origin, one, asks: true },
    { at: Math.max(end, one.seen), lane: one.origin, one, asks: false },
  ];
}

function drawn(event, before, row, x) {
  const y = TOP + row * ROW + 24;
  return s(
    "g",
    { class: `event ${event.asks ? "asks" : "answers"} ${outcome(event.one)}` },
    s("title", {}, event.asks ? requestLine(event.one) : answerLine(event.one)),
    stamp(event, before, y),
    event.asks ? request(event.one, x, y) : answer(event.one, x, y),
  );
}

function outcome(one) {
  if (one.status === null) return "lost";
  return one.complete === false ? "cut" : "whole";
}

function stamp(event, before, y) {
  const gap = before ? event.at - before.at : 0;
  const marks = [s("text", { class: "time", x: 60, y: y + 4, "text-anchor": "end" }, `${event.at.toFixed(3)} s`)];
  if (gap >= 0.05)
    marks.push(
      s("line", { class: "gap", x1: 70, y1: y - ROW + 8, x2: 70, y2: y - 8 }),
      s("text", { class: "gap", x: 76, y: y - ROW / 2 + 4 }, `+${seconds(gap)}`),
    );
  return marks;
}

function request(one, x, y) {
  const label = shortened(requestLine(one), x > LEFT + LANE ? 86 : 70);
  return [
    s("text", { class: "label", x: LEFT + 10, y: y - 6 }, label),
    s("path", { class: "arrow", d: `M${LEFT} ${y} H${x - 2}` }),
    head(x, y, -1),
  ];
}

function answer(one, x, y) {
  const status = s("text", { class: "label", x: x - 10, y: y - 6, "text-anchor": "end" }, answerLine(one));
  const fault = one.fault ? faultMark(one, y) : null;
  if (one.status !== null && one.complete !== false)
    return [status, s("path", { class: "arrow", d: `M${x} ${y} H${LEFT + 2}` }), head(LEFT, y, 1), fault];
  const middle = (LEFT + x) / 2;
  return [
    status,
    s("path", { class: "arrow broken", d: `M${x} ${y} H${middle + 10}` }),
    s("path", { class: "cross", d: `M${middle - 6} ${y - 6} l12 12 m0 -12 l-12 12` }),
    fault,
  ];
}

function head(x, y, way) {
  return s("path", { class: "head", d: `M${x} ${y} l${8 * way} -4.5 v9 z` });
}

function faultMark(one, y) {
  const text = shortened(faultText(one), 44);
  return s(
    "g",
    { class: "fault" },
    s("rect", { x: LEFT + 14, y: y - 20, width: text.length * 6.9 + 16, height: 17, rx: 4 }),
    s("text", { x: LEFT + 22, y: y - 7 }, text),
  );
}

function faultText(one) {
  const applied = one.applied === true ? ", applied" : one.applied === false ? ", not applied" : "";
  return one.fault ? `fault: ${one.fault}${applied}` : "";
}

function requestLine(one) {
  return `${one.method} ${one.target}`;
}

function answerLine(one) {
  if (one.status === null) return "no answer";
  return one.complete === false ? `${one.status}, cut` : String(one.status);
}
