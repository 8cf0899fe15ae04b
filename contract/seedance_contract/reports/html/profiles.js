// Shows what the subject can be trusted with: each profile, its promise, and what stands in its way.

import { caseAddress, filterAddress } from "./address.js";
import { html } from "./dom.js";
import { breakable, plural, sentence, visible } from "./text.js";

const IDS_SHOWN = 6;
const STATES = new Map([
  [true, { name: "reached", mark: "✓" }],
  [false, { name: "not reached", mark: "✕" }],
  [null, { name: "unknown", mark: "?" }],
]);

export function profileCards(profiles) {
  return html("ul", { class: "profiles" }, profiles.map(profileCard));
}

function profileCard(profile) {
  const state = STATES.get(profile.reached) ?? STATES.get(null);
  return html(
    "li",
    { class: `profile ${state.name.replace(" ", "-")}` },
    html("span", { class: "state", "aria-hidden": "true" }, state.mark),
    html("div", {}, html("strong", {}, visible(profile.name)), " ", html("span", { class: "reached" }, state.name)),
    html("p", { class: "promise" }, `${sentence(profile.promise)}.`),
    html("p", { class: "reason" }, reason(profile)),
    profile.blocking.length ? html("p", { class: "ids" }, blockingLinks(profile)) : null,
  );
}

function reason({ name, reached, cases, blocking, unexercised, not_run: notRun }) {
  const parts = [];
  if (blocking.length) {
    const count = `${blocking.length} of ${plural(cases, "case")}`;
    parts.push(html("a", { href: filterAddress({ blocks: name }) }, count), blocking.length === 1 ? " fails" : " fail");
  } else {
    parts.push(reached === null && notRun ? `${notRun} of ${plural(cases, "case")} not run` : plural(cases, "case"));
  }
  if (unexercised.length)
    parts.push(", ", html("a", { href: filterAddress({ unexercised: name }) }, `${unexercised.length} not exercised`));
  return parts;
}

function blockingLinks({ blocking }) {
  const links = blocking.slice(0, IDS_SHOWN).map((id) => html("a", { href: caseAddress(id) }, breakable(id)));
  const rest = blocking.length - links.length;
  return [links, rest ? html("span", { class: "quiet" }, `and ${rest} more`) : null].flat();
}
