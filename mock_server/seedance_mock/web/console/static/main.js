// Builds the page: the head with the screens, the state of the connection, and the screen that the URL names.

import { html } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { createAccounts } from "./accounts.js";
import { createChecks } from "./checks.js";
import { createFeed } from "./feed.js";
import { announce } from "./parts.js";
import { createResource } from "./resources.js";
import { address, parseAddress } from "./router.js";
import { createSituations } from "./situations.js";
import { createTasks } from "./tasks.js";
import { createTraffic } from "./traffic.js";
import { createTry } from "./try.js";

const STATES = {
  connecting: "connecting",
  live: "live",
  reconnecting: "no connection, trying again",
  refused: "refused: see --control-token",
};

// A server may have a hundred times as many. What is older than these is found by its requests.
const MAX_TASKS = 1000;

const feed = createFeed();
const knownAccounts = new Set();
const accounts = createResource(feed, "accounts", {
  member: "accounts",
  key: "name",
  isAffected: (entry) => entry.account !== null && changesMoney(entry),
});
const tasks = createResource(feed, `tasks?last=${MAX_TASKS}`, {
  member: "tasks",
  key: "task_id",
  isAffected: (entry) => entry.task_id !== null && changesTask(entry),
});
const context = { feed, accounts, tasks, accountOptions };
const screens = [createTraffic, createTasks, createAccounts, createSituations, createChecks, createTry].map((create) =>
  create(context),
);
const names = screens.map(({ name }) => name);
let shown = null;

// Most requests are polls that change nothing. Only these are a reason to read a list again.
function changesTask(entry) {
  const task = tasks.get(entry.task_id);
  if (entry.place !== "poll" || task === undefined) return true;
  const isByPolls = accounts.get(entry.account)?.clock.mode === "polls";
  return isByPolls || (entry.task_status !== null && task.status !== entry.task_status);
}

function changesMoney(entry) {
  const isEnd = entry.task_status === "completed" || entry.task_status === "failed";
  return entry.place !== "poll" || isEnd || accounts.get(entry.account) === undefined;
}

// A run of check-server opens thousands of accounts. The latest are those that somebody works with.
const MAX_OPTIONS = 200;

// `chosen` is among the options also if it is an old one.
function accountOptions(chosen = "") {
  const latest = new Set([...knownAccounts].slice(-MAX_OPTIONS));
  if (chosen) latest.add(chosen);
  return [["", "all accounts"], ...[...latest].sort(byNumber).map((name) => [name, name])];
}

function byNumber(first, second) {
  return first.localeCompare(second, "en", { numeric: true });
}

const links = screens.map(({ name, label }) => html("a", { href: address(name) }, label));
const connection = html("span", { class: "connection" });

function buildHead() {
  document
    .getElementById("head")
    .append(
      html("div", { class: "brand" }, html("strong", {}, "seedance-mock"), connection),
      html("nav", { "aria-label": "Screens" }, links),
    );
}

function showState(state) {
  if (connection.dataset.state === state) return;
  if (connection.dataset.state) announce(`Connection: ${STATES[state]}`);
  connection.dataset.state = state;
  connection.textContent = STATES[state];
}

function followHash() {
  const { screen: name, parameters } = parseAddress(location.hash, names);
  const screen = screens[names.indexOf(name)];
  const main = document.getElementById("main");
  if (shown !== screen) {
    shown?.hide();
    shown = screen;
    main.replaceChildren(screen.element);
    links.forEach((link, index) => {
      if (screens[index] === screen) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    document.title = `${visible(screen.label)} · seedance-mock`;
  }
  screen.show(parameters);
}

function knowAccounts({ added, isReset }) {
  if (isReset) knownAccounts.clear();
  for (const { account } of isReset ? feed.store.entries : added) if (account) knownAccounts.add(account);
}

// Before the screens, which offer these accounts in their filters.
feed.subscribe(knowAccounts);
feed.subscribe(({ state }) => showState(state));
accounts.watchQuietly((list) => list.forEach(({ name }) => knownAccounts.add(name)));
buildHead();
showState("connecting");
followHash();
addEventListener("hashchange", followHash);
feed.start();
