// Keeps the entries of the journal up to date: reads what is there, then follows the stream of events. After a break it
// continues where it was, or starts again if the server did.

import { control } from "./api.js";
import { CAPACITY, createEntryStore } from "./entry_store.js";
import { followEvents } from "./event_stream.js";

// Updates of the page are joined for so many milliseconds: faster ones cannot be read.
const UPDATE_GAP = 100;
const RECONNECT_DELAYS = [250, 500, 1000, 2000, 4000];
// A hidden page stops to listen after so many milliseconds: a browser has six connections to a server, for all pages
// together, and each page that listens holds one.
const HIDDEN_DELAY = 30_000;
// A server that answers thousands of requests a second fills pages faster than they can be read.
const MAX_PAGES = 20;

// Returns a feed. `subscribe` takes a function that is called with { added, isReset, state } after each change.
export function createFeed() {
  const store = createEntryStore();
  const listeners = new Set();
  let state = "connecting";
  let change = { added: [], isReset: false };
  let timer = null;
  let connection = null;
  let failures = 0;

  function schedule() {
    timer ??= setTimeout(publish, UPDATE_GAP);
  }

  function publish() {
    timer = null;
    const published = { ...change, state };
    change = { added: [], isReset: false };
    listeners.forEach((listener) => listener(published));
  }

  function setState(name) {
    state = name;
    schedule();
  }

  function add(entries) {
    // The numbers of a server that was started again begin with 1. Its stream may say so before the journal is read.
    change.added.push(...store.add(entries));
    schedule();
  }

  // Requests that came faster than they can be read are counted only.
  function skip(count) {
    store.skipped += count;
    schedule();
  }

  function reset() {
    store.clear();
    change = { added: [], isReset: true };
    schedule();
  }

  // Reads what the journal has gained since the last entry.
  async function catchUp() {
    if (store.last && !(await isSameServer(store.last))) reset();
    let after = store.last?.number ?? 0;
    for (let count = 0; after !== null && count < MAX_PAGES; count += 1) {
      const page = await control(`journal?after=${after}`);
      // Older ones would be dropped at once.
      if (page.latest - after > CAPACITY) {
        after = page.latest - CAPACITY;
        continue;
      }
      add(page.entries);
      after = page.next;
    }
  }

  // One connection: opens the stream, then reads the journal, so that no entry falls between the two.
  async function connect(signal) {
    const early = [];
    let isCaughtUp = false;
    const receive = ({ type, data }) => {
      if (type === "skipped") return skip(JSON.parse(data).count);
      if (type !== "exchange") return;
      const entry = JSON.parse(data);
      if (isCaughtUp) add([entry]);
      else early.push(entry);
    };
    let opened;
    const open = new Promise((resolve) => (opened = resolve));
    const stream = followEvents("events", { signal, onOpen: opened, onEvent: receive });
    await Promise.race([open, stream]);
    await catchUp();
    isCaughtUp = true;
    add(early);
    failures = 0;
    setState("live");
    await stream;
  }

  async function run() {
    connection = new AbortController();
    const { signal } = connection;
    while (!signal.aborted) {
      await connect(signal).catch((error) => {
        if (error.status === 403) setState("refused");
      });
      if (signal.aborted) return;
      if (state !== "refused") setState("reconnecting");
      await delay(RECONNECT_DELAYS[Math.min(failures++, RECONNECT_DELAYS.length - 1)], signal);
    }
  }

  function stop() {
    connection?.abort();
    connection = null;
  }

  // Nobody looks at a hidden page, so it must not cost the server anything.
  let hiddenTimer = null;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(stop, HIDDEN_DELAY);
    else if (connection === null) run();
  });
  // A page that the browser keeps for "back" holds no connection.
  addEventListener("pagehide", stop);
  addEventListener("pageshow", () => connection === null && run());

  return {
    store,
    start: run,
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // For actions of this page that change the journal: a server sends no event for them.
    clear(account) {
      if (account) store.removeAccount(account);
      else store.clear();
      change = { added: [], isReset: true };
      schedule();
    },
  };
}

async function isSameServer(last) {
  const { entries } = await control(`journal?after=${last.number - 1}&limit=1`);
  return entries[0]?.request_id === last.request_id;
}

function delay(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
