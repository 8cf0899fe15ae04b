// The pure functions of the console. test_modules.py runs this file in a folder with the modules beside it.

import assert from "node:assert/strict";
import test from "node:test";

import { NO_FILTER, createMatcher } from "./entry_filter.js";
import { kindOf, lineOf, reasonOf } from "./entry_meaning.js";
import { CAPACITY, createEntryStore } from "./entry_store.js";
import { environmentLines, newKey } from "./environment_lines.js";
import { createEventParser } from "./event_parser.js";
import { valueOf } from "./form_fields.js";
import { dollars, exactDollars, milliseconds, span } from "./format.js";
import { courseParts } from "./outlook_view.js";
import { address, parseAddress } from "./router.js";
import { curlCommand, fetchCode, httpxCode, shellQuoted } from "./snippets.js";
import { dots } from "./task_lane.js";
import { bars, createAxis, fittingSpan, stateAt } from "./time_axis.js";
import { clauseWord, keyOf, withSetting, withWord, withoutWord } from "./words_text.js";

const ENTRY = {
  number: 1,
  request_id: "req_1",
  method: "GET",
  target: "/v1/models",
  status: 200,
  account: "key-1",
  task_id: null,
  place: "models",
  code: null,
  task_status: null,
  fault: null,
  applied: null,
  rules: [],
  warnings: [],
  received: 1,
  answered: 1.0004,
};
const entries = (from, to, changes = {}) =>
  Array.from({ length: to - from }, (_, index) => ({ ...ENTRY, number: from + index, ...changes }));

test("events come in any pieces", () => {
  const events = [];
  const parse = createEventParser((event) => events.push(event));

  for (const part of [
    ": listening\n\nid: 7\nev",
    "ent: exchange\r",
    "\ndata: {\ndata: }\n",
    "\nretry: 5\n\ndata:x\n\n",
  ])
    parse(part);

  assert.deepEqual(events, [
    { id: "7", type: "exchange", data: "{\n}" },
    { id: "7", type: "message", data: "x" },
  ]);
});

test("the store keeps the latest entries", () => {
  const store = createEntryStore();
  store.add(entries(1, CAPACITY, { task_id: "old" }));
  store.add(entries(CAPACITY, 2 * CAPACITY, { task_id: "new" }));

  assert.equal(store.entries.length, CAPACITY);
  assert.equal(store.dropped, CAPACITY - 1);
  assert.equal(store.last.number, 2 * CAPACITY - 1);
  assert.deepEqual(store.ofTask("old"), []);
  assert.equal(store.ofTask("new").length, CAPACITY);
});

test("the store leaves out what it has", () => {
  const store = createEntryStore();
  store.add(entries(1, 4));

  assert.deepEqual(
    store.add(entries(2, 6)).map(({ number }) => number),
    [4, 5],
  );
  assert.equal(store.find("req_1").number, 5);
  store.removeAccount("key-1");
  assert.equal(store.entries.length, 0);
});

test("a fault is no mistake of the client", () => {
  assert.equal(kindOf({ ...ENTRY, status: 400, rules: ["prompt.length"] }), "mistake");
  assert.equal(kindOf({ ...ENTRY, status: 429, fault: "any-429" }), "fault");
  assert.equal(kindOf({ ...ENTRY, status: null }), "error");
  assert.equal(kindOf({ ...ENTRY, warnings: ["x"] }), "warning");
  assert.equal(kindOf(ENTRY), "ok");
  assert.equal(reasonOf({ ...ENTRY, fault: "create-504+", applied: true }), "injected create-504+, applied");
});

test("a callback is acknowledged or not", () => {
  const callback = { delivery: "cgt-1-2", attempt: 3, problem: null };
  const sent = { ...ENTRY, place: "callback", target: "/*", task_status: "succeeded", callback };
  const ignored = { ...sent, callback: { ...callback, problem: "no response within 5 s" }, status: null };

  assert.equal(kindOf(sent), "ok");
  assert.equal(kindOf({ ...sent, status: 404 }), "unacknowledged");
  assert.equal(kindOf(ignored), "unacknowledged");
  assert.equal(lineOf(sent), "callback cgt-1-2, attempt 3");
  assert.equal(reasonOf(ignored), "succeeded: no response within 5 s");
  assert.ok(createMatcher({ ...NO_FILTER, kind: "callback", text: "within" })(ignored));
  assert.ok(!createMatcher({ ...NO_FILTER, kind: "callback" })(ENTRY));
});

test("filters compare what a row shows", () => {
  const matches = (filter, entry = ENTRY) => createMatcher({ ...NO_FILTER, ...filter })(entry);

  assert.ok(matches({ text: "MODELS 200" }));
  assert.ok(!matches({ text: "models 404" }));
  assert.ok(matches({ account: "key-1", kind: "ok" }));
  assert.ok(!matches({ kind: "any" }));
  assert.ok(matches({ kind: "any" }, { ...ENTRY, status: 503 }));
  assert.ok(!matches({ task: "ldtask_1" }));
});

