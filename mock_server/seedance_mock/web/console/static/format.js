// Times, amounts and ids as short texts.

import { visible } from "./shared/text.js";

export function clockTime(seconds) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  return date.toLocaleTimeString("en-GB") + "." + String(date.getMilliseconds()).padStart(3, "0");
}

export function dateAndTime(seconds) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  return `${date.toLocaleDateString("en-CA")} ${date.toLocaleTimeString("en-GB")}`;
}

// A span of seconds in the largest unit that fits: "4 s", "1.5 min", "3 h".
export function span(seconds) {
  const size = Math.abs(seconds);
  for (const [name, unit] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
  ])
    if (size >= unit) return `${rounded(seconds / unit)} ${name}`;
  return `${rounded(seconds)} s`;
}

function rounded(value) {
  return Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0));
}

export function milliseconds(entry) {
  if (typeof entry.answered !== "number") return "–";
  const value = (entry.answered - entry.received) * 1000;
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

const SHOWN_DECIMALS = 4;

// An amount, short enough to compare: "$0.5925". The API counts eight decimals.
export function dollars(text) {
  if (text === null || text === undefined) return "unlimited";
  return withoutZeros(Number(text).toFixed(SHOWN_DECIMALS));
}

// An amount with all its decimals.
export function exactDollars(text) {
  return withoutZeros(String(text));
}

function withoutZeros(text) {
  const [whole, decimals = ""] = text.split(".");
  return `$${whole}.${decimals.replace(/0+$/u, "").padEnd(2, "0")}`;
}

// The start of an id, enough to tell it from others at a glance.
export function shortId(id) {
  const text = visible(id);
  return text.length > 18 ? `${text.slice(0, 16)}…` : text;
}

// The time of an account now, from its time when it was read.
export function accountNow(clock, readAt) {
  const rate = { real: 1, frozen: 0, polls: 0 }[clock.mode] ?? Number(clock.mode.slice(1));
  return clock.now + ((performance.now() - readAt) / 1000) * rate;
}
