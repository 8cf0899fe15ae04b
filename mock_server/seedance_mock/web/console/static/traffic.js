// The screen "Traffic": the requests as they come, with filters, and the details of one.

import { button, html } from "./shared/dom.js";
import { plural } from "./shared/text.js";
import { controlDelete, saveFile } from "./api.js";
import { NO_FILTER, createMatcher, isFiltering } from "./entry_filter.js";
import { firstSteps } from "./first_steps.js";
import { shortId } from "./format.js";
import { actionButton, confirmedButton, field, select, setOptions } from "./parts.js";
import { replaceAddress } from "./router.js";
import { requestDetail } from "./traffic_detail.js";
import { trafficRow } from "./traffic_row.js";
import { virtualList } from "./virtual_list.js";

const KINDS = [
  ["", "all requests"],
  ["any", "anything unusual"],
  ["mistake", "refused requests"],
  ["warning", "warnings"],
  ["fault", "injected faults"],
  ["error", "errors of the server"],
  ["callback", "callbacks"],
];

export function createTraffic({ feed, accountOptions }) {
  let filter = NO_FILTER;
  let matches = createMatcher(filter);
  let rows = [];
  let dropped = 0;
  let isPaused = false;
  let missed = 0;
  let wasLost = false;
  let isShown = false;
  let selected = "";
  // The request that the address names, until it has been read.
  let requested = "";

  const list = virtualList("requests", {
    label: "Requests",
    createRow: trafficRow,
    onSelect: (entry) => open(entry),
    keyOf: (entry) => entry.request_id,
  });
  const search = html("input", {
    type: "search",
    placeholder: "path, status, code, rule, id",
    oninput: () => change({ text: search.value }),
  });
  const kind = select(KINDS, "", (value) => change({ kind: value }));
  const account = select([["", "all accounts"]], "", (value) => change({ account: value }));
  const count = html("output", {});
  const pause = button("Pause", togglePause, { "aria-pressed": "false" });
  const detail = html("div", { class: "side" });
  // The filter by a task comes with a link, so that it needs a way out.
  const taskPill = button("", () => change({ task: "" }), { class: "pill", hidden: true });
  const start = html("div");
  const clear = confirmedButton("Clear", "Clear the journal?", async () => {
    await controlDelete(filter.account ? `journal?account=${encodeURIComponent(filter.account)}` : "journal");
    feed.clear(filter.account);
  });
  const archive = actionButton("Export HAR", () => {
    const query = new URLSearchParams(filter.account ? { account: filter.account } : {});
    return saveFile(`export?${query}`, "seedance.har");
  });
  const body = html("div", { class: "split" }, html("div", { class: "list-side" }, start, list), detail);
  const element = html(
    "div",
    { class: "screen", onkeydown: (event) => event.key === "Escape" && detail.childElementCount && close() },
    html("h1", { class: "offscreen" }, "Traffic"),
    html(
      "div",
      { class: "bar" },
      field("Search", search),
      field("Show", kind),
      field("Account", account),
      taskPill,
      pause,
      clear,
      archive,
      count,
    ),
    body,
  );

  function change(part) {
    filter = { ...filter, ...part };
    matches = createMatcher(filter);
    rebuild();
    remember();
  }

  function remember() {
    replaceAddress("traffic", { ...filter, request: selected });
  }

  function rebuild() {
    rows = feed.store.entries.filter(matches);
    dropped = feed.store.dropped;
    missed = 0;
    // First, as a hidden list has no height and cannot be scrolled.
    describe();
    list.show(rows, { follow: true });
  }

  // Only new entries are compared with the filter: an update of a long list takes no longer than one of a short one.
  function update({ added, isReset, state }) {
    renewStart(state);
    if (!isShown) return;
    setOptions(account, accountOptions(filter.account));
    if (isPaused) {
      missed += added.length;
      describe();
    } else if (isReset) rebuild();
    else append(added);
    showRequested();
  }

  // A server that was started again may accept other keys and serve other models.
  function renewStart(state) {
    if (state === "reconnecting") wasLost = true;
    if (state !== "live" || !wasLost) return;
    wasLost = false;
    start.replaceChildren();
    if (isShown) describe();
  }

  function append(added) {
    const isFollowing = list.isAtEnd;
    for (const entry of added) if (matches(entry)) rows.push(entry);
    describe();
    let removed = 0;
    if (feed.store.dropped > dropped) {
      const limit = feed.store.entries[0].number;
      const first = rows.findIndex(({ number }) => number >= limit);
      removed = first < 0 ? rows.length : first;
      rows.splice(0, removed);
      dropped = feed.store.dropped;
    }
    if (added.length || removed) list.show(rows, { removed, follow: isFollowing });
  }

  function describe() {
    taskPill.hidden = !filter.task;
    taskPill.textContent = `Task ${shortId(filter.task)} ✕`;
    const total = feed.store.entries.length;
    const text = isFiltering(filter)
      ? `${rows.length.toLocaleString("en")} of ${plural(total, "request")}`
      : plural(total, "request");
    const skipped = feed.store.skipped ? `, ${feed.store.skipped.toLocaleString("en")} too fast to list` : "";
    count.textContent = missed ? `${text}${skipped}, ${missed.toLocaleString("en")} new` : text + skipped;
    const isEmpty = total === 0;
    start.hidden = !isEmpty;
    list.hidden = isEmpty;
    if (isEmpty && !start.childElementCount) start.append(firstSteps());
  }

  function togglePause() {
    isPaused = !isPaused;
    pause.textContent = isPaused ? "Continue" : "Pause";
    pause.setAttribute("aria-pressed", String(isPaused));
    if (!isPaused) rebuild();
    describe();
  }

  function open(entry) {
    selected = entry.request_id;
    detail.replaceChildren(requestDetail(entry, close));
    element.classList.add("has-detail");
    remember();
  }

  function close() {
    selected = "";
    detail.replaceChildren();
    element.classList.remove("has-detail");
    remember();
    list.focus();
  }

  feed.subscribe(update);

  return {
    name: "traffic",
    label: "Traffic",
    element,
    show(parameters) {
      isShown = true;
      const { request = "", ...chosen } = parameters;
      filter = { ...NO_FILTER, ...Object.fromEntries(Object.entries(chosen).filter(([name]) => name in NO_FILTER)) };
      setOptions(account, accountOptions(filter.account));
      matches = createMatcher(filter);
      search.value = filter.text;
      kind.value = filter.kind;
      account.value = filter.account;
      requested = request;
      rebuild();
      showRequested();
    },
    hide() {
      isShown = false;
    },
  };

  function showRequested() {
    const entry = requested ? feed.store.find(requested) : undefined;
    if (entry === undefined) return;
    list.select(requested);
    requested = "";
    open(entry);
  }
}
