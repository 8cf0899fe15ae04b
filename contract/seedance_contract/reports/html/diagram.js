// Draws the traffic as a sequence diagram: a lane for the client, and one for each host that it reached.

const LANE_NAMES = {
  api: "API",
  host: "another host",
  port: "another port",
  third: "a third host",
};
// Lengths are in px.
const CLIENT_X = 130;
const FIRST_LANE_DISTANCE = 540;
const LANE_DISTANCE = 150;
const ROW_HEIGHT = 44;
const HEADER_HEIGHT = 46;
// Longer traffic is cut: the wire log has all of it, and a drawing of more rows is no overview.
const MAX_EXCHANGES = 60;

function sequenceDiagram(exchanges) {
  const drawn = exchanges.slice(0, MAX_EXCHANGES);
  const lanes = laneNames(drawn);
  const events = drawn.flatMap(exchangeEvents).sort((first, second) => first.at - second.at);
  const width = CLIENT_X + FIRST_LANE_DISTANCE + (lanes.length - 1) * LANE_DISTANCE + 90;
  const height = HEADER_HEIGHT + events.length * ROW_HEIGHT + 14;
  const label = `Sequence of ${plural(drawn.length, "exchange")}; the wire log has the same content`;
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    lifeline("client", CLIENT_X, height),
    lanes.map((lane) => lifeline(LANE_NAMES[lane] ?? visible(lane), laneX(lanes, lane), height)),
    events.map((event, row) => eventRow(event, events[row - 1], row, laneX(lanes, event.lane))),
  );
  const remaining = exchanges.length - drawn.length;
  const text = `${plural(remaining, "more exchange")}: see the wire log.`;
  const note = remaining ? html("p", { class: "quiet" }, text) : null;
  return html("figure", { class: "diagram", tabindex: 0 }, drawing, note);
}

function laneNames(exchanges) {
  return [...new Set(["api", ...exchanges.map((exchange) => exchange.origin)])];
}

function laneX(lanes, lane) {
  return CLIENT_X + FIRST_LANE_DISTANCE + lanes.indexOf(lane) * LANE_DISTANCE;
}

function lifeline(name, x, height) {
  return svg(
    "g",
    { class: "lifeline" },
    svg("line", { x1: x, y1: 30, x2: x, y2: height }),
    svg("rect", { x: x - 62, y: 4, width: 124, height: 26, rx: 5 }),
    svg("text", { x, y: 22, "text-anchor": "middle" }, shortened(name, 16)),
  );
}

// An exchange is two events: the request arrives, and the response starts. A response that never starts
// is drawn where the connection ends.
function exchangeEvents(exchange) {
  const end = exchange.sent ?? exchange.ended ?? exchange.seen;
  return [
    { at: exchange.seen, lane: exchange.origin, exchange, isRequest: true },
    { at: Math.max(end, exchange.seen), lane: exchange.origin, exchange, isRequest: false },
  ];
}

function eventRow(event, previous, row, x) {
  const { exchange, isRequest } = event;
  const y = HEADER_HEIGHT + row * ROW_HEIGHT + 24;
  return svg(
    "g",
    { class: `event ${isRequest ? "request" : "response"} ${responseState(exchange)}` },
    svg("title", {}, isRequest ? requestLine(exchange) : responseLine(exchange)),
    timeLabels(event, previous, y),
    isRequest ? requestArrow(exchange, x, y) : responseArrow(exchange, x, y),
  );
}

function responseState(exchange) {
  if (exchange.status === null) return "missing";
  return exchange.complete === false ? "truncated" : "complete";
}

function timeLabels(event, previous, y) {
  const gap = previous ? event.at - previous.at : 0;
  const time = `${event.at.toFixed(3)} s`;
  const labels = [svg("text", { class: "time", x: 60, y: y + 4, "text-anchor": "end" }, time)];
  // Shorter gaps are the time of the exchange itself, not a wait of the client.
  if (gap >= 0.05)
    labels.push(
      svg("line", { class: "gap", x1: 70, y1: y - ROW_HEIGHT + 8, x2: 70, y2: y - 8 }),
      svg("text", { class: "gap", x: 76, y: y - ROW_HEIGHT / 2 + 4 }, `+${formatSeconds(gap)}`),
    );
  return labels;
}

function requestArrow(exchange, x, y) {
  const isFurtherLane = x > CLIENT_X + FIRST_LANE_DISTANCE;
  return [
    svg("text", { class: "label", x: CLIENT_X + 10, y: y - 6 }, shortened(requestLine(exchange), isFurtherLane ? 86 : 70)),
    svg("path", { class: "arrow", d: `M${CLIENT_X} ${y} H${x - 2}` }),
    arrowHead(x, y, -1),
  ];
}

function responseArrow(exchange, x, y) {
  const label = svg("text", { class: "label", x: x - 10, y: y - 6, "text-anchor": "end" }, responseLine(exchange));
  const fault = exchange.fault ? faultBadge(exchange, y) : null;
  if (responseState(exchange) === "complete")
    return [label, svg("path", { class: "arrow", d: `M${x} ${y} H${CLIENT_X + 2}` }), arrowHead(CLIENT_X, y, 1), fault];
  const middle = (CLIENT_X + x) / 2;
  return [
    label,
    svg("path", { class: "arrow broken", d: `M${x} ${y} H${middle + 10}` }),
    svg("path", { class: "cross", d: `M${middle - 6} ${y - 6} l12 12 m0 -12 l-12 12` }),
    fault,
  ];
}

function arrowHead(x, y, direction) {
  return svg("path", { class: "head", d: `M${x} ${y} l${8 * direction} -4.5 v9 z` });
}

function faultBadge(exchange, y) {
  const text = shortened(faultText(exchange), 44);
  return svg(
    "g",
    { class: "fault" },
    svg("rect", { x: CLIENT_X + 14, y: y - 20, width: text.length * 6.9 + 16, height: 17, rx: 4 }),
    svg("text", { x: CLIENT_X + 22, y: y - 7 }, text),
  );
}

function faultText(exchange) {
  if (!exchange.fault) return "";
  const effects = new Map([[true, ", applied"], [false, ", not applied"]]);
  return `fault: ${exchange.fault}${effects.get(exchange.applied) ?? ""}`;
}

function requestLine(exchange) {
  return `${exchange.method} ${exchange.target}`;
}

function responseLine(exchange) {
  if (exchange.status === null) return "no response";
  return exchange.complete === false ? `${exchange.status}, truncated` : String(exchange.status);
}
