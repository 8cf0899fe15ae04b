// One check: its verdict, what it requires, what it found, how to fix it, and the requests that it rests on.

import { collapsible, html } from "./shared/dom.js";
import { prose, visible } from "./shared/text.js";
import { badge } from "./shared/verdicts.js";
import { codeTabs } from "./parts.js";
import { screenLink } from "./router.js";

// A client that polls too fast does so a hundred times: some of its requests show it.
const MAX_REQUESTS = 12;

export function checkCard(check) {
  const { verdict, level, title, requirement, explanation, fix, hints, source } = check;
  return html(
    "section",
    { class: `card judged ${verdict === "NON-STRICT" ? "v-non-strict" : "v-fail"}`, "aria-label": visible(check.id) },
    html("h2", {}, badge(verdict), " ", visible(title || requirement), " ", html("span", { class: "level" }, level)),
    title ? html("p", {}, prose(requirement)) : null,
    html("p", { class: "found" }, prose(explanation)),
    fix ? [html("h3", {}, "How to fix it"), html("p", {}, prose(fix))] : null,
    Object.keys(hints ?? {}).length ? codeTabs("How to fix it", hints, { wraps: false }) : null,
    requestLinks(check.requests),
    html("p", { class: "quiet" }, "Source: ", prose(source)),
  );
}

function requestLinks(ids) {
  if (!ids.length) return null;
  const shown = ids
    .slice(0, MAX_REQUESTS)
    .map((id) => html("li", {}, screenLink(visible(id), "traffic", { request: id })));
  const more = ids.length - shown.length;
  return html(
    "div",
    {},
    html("h3", {}, "Requests"),
    html("ul", { class: "ids" }, shown, more > 0 ? html("li", { class: "quiet" }, `and ${more} more`) : null),
  );
}

// Checks that need no action, folded. Many have the same explanation, so that they stand below it.
export function foldedChecks(title, checks) {
  if (!checks.length) return "";
  const byExplanation = Map.groupBy(checks, ({ explanation }) => explanation);
  const groups = () =>
    html(
      "ul",
      { class: "folded" },
      [...byExplanation].map(([explanation, list]) =>
        html(
          "li",
          {},
          html("div", {}, badge(list[0].verdict), " ", html("span", { class: "quiet" }, prose(explanation))),
          html(
            "ul",
            {},
            list.map(({ requirement }) => html("li", {}, prose(requirement))),
          ),
        ),
      ),
    );
  const details = collapsible(`${title} (${checks.length})`, groups);
  details.dataset.check = title;
  return details;
}