test("code sends the same request again", () => {
  const request = { method: "POST", url: "http://x/v1?a='b'", body: '{"prompt":"it\'s"}' };

  assert.equal(shellQuoted("it's"), `'it'\\''s'`);
  assert.match(curlCommand(request), /-d '\{"prompt":"it'\\''s"\}'$/u);
  assert.match(httpxCode(request), /json=json\.loads\("\{\\"prompt\\":\\"it's\\"\}"\)/u);
  assert.match(fetchCode(request), /body: JSON\.stringify\(\{\n {4}"prompt": "it's"\n {2}\}\),/u);
  assert.ok(!curlCommand({ method: "GET", url: "http://x" }).includes("-X"));
});

test("environment lines are for each shell", () => {
  const lines = environmentLines("http://127.0.0.1:8000", "sk-a~b");

  assert.equal(lines.sh, "export TOKENLAB_BASE_URL=http://127.0.0.1:8000\nexport TOKENLAB_API_KEY='sk-a~b'");
  assert.match(lines.PowerShell, /^\$env:TOKENLAB_BASE_URL = 'http/u);
  assert.match(newKey("a b.c"), /^sk-mock-a\.b\.c--[0-9a-f]{12}$/u);
});

test("words are added, replaced and removed", () => {
  assert.equal(withWord("a.b", "c"), "a b c");
  assert.equal(withSetting("queue-9s end-failed", "queue", "queue-1s"), "end-failed queue-1s");
  assert.equal(withoutWord("a a b", 1), "a b");
  assert.equal(clauseWord({ place: "poll", fault: "503", applied: true, times: 0, first: 3 }), "poll-503+x0~3");
  assert.equal(clauseWord({ place: "poll", fault: "503", applied: false, times: 1, first: 0 }), "poll-503");
  assert.equal(keyOf("a b", "x"), "sk-mock-a.b--x");
  assert.equal(keyOf("", "x"), "sk-x");
});

test("the axis has now near its right edge", () => {
  const axis = createAxis(60);

  assert.equal(axis.position(-60), 0);
  assert.ok(Math.abs(axis.position(0) - 0.85) < 1e-9);
  assert.equal(axis.position(1e9), 1);
  assert.ok(axis.ticks.includes(0) && axis.ticks.length <= 8);
  assert.equal(fittingSpan([1, 2, 3, 4, 4000]), 15);
  assert.equal(fittingSpan([]), 15);
});

test("a task is drawn in parts", () => {
  const task = { created: 100, starts_at: 110, ends_at: 130, status: "pending", cancelled: false };

  assert.deepEqual(bars(task, 120), [
    { kind: "queued", start: -20, end: -10, isPlanned: false },
    { kind: "running", start: -10, end: 0, isPlanned: false },
    { kind: "running", start: 0, end: 10, isPlanned: true },
  ]);
  assert.deepEqual(bars({ ...task, starts_at: null, ends_at: null }, 100), [
    { kind: "queued", start: 0, end: Infinity, isPlanned: true },
  ]);
  assert.equal(stateAt(task, 105), "pending");
  assert.equal(stateAt(task, 115), "processing");
  assert.equal(stateAt(task, 131), "ended");
  assert.equal(stateAt({ ...task, cancelled: true }, 105), "cancelled");
});

test("polls that touch each other are one dot", () => {
  const axis = createAxis(60);
  const poll = (time, changes = {}) => ({ ...ENTRY, place: "poll", time, ...changes });

  const drawn = dots([poll(0), poll(50), poll(50.01), poll(50.02, { fault: "poll-503" }), poll(99)], 60, axis);

  assert.deepEqual(
    drawn.map(({ kind }) => kind),
    ["ok", "ok", "fault"],
  );
});

test("a long part leaves room for a short one", () => {
  const parts = courseParts([
    { status: "pending", after: 0 },
    { status: "processing", after: 9000 },
    { status: "completed", after: 9004 },
  ]);

  assert.deepEqual(
    parts.map(({ status }) => status),
    ["pending", "processing", "completed"],
  );
  assert.ok(parts.every(({ length }) => length > 0.05));
  assert.ok(Math.abs(parts.reduce((sum, { length }) => sum + length, 0) - 1) < 1e-9);
});

test("what is entered becomes JSON", () => {
  const value = (type, text) => valueOf({ schema: { type } }, text);

  assert.equal(value("integer", "5"), 5);
  assert.equal(value("integer", "5x"), "5x");
  assert.equal(value("boolean", "false"), false);
  assert.deepEqual(value("array", "a\n\n b "), ["a", "b"]);
  assert.equal(value("string", ""), undefined);
});

test("amounts and spans are short", () => {
  assert.equal(dollars("0.59254412"), "$0.5925");
  assert.equal(dollars("0"), "$0.00");
  assert.equal(dollars(null), "unlimited");
  assert.equal(exactDollars("0.59254400"), "$0.592544");
  assert.equal(span(90), "1.5 min");
  assert.equal(span(4), "4 s");
  assert.equal(milliseconds(ENTRY), "0.4 ms");
  assert.equal(milliseconds({ ...ENTRY, answered: null }), "–");
});

test("the address keeps what a screen shows", () => {
  const screens = ["traffic", "tasks"];

  assert.equal(address("tasks", { task: "a b", account: "" }), "#tasks?task=a+b");
  assert.deepEqual(parseAddress("#tasks?task=a+b", screens), { screen: "tasks", parameters: { task: "a b" } });
  assert.deepEqual(parseAddress("#other", screens), { screen: "traffic", parameters: {} });
});
