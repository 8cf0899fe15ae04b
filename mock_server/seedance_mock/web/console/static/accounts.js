// The screen "Accounts": the money, the words and the clock of each account, and a form that opens a new one.

import { html } from "./shared/dom.js";
import { plural } from "./shared/text.js";
import { controlDelete } from "./api.js";
import { accountCard } from "./account_card.js";
import { newAccountForm } from "./new_account.js";
import { confirmedButton } from "./parts.js";

const TICK = 1000;

export function createAccounts({ feed, accounts, tasks }) {
  const cards = new Map();
  const list = html("div", { class: "cards" });
  const count = html("p", { class: "quiet" });
  let unwatch = [];
  let timer = null;
  let requested = "";

  const resetAll = confirmedButton("Reset the server", "Delete every account, task and entry?", async () => {
    await controlDelete("accounts");
    feed.clear();
    await Promise.all([accounts.refresh(), tasks.refresh()]);
  });
  const element = html(
    "div",
    { class: "page" },
    html("h1", {}, "Accounts"),
    html("p", { class: "lead" }, "Each API key has an account of its own with money, words and a clock. The first request with a key opens it."),
    newAccountForm(() => accounts.refresh()),
    html("div", { class: "section-head" }, count, resetAll),
    list,
  );

  // A card stays while its account is there, so that what a user types into it is not lost.
  function update() {
    const names = accounts.value.map(({ name }) => name);
    for (const [name, card] of cards) {
      if (names.includes(name)) continue;
      card.element.remove();
      cards.delete(name);
    }
    for (const account of accounts.value) {
      const own = tasks.value.filter((task) => task.account === account.name);
      if (!cards.has(account.name)) addCard(account);
      cards.get(account.name).update(account, own);
    }
    count.textContent = accounts.isLoaded ? plural(names.length, "account") : "";
    reveal();
  }

  function addCard(account) {
    const card = accountCard(account, { feed, refresh: () => Promise.all([accounts.refresh(), tasks.refresh()]) });
    cards.set(account.name, card);
    list.append(card.element);
  }

  function reveal() {
    const card = cards.get(requested);
    if (!card) return;
    requested = "";
    card.element.scrollIntoView();
    card.element.focus({ preventScroll: true });
  }

  return {
    name: "accounts",
    label: "Accounts",
    element,
    show({ account = "" }) {
      this.hide();
      requested = account;
      unwatch = [accounts.watch(update), tasks.watch(update)];
      timer = setInterval(() => document.hidden || cards.forEach((card) => card.tick()), TICK);
    },
    hide() {
      unwatch.forEach((stop) => stop());
      unwatch = [];
      clearInterval(timer);
    },
  };
}
