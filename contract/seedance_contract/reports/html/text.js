// Formats values as text, badges and blocks of text.

// Characters that a reader cannot see, or that change the order of what follows. A subject could hide
// a difference with them, so they are written as escapes.
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;
const MAX_BLOCK_LENGTH = 4000;

// The verdicts, the worst first. A mark tells verdicts apart without colours.
const MARKS = {
  BROKEN: "!",
  FAIL: "✕",
  XPASS: "↑",
  "NON-STRICT": "~",
  UNEXERCISED: "○",
  UNSUPPORTED: "–",
  XFAIL: "↓",
  INFO: "i",
  PASS: "✓",
};

// Returns the text with control and format characters, line separators and lone surrogates as \u escapes.
function visible(value) {
  return String(value ?? "").replace(
    INVISIBLE,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function shortened(value, maxLength) {
  const text = visible(value);
  return text.length > maxLength ? text.slice(0, maxLength - 1) + "…" : text;
}

function formatSeconds(value) {
  if (typeof value !== "number") return "";
  if (value < 0.0005) return "0 s";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return `${value.toFixed(value < 100 ? 2 : 0)} s`;
}

function formatJson(value) {
  return JSON.stringify(value, null, 2) ?? "";
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function badge(verdict) {
  const mark = html("span", { class: "mark", "aria-hidden": "true" }, MARKS[verdict] ?? "?");
  const title = DATA.meanings[verdict];
  return html("span", { class: `badge ${verdictClass(verdict)}`, title }, mark, verdict);
}

function verdictClass(verdict) {
  return Object.hasOwn(MARKS, verdict) ? `v-${verdict.toLowerCase()}` : "";
}

// A preformatted block. A long text is cut, with a button that shows the rest.
function textBlock(value, label) {
  const text = visible(value);
  const pre = html("pre", { tabindex: 0, "aria-label": label }, text.slice(0, MAX_BLOCK_LENGTH));
  if (text.length <= MAX_BLOCK_LENGTH) return [pre];
  const showAll = button(`Show all ${text.length.toLocaleString("en")} characters`, () => {
    pre.textContent = text;
    showAll.remove();
  });
  return [pre, showAll];
}

// A list of names and values, without the pairs that have no value.
function factList(pairs) {
  const present = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return html(
    "dl",
    { class: "facts" },
    present.map(([name, value]) => html("div", {}, html("dt", {}, name), html("dd", {}, value))),
  );
}
