// Says in words with which options a run was made.

import { html } from "./dom.js";
import { sentence, visible } from "./text.js";

// What an option means if it is on.
const MEANINGS = {
  quick: "fewer examples",
  strict: "a missed SHOULD fails the run",
  require_exercised: "a case that was not exercised fails the run",
  core: "only the core cases",
  pull: "the client fetched its cases",
};
const LABELS = { arguments: "Further arguments", spend: "Budget", task_timeout: "Wait for a task", variables: "Environment" };
const UNITS = {
  concurrency: " checks at a time",
  jobs: " cases at a time",
  repeat: " times",
  spend: " USD at most",
  task_timeout: " s",
  time_limit: " s",
  timeout: " s",
  warp: " times as fast",
};
// What an option has if nobody set it: not worth a line.
const ORDINARY = { repeat: 1, seed: 0, warp: 1 };

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
  if (Object.hasOwn(LABELS, name)) return LABELS[name];
  return sentence(name.replaceAll("_", " "));
}

function valueText(name, value) {
  if (value === true) return Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : "yes";
  if (Array.isArray(value)) return visible(value.map(String).join(", "));
  if (typeof value === "object") return visible(JSON.stringify(value));
  return visible(value) + (Object.hasOwn(UNITS, name) ? UNITS[name] : "");
}

function commandLine(command) {
  return [command].flat().map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
