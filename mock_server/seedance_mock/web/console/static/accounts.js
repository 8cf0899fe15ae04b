// The screen "Accounts": the money, the words and the clock of each account, and a form that opens a new one.

import { html } from "./shared/dom.js";
import { plural } from "./shared/text.js";
import { controlDelete } from "./api.js";
import { accountCard } from "./account_card.js";
import { newAccountForm } from "./new_account.js";
import { confirmedButton, field } from "./parts.js";

const TICK = 1000;
// More cards than this are found with the search.
const MAX_CARDS = 40;

export function createAccounts({ feed, accounts, tasks }) {
  const cards = new Map();
  const list = html("div", { class: "cards" });
  const count = html("p", { class: "quiet" });
  const search = html("input", { type: "search", placeholder: "name or words", oninput: () => update() });
  let unwatch = [];
  let timer = null;
  let requestedName = "";
  let revealedName = "";

  const resetAll = confirmedButton("Reset the server", "Delete every account, task and entry?", async () => {
    await controlDelete("accounts");
    feed.clear();
    await Promise.all([accounts.refresh(), tasks.refresh()]);
  });
  const element = html(
    "div",
    { class: "page" },
    html("h1", {}, "Accounts"),
    html(
      "p",
      { class: "lead" },
      "Each API key has an account of its own with money, words and a clock. The first request with a key opens it.",
    ),
    newAccountForm(() => accounts.refresh()),
    html("div", { class: "section-head" }, field("Search", search), count, resetAll),
    list,
  );

  // A card stays while its account is shown, so that what a user types into it is not lost.
  function update() {
    const chosen = chosenAccounts();
    const names = new Set(chosen.map(({ name }) => name));
    for (const [name, card] of cards) {
      if (names.has(name)) continue;
      card.element.remove();
      cards.delete(name);
    }
    const tasksOf = Map.groupBy(tasks.value, (task) => task.account);
    for (const account of chosen) {
      if (!cards.has(account.name)) cards.set(account.name, accountCard(account, { feed, refresh }));
      cards.get(account.name).update(account, tasksOf.get(account.name) ?? []);
    }
    // Only what stands elsewhere is moved: an element that is moved loses the focus.
    chosen.forEach(({ name }, index) => {
      const { element: card } = cards.get(name);
      if (list.children[index] !== card) list.insertBefore(card, list.children[index] ?? null);
    });
    describe(chosen.length);
    reveal();
  }

  // The latest first: it is the one that somebody has just opened.
  function chosenAccounts() {
    const text = search.value.trim().toLowerCase();
    const matching = accounts.value.filter(({ name, words }) => `${name} ${words}`.toLowerCase().includes(text));
    const latest = matching.slice(-MAX_CARDS).reverse();
    const requestedAccount = accounts.get(requestedName);
    return requestedAccount && !latest.includes(requestedAccount) ? [requestedAccount, ...latest] : latest;
  }

  function describe(shown) {
    const total = accounts.value.length;
    if (accounts.isLoaded)
      count.textContent = shown < total ? `${shown} of ${plural(total, "account")}` : plural(total, "account");
  }

  const refresh = () => Promise.all([accounts.refresh(), tasks.refresh()]);

  function reveal() {
    const card = cards.get(requestedName);
    if (!card || requestedName === revealedName) return;
    revealedName = requestedName;
    card.element.scrollIntoView();
    card.element.focus({ preventScroll: true });
  }

  return {
    name: "accounts",
    label: "Accounts",
    element,
    show({ account = "" }) {
      this.hide();
      [requestedName, revealedName] = [account, ""];
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
