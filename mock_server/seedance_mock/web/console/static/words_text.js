// Words as text: splitting, adding, removing, and the clauses of the builder.

const SEPARATOR = /[.\s]+/u;

export function splitWords(text) {
  return text.split(SEPARATOR).filter(Boolean);
}

export function withWord(text, word) {
  return [...splitWords(text), word].join(" ");
}

// Of two settings with the same name only the later one counts, so that a new one takes the place of the old one.
export function withSetting(text, name, word) {
  return [...splitWords(text).filter((other) => !other.startsWith(`${name}-`)), word].join(" ");
}

// Removes the word at a position: the same word may be there twice.
export function withoutWord(text, position) {
  return splitWords(text)
    .filter((_, index) => index !== position)
    .join(" ");
}

// A clause as a word. times: 0 for ever. first: the first request with the fault; 0 for "after the clauses before".
export function clauseWord({ place, fault, applied, times, first }) {
  return `${place}-${fault}${applied ? "+" : ""}${times === 1 ? "" : `x${times}`}${first ? `~${first}` : ""}`;
}

export function keyOf(words, suffix) {
  const list = splitWords(words);
  return list.length ? `sk-mock-${list.join(".")}--${suffix}` : `sk-${suffix}`;
}
