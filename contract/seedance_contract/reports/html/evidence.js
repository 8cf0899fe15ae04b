// Shows what a verdict is based on: the traffic, and what the kit observed of the client.

import { collapsible, html } from "./dom.js";
import { sequenceDiagram } from "./diagram.js";
import { LANE_NAMES } from "./exchanges.js";
import { jsonBlock } from "./json_view.js";
import { factList, formatSeconds, plural, preformatted, visible } from "./text.js";
import { wireLog } from "./wire_log.js";

// What the lanes are called if the subject is a server: the kit is the client.
const SERVER_LANES = { sender: "kit", laneNames: { ...LANE_NAMES, api: "server" } };

export function evidenceBlocks(evidence, suite) {
  if (!Object.keys(evidence).length) return [];
  if (suite === "client") return clientEvidence(evidence);
  const { exchanges = [], exercised, ...others } = evidence;
  const count = typeof exercised === "number" ? factList([["Exercised", plural(exercised, "time")]]) : null;
  return [trafficBlocks(exchanges, SERVER_LANES), count, jsonBlock("Further evidence", others)];
}

function trafficBlocks(exchanges, lanes) {
  if (!exchanges.length) return null;
  return [
    html("h4", {}, "What happened"),
    sequenceDiagram(exchanges, lanes),
    collapsible(`Wire log: ${plural(exchanges.length, "exchange")}`, () => wireLog(exchanges, lanes)),
  ];
}

function clientEvidence(evidence) {
  const { exchanges = [], seconds, rate, outcome, leaks, output, job, facts, passed_fields: passed } = evidence;
  const traffic = trafficBlocks(exchanges, { notes: clientNotes(evidence) });
  return [
    traffic ?? html("p", { class: "quiet" }, "The client sent nothing."),
    factList([
      ["Client ran", formatSeconds(seconds)],
      ["Time ran", rate && rate !== 1 ? `${rate} times as fast` : null],
      ["Exit status", exitText(evidence)],
      ["Outcome line", outcome ? visible(JSON.stringify(outcome)) : null],
      ["Key found in", visible((leaks ?? []).join(", "))],
    ]),
    output?.length ? collapsible("What the client printed", () => outputBlock(output)) : null,
    jsonBlock("Job", job),
    passed ? factList([["Passed to the client", visible(passed.join(", ")) || "nothing of the job"]]) : null,
    jsonBlock("Facts", facts),
  ];
}

function exitText({ killed, exit }) {
  return killed ? "still running, stopped by the kit" : exit;
}

// Events outside the traffic, for the diagram.
function clientNotes({ seconds, killed, exit, facts }) {
  const notes = [];
  if (typeof facts?.restarted === "number") notes.push({ at: facts.restarted, text: "The kit kills the client and starts it again." });
  if (killed) notes.push({ at: seconds, text: "The client is still running. The kit stops it." });
  else if (typeof exit === "number") notes.push({ at: seconds, text: `The client ends with status ${exit}.` });
  return notes;
}

// Output is a list of [seconds, stream, lines], in the order of time.
function outputBlock(output) {
  const rows = output.map(([seconds, stream, text]) =>
    html(
      "span",
      { class: `row ${stream === "stderr" ? "stderr" : ""}` },
      html("span", { class: "time" }, `${seconds.toFixed(3)} s ${visible(stream)}`),
      html("span", {}, visible(text).trimEnd()),
    ),
  );
  return preformatted(rows, "Output");
}
