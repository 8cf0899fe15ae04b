"use strict";
// An account of the mock: its key, its clock and its journal.

const { randomUUID } = require("node:crypto");

/** The clock of an account. Its tasks advance with it. */
class Clock {
  #control;
  #path;

  constructor(control, accountPath) {
    this.#control = control;
    this.#path = `${accountPath}/clock`;
  }

  /** Return the time of the account, in seconds since the Unix epoch. */
  async now() {
    return (await this.#control.call("GET", this.#path)).now;
  }

  /** Stop the clock: only `advance` moves it from now on. Return its time. */
  freeze() {
    return this.setMode("frozen");
  }

  /** Advance the clock by seconds, and return its new time. Every later request sees it. */
  async advance(seconds) {
    return (await this.#control.call("POST", this.#path, { advance_s: seconds })).now;
  }

  /** Set the mode: "real", "frozen", "polls", or a factor such as "x20". Return the time. */
  async setMode(mode) {
    return (await this.#control.call("POST", this.#path, { mode })).now;
  }
}

/** An account that no other test has: its own tasks, money, clock, counters and journal. */
class Account {
  #control;
  #path;

  constructor(control, url, key, name) {
    this.#control = control;
    this.#path = `/accounts/${encodeURIComponent(name)}`;
    this.key = key;
    this.name = name;
    this.url = url;
    this.env = Object.freeze({ TOKENLAB_BASE_URL: url, TOKENLAB_API_KEY: key });
    this.clock = new Clock(control, this.#path);
  }

  /** Return the requests with this key, the oldest first. `filter` selects by member. */
  async journal(filter = {}) {
    const entries = [];
    let after = 0;
    // The server answers in pages, so that a long journal does not hold up other requests.
    while (after !== null) {
      const query = new URLSearchParams({ ...filter, account: this.name, after: String(after) });
      const page = await this.#control.call("GET", `/journal?${query}`);
      entries.push(...page.entries);
      after = page.next;
    }
    return entries;
  }

  /** Return the verdicts of `check-client` on the requests of this account. */
  async checks() {
    const query = new URLSearchParams({ account: this.name });
    return (await this.#control.call("GET", `/checks?${query}`)).checks;
  }

  /** Return the state of the account: balance, words, clock, and a row for each task. */
  state() {
    return this.#control.call("GET", this.#path);
  }

  /** Replace the words of the account. Its counters of requests start again at zero. */
  async script(words) {
    await this.#control.call("POST", this.#path, { words });
  }

  /** Add to the credit of the account: USD as a decimal string such as "0.50". */
  async topUp(usd) {
    await this.#control.call("POST", this.#path, { top_up_usd: usd });
  }

  /** Set the status of a task from now on: "processing", "completed" or "failed". */
  async force(taskId, status) {
    await this.#control.call("POST", `/tasks/${encodeURIComponent(taskId)}`, { status });
  }
}

/**
 * Open an account that behaves as `words` describe.
 *
 * Each poll advances its tasks, so that no test waits for a video, unless `words` choose another
 * clock. Throws a ControlError that names the nearest word if one is unknown.
 */
async function openAccount(control, url, words = "") {
  const key = `sk-test-${randomUUID()}`;
  // Later words win, so "clock-real" in `words` replaces the first one.
  const script = `clock-polls ${words}`.trim();
  const { name } = await control.call("POST", "/accounts", { key, words: script });
  return new Account(control, url, key, name);
}

module.exports = { openAccount };
