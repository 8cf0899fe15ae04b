// One account: its ledger, its clock with buttons that move it, its words, and its keys.

import { collapsible, html } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { controlDelete, controlPost } from "./api.js";
import { accountNow, clockTime, dateAndTime, span } from "./format.js";
import { keyTable, moneyBar, moneyFacts, taskTable } from "./ledger.js";
import { actionButton, announce, confirmedButton, field, select } from "./parts.js";
import { screenLink } from "./router.js";

const MODES = [
  ["real", "real time"],
  ["x20", "20 times as fast"],
  ["frozen", "frozen"],
  ["polls", "by polls"],
];
const STEPS = [
  ["+5 s", 5],
  ["+1 min", 60],
];
// Moments are floating-point numbers: a clock that is advanced to one of them may end up just before it.
const MARGIN = 0.001;

// Returns { element, update(account, tasks), tick() }.
export function accountCard({ name }, { feed, refresh }) {
  const path = `accounts/${encodeURIComponent(name)}`;
  let account = null;
  let tasks = [];
  let readAt = 0;

  const money = html("div", { class: "money" });
  const time = html("p", { class: "clock-time" });
  const words = html("input", { type: "text", spellcheck: "false", autocomplete: "off" });
  const amount = html("input", { type: "text", inputmode: "decimal", size: 8, placeholder: "2.00" });
  const mode = select(MODES, "real", (value) => run(() => controlPost(`${path}/clock`, { mode: value })));
  const next = actionButton("To the next change", () => change("clock", { advance_s: nextChange() - now() + MARGIN }));
  const nextButton = next.querySelector("button");
  const failure = html("p", { class: "failure", role: "alert" });
  const keys = html("div");
  const ledger = collapsible("Ledger", () => ledgerTable);
  const ledgerTable = html("div", { class: "scroll" });
  const element = html(
    "section",
    { class: "card", tabindex: -1, "aria-label": `Account ${name}` },
    html("h2", {}, visible(name)),
    html(
      "p",
      { class: "links" },
      screenLink("requests", "traffic", { account: name }),
      " · ",
      screenLink("tasks", "tasks", { account: name }),
      " · ",
      screenLink("checks", "checks", { account: name }),
    ),
    money,
    html(
      "div",
      { class: "row-of-fields" },
      field("USD", amount),
      actionButton("Set the balance", () => changeMoney("balance_usd")),
      actionButton("Top up", () => changeMoney("top_up_usd")),
    ),
    html("h3", {}, "Clock"),
    time,
    html(
      "div",
      { class: "row-of-fields" },
      field("Mode", mode),
      ...STEPS.map(([label, seconds]) => actionButton(label, () => change("clock", { advance_s: seconds }))),
      next,
    ),
    failure,
    html("h3", {}, "Words in force"),
    html(
      "div",
      { class: "row-of-fields wide" },
      field("Words", words),
      actionButton("Set the words", () => change("", { words: words.value })),
    ),
    keys,
    ledger,
    html("div", { class: "actions" }, confirmedButton("Reset this account", "Delete its tasks and entries?", reset)),
  );

  const now = () => accountNow(account.clock, readAt);

  // The next moment at which a task of the account starts or ends.
  function nextChange() {
    const moments = tasks.flatMap(({ starts_at: start, ends_at: end }) => [start, end]);
    return Math.min(...moments.filter((moment) => moment !== null && moment > now()));
  }

  async function change(part, body) {
    await controlPost(part ? `${path}/${part}` : path, body);
    announce(`Account ${name} has changed.`);
    await refresh();
  }

  async function run(action) {
    failure.textContent = "";
    try {
      await action();
      await refresh();
    } catch (error) {
      failure.textContent = visible(error.message);
    }
  }

  async function changeMoney(member) {
    await change("", { [member]: amount.value.trim() });
    amount.value = "";
  }

  async function reset() {
    await controlDelete(path);
    feed.clear(name);
    await refresh();
  }

  function update(latest, ownTasks) {
    const isFirst = account === null;
    const hadWords = account?.words;
    [account, tasks, readAt] = [latest, ownTasks, performance.now()];
    money.replaceChildren(moneyBar(latest), moneyFacts(latest));
    if (isFirst || hadWords !== latest.words) words.value = latest.words;
    showMode(latest.clock.mode);
    keys.replaceChildren(...keyTable(latest.keys));
    ledgerTable.replaceChildren(...taskTable(ownTasks));
    tick();
  }

  // A factor that is none of the choices becomes one.
  function showMode(current) {
    if (![...mode.options].some((option) => option.value === current))
      mode.append(html("option", { value: current }, visible(current)));
    if (document.activeElement !== mode) mode.value = current;
  }

  function tick() {
    const moment = nextChange();
    nextButton.disabled = !Number.isFinite(moment);
    nextButton.title = nextButton.disabled
      ? "No task of this account will start or end"
      : `in ${span(moment - now())} of its time`;
    time.textContent = `${dateAndTime(now())} ${account.clock.mode === "real" ? "" : `(${account.clock.mode})`}`;
    time.title = clockTime(now());
  }

  return { element, update, tick };
}
