// One request: what it was, what came back, and why.

import { collapsible, html } from "./shared/dom.js";
import { bodyView, jsonBlock } from "./shared/json_view.js";
import { breakable, factList, plural, prose, textBlock, visible } from "./shared/text.js";
import { apiBase, control } from "./api.js";
import { lineOf, reasonOf, statusClass } from "./entry_meaning.js";
import { dateAndTime, milliseconds } from "./format.js";
import { codeTabs, detailPanel } from "./parts.js";
import { screenLink } from "./router.js";
import { curlCommand, fetchCode, httpxCode } from "./snippets.js";

export function requestDetail(entry, onClose) {
  const why = html("ul", { class: "why" });
  // What the server has sent is not for the page to send again, and its bodies are never kept.
  const exchange = entry.callback ? null : exchangeView(entry);
  lookUp(entry.request_id).then(
    ({ why: sentences, content = null }) => {
      why.replaceChildren(...sentences.map((sentence) => html("li", {}, prose(sentence))));
      exchange?.show(content);
    },
    () => why.replaceChildren(html("li", { class: "quiet" }, "The server no longer has this request.")),
  );
  return detailPanel(
    entry.callback ? "Callback" : "Request",
    [visible(entry.method), " ", breakable(lineOf(entry))],
    onClose,
    html(
      "p",
      { class: "outcome" },
      html("span", { class: `badge ${statusClass(entry.status)}` }, entry.status ?? "no response"),
      " ",
      breakable(reasonOf(entry)),
    ),
    why,
    facts(entry),
    ...(exchange?.elements ?? []),
  );
}

// What was sent and received, and how to send it again. `show` takes the content if the server keeps it, else null.
function exchangeView(entry) {
  const exchange = html("div", {}, html("h3", {}, "Request"), summary(entry));
  const again = html("div", {}, codeTabs("Send it again", snippets(entry, null)));

  function show(content) {
    if (content === null)
      return exchange.append(
        html(
          "p",
          { class: "quiet" },
          "Bodies are not kept. To see them here, start the server with ",
          html("code", {}, "--journal-bodies"),
          ".",
        ),
      );
    exchange.replaceChildren(...message("Request", content.request), ...received(content.response));
    again.replaceChildren(codeTabs("Send it again", snippets(entry, content)));
  }

  return { elements: [exchange, html("h3", {}, "Send it again"), again], show };
}

function lookUp(id) {
  return control(`requests/${encodeURIComponent(id)}`);
}

function facts(entry) {
  const task = entry.task_id ? screenLink(breakable(entry.task_id), "tasks", { task: entry.task_id }) : null;
  return factList([
    [
      "Account",
      entry.account
        ? screenLink(visible(entry.account), "accounts", { account: entry.account })
        : "none: the key was refused or absent",
    ],
    ["Task", task],
    ["Status of the task", entry.task_status],
    [entry.callback ? "Sent" : "Received", dateAndTime(entry.started)],
    ["Time of the account", dateAndTime(entry.time)],
    ["Took", milliseconds(entry)],
    ["Counted as", entry.place],
    ["Injected fault", entry.fault],
    ["Took effect in spite of it", entry.fault === null ? null : entry.applied ? "yes" : "no"],
    ["Broken rules", entry.rules.length ? entry.rules.join(", ") : null],
    ["Authorization header", entry.callback ? null : entry.authorized ? "present" : "absent"],
    ["Connection", entry.connection ? `${entry.connection}, request ${entry.turn} on it` : null],
    ["Request id", breakable(entry.request_id)],
    ["Client's request id", entry.client_request_id ? breakable(entry.client_request_id) : null],
  ]);
}

function message(name, { headers, body, status, truncated: isCut }) {
  const lines = headers.map(([header, value]) => `${header}: ${value}`).join("\n");
  return [
    html("h3", {}, name),
    collapsible(`${status ? `${status}, ` : ""}${plural(headers.length, "header")}`, () =>
      textBlock(lines, `${name}: headers`),
    ),
    ...(body ? [bodyView(body, `${name}: body`)].flat() : [html("p", { class: "quiet" }, "No body.")]),
    isCut ? html("p", { class: "quiet" }, "The body is longer: only its beginning is kept.") : "",
  ];
}

// Null if the connection ended first, as after an injected reset.
function received(response) {
  if (response) return message("Response", response);
  return [html("h3", {}, "Response"), html("p", { class: "quiet" }, "No response was sent.")];
}

function summary(entry) {
  if (entry.request === null) return html("p", { class: "quiet" }, "No body, or one that is not kept.");
  const block = jsonBlock("What the journal keeps of the body", entry.request);
  if (block) block.open = true;
  return block ?? html("p", { class: "quiet" }, "An empty object.");
}

// Without its kept body a request is sent again with what the journal has of it.
function snippets(entry, content) {
  const body = content?.request.body ?? (entry.request === null ? "" : JSON.stringify(entry.request));
  const request = { method: entry.method, url: apiBase() + entry.target, body };
  return { curl: curlCommand(request), httpx: httpxCode(request), fetch: fetchCode(request) };
}
