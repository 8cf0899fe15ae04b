// The time axis of the tasks: seconds before and after now. Accounts have clocks of their own, which may be days apart,
// so the only time that all of them share is now.

// The part of the axis that is after now, where planned ends are.
const FUTURE_PART = 0.15;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];
const MAX_TICKS = 7;

export const SPANS = [15, 30, 60, 120, 300, 600, 1800, 3600, 86_400];

// The part of the tasks that must fit: a single old task would make all others too small to see.
const FITTING_PART = 0.8;

// Returns the smallest span in which most of the given ages fit, in seconds.
export function fittingSpan(ages) {
  const sorted = [...ages].sort((first, second) => first - second);
  const longest = sorted[Math.ceil(sorted.length * FITTING_PART) - 1] ?? 0;
  return SPANS.find((span) => span >= longest) ?? SPANS.at(-1);
}

// Returns the axis of a span: { from, to, position(seconds from now): 0 to 1, ticks: [seconds from now] }.
export function createAxis(span) {
  const from = -span;
  const to = (span * FUTURE_PART) / (1 - FUTURE_PART);
  const position = (offset) => Math.min(1, Math.max(0, (offset - from) / (to - from)));
  const step = STEPS.find((size) => (to - from) / size <= MAX_TICKS) ?? STEPS.at(-1);
  const ticks = [];
  for (let tick = Math.ceil(from / step); tick * step <= to; tick += 1) ticks.push(tick * step);
  return { from, to, position, ticks };
}

// The parts of a task as bars: [{ kind, start, end, isPlanned }], in seconds from its now.
//
// A task waits from its creation until it starts, and runs until it ends. What has no end goes on beyond the axis.
export function bars(task, now) {
  const created = task.created - now;
  const end = (task.ends_at ?? Infinity) - now;
  const start = task.starts_at === null ? end : Math.min(task.starts_at - now, end);
  const running = task.starts_at === null ? [] : split("running", start, end);
  return [...split("queued", created, start), ...running].filter((bar) => bar.end > bar.start);
}

// What is after now has not happened yet.
function split(kind, start, end) {
  const past = { kind, start, end: Math.min(end, 0), isPlanned: false };
  const planned = { kind, start: Math.max(start, 0), end, isPlanned: true };
  return [...(start < 0 ? [past] : []), ...(end > 0 ? [planned] : [])];
}

// The state of a task now: the server says what it was when the list was read, and the time has gone on since then.
export function stateAt(task, now) {
  if (task.cancelled) return "cancelled";
  if (task.status === "completed" || task.status === "failed") return task.status;
  if (task.ends_at !== null && now >= task.ends_at) return "ended";
  return task.starts_at !== null && now >= task.starts_at ? "processing" : task.status;
}
