// Texts: of a subject nothing is believed, so what cannot be seen is spelled out.

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;
const LONG = 4000;

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

// Control and format characters, line separators and lone surrogates, as \u escapes.
function visible(value) {
  return String(value ?? "").replace(
    HIDDEN,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function shortened(value, most) {
  const characters = visible(value);
  return characters.length > most ? characters.slice(0, most - 1) + "…" : characters;
}

function seconds(value) {
  if (typeof value !== "number") return "";
  if (value < 0.0005) return "0 s";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return `${value.toFixed(value < 100 ? 2 : 0)} s`;
}

function json(value) {
  return JSON.stringify(value, null, 2) ?? "";
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function badge(verdict) {
  const mark = h("span", { class: "mark", "aria-hidden": "true" }, MARKS[verdict] ?? "?");
  const title = DATA.meanings[verdict];
  return h("span", { class: `badge ${kind(verdict)}`, title }, mark, verdict);
}

function kind(verdict) {
  return Object.hasOwn(MARKS, verdict) ? `v-${verdict.toLowerCase()}` : "";
}

// A block of text as it was; the rest of a long one on demand.
function block(value, label) {
  const whole = visible(value);
  const pre = h("pre", { tabindex: 0, "aria-label": label }, whole.slice(0, LONG));
  if (whole.length <= LONG) return [pre];
  const rest = button(`Show all ${whole.length.toLocaleString("en")} characters`, () => {
    pre.textContent = whole;
    rest.remove();
  });
  return [pre, rest];
}

function facts(pairs) {
  const told = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return h(
    "dl",
    { class: "facts" },
    told.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}
