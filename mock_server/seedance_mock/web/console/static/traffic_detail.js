// One request: what it was, what came back, and why.

import { button, collapsible, html } from "./shared/dom.js";
import { bodyView, jsonBlock } from "./shared/json_view.js";
import { breakable, factList, prose, textBlock, visible } from "./shared/text.js";
import { apiBase, control } from "./api.js";
import { reasonOf, statusClass } from "./entry_meaning.js";
import { dateAndTime, milliseconds } from "./format.js";
import { codeTabs } from "./parts.js";
import { screenLink } from "./router.js";
import { curlCommand, fetchCode, httpxCode } from "./snippets.js";

export function requestDetail(entry, onClose) {
  return html(
    "section",
    { class: "detail", "aria-label": "Request" },
    html("div", { class: "detail-head" }, html("h2", {}, visible(entry.method), " ", breakable(entry.target)), button("Close", onClose, { class: "small" })),
    html("p", { class: "outcome" }, html("span", { class: `badge ${statusClass(entry.status)}` }, entry.status ?? "no response"), " ", breakable(reasonOf(entry))),
    explanation(entry),
    facts(entry),
    html("h3", {}, "Request"),
    message("Request", entry.request_headers, entry.request_body) ?? summary(entry),
    html("h3", {}, "Response"),
    message("Response", entry.response_headers, entry.response_body) ??
      html("p", { class: "quiet" }, "Bodies are not kept. To see them here, start the server with ", html("code", {}, "--journal-bodies"), "."),
    html("h3", {}, "Send it again"),
    codeTabs("Send it again", snippets(entry)),
  );
}

// The sentences of the server. They come a moment later, so there is a place for them.
function explanation(entry) {
  const list = html("ul", { class: "why" });
  control(`why/${encodeURIComponent(entry.request_id)}`)
    .then(({ why }) => list.replaceChildren(...why.map((sentence) => html("li", {}, prose(sentence)))))
    .catch(() => list.replaceChildren(html("li", { class: "quiet" }, "The server no longer has this request.")));
  return list;
}

function facts(entry) {
  const task = entry.task_id ? screenLink(breakable(entry.task_id), "tasks", { task: entry.task_id }) : null;
  return factList([
    ["Account", entry.account ? screenLink(visible(entry.account), "accounts", { account: entry.account }) : "none: the key was refused or absent"],
    ["Task", task],
    ["Status of the task", entry.task_status],
    ["Time of the account", dateAndTime(entry.time)],
    ["Took", milliseconds(entry)],
    ["Counted as", entry.place],
    ["Injected fault", entry.fault],
    ["Took effect in spite of it", entry.fault === null ? null : entry.applied ? "yes" : "no"],
    ["Broken rules", entry.rules.length ? entry.rules.join(", ") : null],
    ["Authorization header", entry.authorized ? "present" : "absent"],
    ["Connection", entry.connection ? `${entry.connection}, request ${entry.turn} on it` : null],
    ["Request id", breakable(entry.request_id)],
  ]);
}

function message(name, headers, body) {
  if (!headers && !body) return null;
  const lines = (headers ?? []).map(([header, value]) => `${header}: ${value}`).join("\n");
  return html(
    "div",
    {},
    lines ? collapsible(`Headers (${headers.length})`, () => textBlock(lines, `${name}: headers`)) : null,
    body ? bodyView(body, `${name}: body`) : html("p", { class: "quiet" }, "No body."),
  );
}

function summary(entry) {
  if (entry.request === null) return html("p", { class: "quiet" }, "No body, or one that is not kept.");
  const block = jsonBlock("What the journal keeps of the body", entry.request);
  if (block) block.open = true;
  return block ?? html("p", { class: "quiet" }, "An empty object.");
}

function snippets(entry) {
  const body = entry.request_body ?? (entry.request === null ? "" : JSON.stringify(entry.request));
  const request = { method: entry.method, url: apiBase() + entry.target, body };
  return { curl: curlCommand(request), httpx: httpxCode(request), fetch: fetchCode(request) };
}
