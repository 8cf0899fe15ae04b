// Says in words with which options a run was made.

import { html } from "./dom.js";
import { visible } from "./text.js";

const UNITS = { patience: " s", timeout: " s", spend_at_most: " USD", warp: " times as fast", repeat: " times" };
// What an option has if nobody set it: not worth a line.
const ORDINARY = { repeat: 1, warp: 1 };

// Returns pairs of a name and a value for the options that somebody set.
export function optionFacts(options) {
  return Object.entries(options ?? {})
    .filter(([name, value]) => isSet(name, value))
    .map(([name, value]) => [label(name), name === "command" ? html("code", {}, visible(commandLine(value))) : valueText(name, value)]);
}

function isSet(name, value) {
  const isEmpty = value === null || value === false || value === "" || (typeof value === "object" && !Object.keys(value).length);
  return !isEmpty && ORDINARY[name] !== value;
}

function label(name) {
  const text = visible(name).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function valueText(name, value) {
  if (value === true) return "yes";
  if (Array.isArray(value)) return visible(value.map(String).join(", "));
  if (typeof value === "object") return visible(JSON.stringify(value));
  return visible(value) + (UNITS[name] ?? "");
}

function commandLine(command) {
  return [command].flat().map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
