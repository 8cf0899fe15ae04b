// The screen "Checks": what the client kit says about the traffic of an account, while the client is being written.

import { button, html } from "./shared/dom.js";
import { plural, visible } from "./shared/text.js";
import { control } from "./api.js";
import { checkCard, foldedChecks } from "./check_card.js";
import { emptyState, field, select, setOptions } from "./parts.js";
import { replaceAddress, screenLink } from "./router.js";

// The judges read the traffic again when it has changed, but not more often.
const MIN_GAP = 2000;
const FAILED = ["FAIL", "NON-STRICT", "BROKEN"];

export function createChecks({ feed, accountOptions }) {
  let account = "";
  let after = 0;
  let timer = null;
  let isShown = false;
  let shownText = "";

  const choice = select([], "", (name) => {
    after = 0;
    show(name);
  });
  const startOver = button(
    "Start over",
    () => {
      after = feed.store.last?.number ?? 0;
      judge();
    },
    { title: "Judge only the requests from now on" },
  );
  const summary = html("p", { class: "conclusion", "aria-live": "polite" });
  const result = html("div");
  const element = html(
    "div",
    { class: "page" },
    html("h1", {}, "Checks"),
    html(
      "p",
      { class: "lead" },
      "The checks of ",
      html("code", {}, "seedance-mock check-client"),
      ", on the traffic of one account. Work with your client, and read here what it does wrong.",
    ),
    html("div", { class: "row-of-fields" }, field("Account", choice), startOver),
    summary,
    result,
  );

  function show(name) {
    account = name;
    shownText = "";
    replaceAddress("checks", { account });
    judge();
  }

  // The last account is the one that somebody works with.
  function offerAccounts() {
    if (!account) account = accountOptions().slice(1).at(-1)?.[0] ?? "";
    setOptions(choice, accountOptions(account).slice(1));
    choice.value = account;
  }

  async function judge() {
    timer = null;
    if (!isShown) return;
    offerAccounts();
    if (!account) return showEmpty();
    const query = new URLSearchParams({ account, ...(after ? { after: String(after) } : {}) });
    const judged = await control(`checks?${query}`).catch((error) => ({ error }));
    if (judged.error) return showFailure(judged.error);
    // What a reader has opened stays open as long as nothing has changed.
    const text = JSON.stringify(judged.checks);
    summary.textContent = conclusion(judged);
    if (text === shownText) return;
    shownText = text;
    showChecks(judged.checks);
  }

  function showEmpty() {
    summary.textContent = "";
    result.replaceChildren(
      emptyState(
        "Nothing to judge yet",
        html("p", {}, "Send requests with your client. ", screenLink("How", "traffic")),
      ),
    );
  }

  function showFailure(error) {
    summary.textContent = "";
    shownText = "";
    result.replaceChildren(html("p", { class: "failure" }, visible(error.message)));
  }

  function showChecks(checks) {
    const failed = checks.filter(({ verdict }) => FAILED.includes(verdict));
    const open = new Set([...result.querySelectorAll("details[open]")].map((details) => details.dataset.check));
    result.replaceChildren(
      html("div", { class: "checks" }, failed.map(checkCard)),
      foldedChecks(
        "Passed",
        checks.filter(({ verdict }) => verdict === "PASS"),
      ),
      foldedChecks(
        "Not judged",
        checks.filter(({ verdict }) => !FAILED.includes(verdict) && verdict !== "PASS"),
      ),
    );
    for (const details of result.querySelectorAll("details")) if (open.has(details.dataset.check)) details.open = true;
  }

  feed.subscribe(({ added, isReset }) => {
    if (!isShown) return;
    if (isReset) after = 0;
    const isAffected = isReset || !account || added.some((entry) => entry.account === account);
    offerAccounts();
    if (isAffected) timer ??= setTimeout(judge, MIN_GAP);
  });

  return {
    name: "checks",
    label: "Checks",
    element,
    show({ account: name = account }) {
      isShown = true;
      account = name;
      shownText = "";
      judge();
    },
    hide() {
      isShown = false;
      clearTimeout(timer);
      timer = null;
    },
  };
}

function conclusion({ checks, requests, truncated: isCut, after }) {
  const count = (...verdicts) => checks.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const failed = count("FAIL", "BROKEN");
  const parts = [
    failed ? `${failed} failed` : "no check failed",
    count("NON-STRICT") ? `${count("NON-STRICT")} recommended` : "",
    `${count("PASS")} passed`,
    `${count("UNEXERCISED")} not judged`,
  ];
  const of = `${plural(requests, "request")}${after ? " since you started over" : ""}${isCut ? ", the latest ones" : ""}`;
  return `${of}: ${parts.filter(Boolean).join(", ")}.`;
}
