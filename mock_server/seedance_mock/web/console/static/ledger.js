// The money of an account: a bar, its amounts, its keys, and a row for each task.

import { html, svg } from "./shared/dom.js";
import { breakable, visible } from "./shared/text.js";
import { dollars, exactDollars } from "./format.js";
import { screenLink } from "./router.js";

// What was granted, as a bar: charged, reserved, and what is left.
export function moneyBar({ granted_usd: granted, charged_usd: charged, reserved_usd: reserved, balance_usd: balance }) {
  const total = Number(granted ?? 0);
  if (!total) return "";
  const bar = svg("svg", {
    class: "money-bar",
    viewBox: "0 0 100 10",
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": `${dollars(charged)} charged, ${dollars(reserved)} reserved, ${dollars(balance)} left of ${dollars(granted)}`,
  });
  let x = 0;
  for (const [part, kind] of [
    [charged, "charged"],
    [reserved, "reserved"],
    [balance, "left"],
  ]) {
    const width = Math.max(0, (Number(part) / total) * 100);
    bar.append(svg("rect", { x, y: 0, width, height: 10, class: `m-${kind}` }));
    x += width;
  }
  return bar;
}

export function moneyFacts(account) {
  const cell = (label, value, kind) =>
    html("div", {}, html("dt", {}, html("i", { class: `swatch m-${kind}` }), label), html("dd", {}, value));
  return html(
    "dl",
    { class: "facts" },
    cell("Balance", dollars(account.balance_usd), "left"),
    cell("Reserved", dollars(account.reserved_usd), "reserved"),
    cell("Charged", dollars(account.charged_usd), "charged"),
    account.granted_usd === null
      ? null
      : html("div", {}, html("dt", {}, "Granted"), html("dd", {}, dollars(account.granted_usd))),
    account.quota_usd === null
      ? null
      : html("div", {}, html("dt", {}, "Quota of the key"), html("dd", {}, dollars(account.quota_usd))),
    account.requests_a_minute === null
      ? null
      : html("div", {}, html("dt", {}, "Requests a minute"), html("dd", {}, account.requests_a_minute)),
  );
}

export function keyTable(keys) {
  if (keys.length < 2 && keys[0]?.state === "ok") return [];
  return [
    html("h3", {}, "Keys"),
    table(
      ["key", "words", "state", "spent"],
      keys.map((key) => [
        html("code", {}, visible(key.digest).slice(0, 12)),
        visible(key.words) || "–",
        key.state,
        dollars(key.spent_usd),
      ]),
    ),
  ];
}

const MAX_LEDGER_ROWS = 100;

export function taskTable(tasks) {
  if (!tasks.length) return [html("p", { class: "quiet" }, "No task yet.")];
  const latest = tasks.slice(-MAX_LEDGER_ROWS).reverse();
  const rows = latest.map((task) => [
    screenLink(breakable(task.task_id), "tasks", { task: task.task_id }),
    task.cancelled ? "cancelled" : task.status,
    exactDollars(task.reserved_usd),
    exactDollars(task.charged_usd),
  ]);
  const older = tasks.length - latest.length;
  return [
    table(["task", "status", "reserved", "charged"], rows),
    older ? html("p", { class: "quiet" }, `${older} older tasks are not listed.`) : "",
  ];
}

function table(heads, rows) {
  return html(
    "table",
    {},
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        heads.map((head) => html("th", { scope: "col" }, head)),
      ),
    ),
    html(
      "tbody",
      {},
      rows.map((cells) =>
        html(
          "tr",
          {},
          cells.map((cell) => html("td", {}, cell)),
        ),
      ),
    ),
  );
}
