// The wire log: every exchange with its heads and bodies.

import { button, html, lazyDetails } from "./dom.js";
import { LANE_NAMES, faultText, requestLine, responseLine, responseState } from "./exchanges.js";
import { bodyView } from "./json_view.js";
import { breakable, factList, formatSeconds, shortened, textBlock, visible } from "./text.js";

const EXCHANGES_PER_PAGE = 200;

export function wireLog(exchanges, { laneNames = LANE_NAMES } = {}) {
  const list = html("ol", { class: "wire" });
  const appendFrom = (start) => {
    const page = exchanges.slice(start, start + EXCHANGES_PER_PAGE);
    list.append(...page.map((exchange, index) => exchangeItem(exchange, start + index, laneNames)));
    const remaining = exchanges.length - start - EXCHANGES_PER_PAGE;
    if (remaining <= 0) return;
    const next = html("li", {}, button(`Show more (${remaining} left)`, () => {
      next.remove();
      appendFrom(start + EXCHANGES_PER_PAGE);
    }));
    list.append(next);
  };
  appendFrom(0);
  return list;
}

function exchangeItem(exchange, index, laneNames) {
  const summary = html(
    "summary",
    {},
    html("span", { class: "number" }, `${index + 1}`),
    html("span", { class: "time" }, formatSeconds(exchange.seen)),
    html("code", {}, breakable(shortened(requestLine(exchange), 120))),
    html("span", { class: `answer ${responseState(exchange)}` }, "→ ", breakable(responseLine(exchange))),
    exchange.fault ? html("span", { class: "fault" }, faultText(exchange)) : null,
  );
  return html("li", {}, lazyDetails({}, summary, () => exchangeContent(exchange, laneNames)));
}

function exchangeContent(exchange, laneNames) {
  const { origin, connection, turn, key } = exchange;
  const facts = factList([
    ["Connection", connection ? `${connection}, request ${turn} on it` : ""],
    ["Reached", laneNames[origin] ?? visible(origin)],
    ["Key", key ? visible(key) : ""],
    ["Request received", formatSeconds(exchange.seen)],
    ["Response started", formatSeconds(exchange.sent)],
    ["Response ended", formatSeconds(exchange.ended)],
  ]);
  const requestHead = [requestLine(exchange), ...headerLines(exchange.headers)].join("\n");
  const statusLine = responseState(exchange) === "missing" ? "no response" : String(exchange.status);
  const responseHead = [statusLine, ...headerLines(exchange.answer_headers)].join("\n");
  return [
    facts,
    html(
      "div",
      { class: "sides" },
      messageSide("Request", requestHead, exchange.body),
      messageSide("Response", responseHead, exchange.answer_body),
    ),
  ];
}

function headerLines(headers) {
  return (headers ?? []).map(([name, value]) => `${name}: ${value}`);
}

function messageSide(name, head, body) {
  return html(
    "div",
    {},
    html("h5", {}, name),
    textBlock(head, `${name}: head`),
    body ? bodyView(body, `${name}: body`) : html("p", { class: "quiet" }, "No body."),
  );
}
