// The cases of all reports: an entry is a case with its runs, and what the filters look at.

import { worstVerdict } from "./verdicts.js";

const UNMET = ["FAIL", "NON-STRICT"];

export function createEntries(reports) {
  const entries = new Map();
  reports.forEach((report, number) => {
    for (const result of report.results) {
      if (!entries.has(result.id)) entries.set(result.id, { about: result, runs: [] });
      entries.get(result.id).runs.push({ number, result, suite: report.suite });
    }
  });
  return [...entries.values()].map((entry) => describe(entry, reports));
}

function describe({ about, runs }, reports) {
  const profiles = reports.flatMap((report) => report.profiles);
  const namesOf = (list) => new Set(profiles.filter((profile) => profile[list].includes(about.id)).map(({ name }) => name));
  return {
    about,
    runs,
    verdict: worstVerdict(runs.map(({ result }) => result.verdict)),
    searchText: searchText(about, runs),
    causes: new Set(runs.flatMap(({ result }) => failures(result).map(({ cause }) => cause))),
    blocks: namesOf("blocking"),
    unexercised: namesOf("unexercised"),
  };
}

// The findings of requirements that the subject does not meet.
export function failures(result) {
  return result.findings.filter(({ verdict }) => UNMET.includes(verdict));
}

// Returns what the text filter searches: everything about a case except its traffic, which would make
// each key press slow.
function searchText(about, runs) {
  const findings = runs.flatMap(({ result }) => result.findings);
  const texts = findings.flatMap((finding) => [finding.check, finding.expected, finding.actual]);
  return [about.id, about.group, about.requirement, about.source, ...texts].join(" ").toLowerCase();
}

// Returns the reason why a case was not exercised, in the words of its first finding that says so.
export function unexercisedReason(entry) {
  const findings = entry.runs.flatMap(({ result }) => result.findings);
  const finding = findings.find(({ verdict }) => verdict === "UNEXERCISED" || verdict === "UNSUPPORTED");
  return finding?.actual || finding?.expected || "no check of the case saw the situation that it is about";
}

export function groupedBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}
