// An exchange in words, and which exchanges say the same. Used by the diagram and by the wire log.

import { parseJson } from "./json_text.js";
import { visible } from "./text.js";

// What the lanes of the kit's servers are called. A case may send a client to other hosts than the API's.
export const LANE_NAMES = {
  api: "API",
  host: "another host",
  port: "another port",
  third: "a third host",
};

export function requestLine(exchange) {
  return `${exchange.method} ${exchange.target}`;
}

// "missing": no response; "truncated": a part of it; "complete".
export function responseState(exchange) {
  if (exchange.status === null || exchange.status === undefined) return "missing";
  return exchange.complete === false ? "truncated" : "complete";
}

// The response in a few words: its status, and what the API says in it about the task or the error.
export function responseLine(exchange) {
  const state = responseState(exchange);
  if (state === "missing") return "no response";
  const content = bodySummary(exchange);
  return [exchange.status, content, state === "truncated" ? "(truncated)" : ""].filter((part) => part !== "").join(" ");
}

const RETRY_AFTER = "retry-after";

// A client in a hurry polls thousands of times, and each response is needed several times.
const summaries = new WeakMap();

function bodySummary(exchange) {
  if (!summaries.has(exchange)) summaries.set(exchange, readSummary(exchange));
  return summaries.get(exchange);
}

function readSummary(exchange) {
  const body = parseJson(exchange.answer_body ?? "");
  const code = stringMember(member(body, "error"), "code");
  const status = stringMember(body, "status");
  const header = (exchange.answer_headers ?? []).find(([name]) => name.toLowerCase() === RETRY_AFTER);
  const wait = header ? `Retry-After:\u00a0${visible(header[1])}` : "";
  return [visible(code || status), wait].filter(Boolean).join(", ");
}

function member(node, name) {
  return node?.members?.find(([key]) => key === JSON.stringify(name))?.[1];
}

// Returns the string as it is written in JSON, without its quotes: only short, plain words are of use here.
function stringMember(node, name) {
  const value = member(node, name);
  return value?.kind === "string" && value.text.length <= 42 ? value.text.slice(1, -1) : "";
}

export function faultText(exchange) {
  if (!exchange.fault) return "";
  const effects = new Map([[true, ", applied"], [false, ", not applied"]]);
  return `fault: ${visible(exchange.fault)}${effects.get(exchange.applied) ?? ""}`;
}

export function endOf(exchange) {
  return Math.max(exchange.sent ?? exchange.ended ?? exchange.seen, exchange.seen);
}

// Fewer exchanges are not worth folding: each takes two rows, the folded ones take two as well.
const MIN_REPETITIONS = 3;

// Returns runs of exchanges in order: neighbours that ask the same and receive the same are one run, if
// there are at least three. Only reads are folded: every repeated create is a story of its own.
export function foldedRuns(exchanges) {
  const runs = [];
  for (const exchange of [...exchanges].sort((first, second) => first.seen - second.seen)) {
    const last = runs.at(-1);
    if (last && continues(last, exchange)) last.push(exchange);
    else runs.push([exchange]);
  }
  return runs.flatMap((run) => (run.length < MIN_REPETITIONS ? run.map((exchange) => [exchange]) : [run]));
}

function continues(run, exchange) {
  const before = run.at(-1);
  return identity(before) === identity(exchange) && exchange.seen >= endOf(before) && isPlainRead(exchange);
}

function isPlainRead(exchange) {
  return exchange.method === "GET" && !exchange.fault && responseState(exchange) === "complete";
}

function identity(exchange) {
  const { method, target, origin, key, headers, body, fault } = exchange;
  return JSON.stringify([method, target, origin, key, headers, body, fault, responseLine(exchange)]);
}

// Returns the pauses within a run, in seconds: from each response to the next request.
export function pauses(run) {
  return run.slice(1).map((exchange, index) => exchange.seen - endOf(run[index]));
}
