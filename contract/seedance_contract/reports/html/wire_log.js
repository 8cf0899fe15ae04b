// The wire log: every exchange with its heads and bodies.

const EXCHANGES_PER_PAGE = 200;

function wireLog(exchanges) {
  const list = html("ol", { class: "wire" });
  const appendFrom = (start) => {
    const page = exchanges.slice(start, start + EXCHANGES_PER_PAGE);
    list.append(...page.map((exchange, index) => exchangeItem(exchange, start + index)));
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

function exchangeItem(exchange, index) {
  const summary = html(
    "summary",
    {},
    html("span", { class: "number" }, `${index + 1}`),
    html("span", { class: "time" }, formatSeconds(exchange.seen)),
    html("code", {}, shortened(requestLine(exchange), 120)),
    html("span", { class: `response ${responseState(exchange)}` }, `→ ${responseLine(exchange)}`),
    exchange.fault ? html("span", { class: "fault" }, visible(faultText(exchange))) : null,
  );
  return html("li", {}, lazyDetails({}, summary, () => exchangeContent(exchange)));
}

function exchangeContent(exchange) {
  const facts = factList([
    ["Connection", `${exchange.connection}, request ${exchange.turn} on it`],
    ["Reached", LANE_NAMES[exchange.origin] ?? visible(exchange.origin)],
    ["Request received", formatSeconds(exchange.seen)],
    ["Response started", formatSeconds(exchange.sent)],
    ["Response ended", formatSeconds(exchange.ended)],
  ]);
  const requestHead = [requestLine(exchange), ...headerLines(exchange.headers)].join("\n");
  const responseHead = [responseLine(exchange), ...headerLines(exchange.answer_headers)].join("\n");
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
    body ? textBlock(body, `${name}: body`) : html("p", { class: "quiet" }, "No body."),
  );
}
