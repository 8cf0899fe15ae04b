// The wire log: every exchange, head and body.

const SHOWN = 200;

function wire(exchanges) {
  const list = h("ol", { class: "wire" });
  const more = (from) => {
    list.append(...exchanges.slice(from, from + SHOWN).map((one, at) => logged(one, from + at)));
    const left = exchanges.length - from - SHOWN;
    if (left <= 0) return;
    const next = h("li", {}, button(`Show more (${left} left)`, () => {
      next.remove();
      more(from + SHOWN);
    }));
    list.append(next);
  };
  more(0);
  return list;
}

function logged(one, index) {
  const summary = h(
    "summary",
    {},
    h("span", { class: "number" }, `${index + 1}`),
    h("span", { class: "time" }, seconds(one.seen)),
    h("code", {}, shortened(requestLine(one), 120)),
    h("span", { class: `answer ${outcome(one)}` }, `→ ${answerLine(one)}`),
    one.fault ? h("span", { class: "fault" }, visible(faultText(one))) : null,
  );
  return h("li", {}, lazy({}, summary, () => both(one)));
}

function both(one) {
  const told = facts([
    ["Connection", `${one.connection}, request ${one.turn} on it`],
    ["Reached", LANES[one.origin] ?? visible(one.origin)],
    ["Seen", seconds(one.seen)],
    ["Answer begun", seconds(one.sent)],
    ["Answer ended", seconds(one.ended)],
  ]);
  const asked = [`${one.method} ${one.target}`, ...headLines(one.headers)].join("\n");
  const answered = [answerLine(one), ...headLines(one.answer_headers)].join("\n");
  return [
    told,
    h(
      "div",
      { class: "sides" },
      side("Request", asked, one.body),
      side("Answer", answered, one.answer_body),
    ),
  ];
}

function headLines(headers) {
  return (headers ?? []).map(([name, value]) => `${name}: ${value}`);
}

function side(name, head, body) {
  return h(
    "div",
    {},
    h("h5", {}, name),
    block(head, `${name}: head`),
    body ? block(body, `${name}: body`) : h("p", { class: "quiet" }, "No body."),
  );
}
