// What the server would do with a request: accept it for a price, or refuse it with every violation.

import { html } from "./shared/dom.js";
import { jsonBlock } from "./shared/json_view.js";
import { factList, visible } from "./shared/text.js";
import { exactDollars } from "./format.js";

export function verdictView(checked) {
  return checked.accepted ? acceptedView(checked) : refusedView(checked);
}

function acceptedView({ operation, request, ignored, tokens, price_usd: price, reserved_usd: reserved }) {
  return [
    html("p", { class: "outcome" }, html("span", { class: "badge v-pass" }, "accepted"), " as ", visible(operation)),
    factList([
      ["Tokens", tokens === null ? "depends on the task that is continued" : tokens.toLocaleString("en")],
      ["Price", price === null ? null : exactDollars(price)],
      ["Reserved until it ends", reserved === null || reserved === price ? null : exactDollars(reserved)],
      ["Ignored fields", ignored.length ? ignored.map(visible).join(", ") : null],
    ]),
    jsonBlock("The request with its defaults", request),
  ];
}

function refusedView({ status, error }) {
  const violations = error.validation_errors ?? [];
  const rows = violations.map(({ field, message, code }) =>
    html(
      "li",
      {},
      html("strong", {}, visible(field)),
      ` ${visible(message)} `,
      html("code", { class: "quiet" }, visible(code)),
    ),
  );
  return [
    html(
      "p",
      { class: "outcome" },
      html("span", { class: "badge v-fail" }, `refused: ${status}`),
      " ",
      html("code", {}, visible(error.error.code)),
    ),
    rows.length ? html("ul", { class: "violations" }, rows) : html("p", {}, visible(error.error.message)),
    jsonBlock("The response", error),
  ];
}
