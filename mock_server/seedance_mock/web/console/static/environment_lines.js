// The settings that point a client to the mock, as lines for shells and for a .env file.

import { shellQuoted } from "./snippets.js";

const BASE_VARIABLE = "TOKENLAB_BASE_URL";
const KEY_VARIABLE = "TOKENLAB_API_KEY";

export function environmentLines(base, key) {
  const settings = [
    [BASE_VARIABLE, base],
    [KEY_VARIABLE, key],
  ];
  const lines = (line) => settings.map(line).join("\n");
  return {
    sh: lines(([name, value]) => `export ${name}=${plainOr(shellQuoted, value)}`),
    PowerShell: lines(([name, value]) => `$env:${name} = '${value.replaceAll("'", "''")}'`),
    ".env": lines(([name, value]) => `${name}=${value}`),
  };
}

function plainOr(quote, value) {
  return /^[\w.:/@%+,-]+$/u.test(value) ? value : quote(value);
}

// A key that nobody has used. What follows `--` makes its account its own.
export function newKey(words = "") {
  const digits = [...crypto.getRandomValues(new Uint8Array(6))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const list = words
    .split(/[\s.]+/u)
    .filter(Boolean)
    .join(".");
  return list ? `sk-mock-${list}--${digits}` : `sk-${digits}`;
}
