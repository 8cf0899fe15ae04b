// A form that opens an account with a new key. The server never shows a key again, so the lines to copy appear here.

import { button, html } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { apiBase, controlPost } from "./api.js";
import { environmentLines, newKey } from "./environment_lines.js";
import { codeTabs, field } from "./parts.js";
import { screenLink } from "./router.js";
import { rememberKey } from "./used_key.js";

export function newAccountForm(onOpened) {
  const words = html("input", {
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: "create-503x2 clock-x20",
  });
  const balance = html("input", { type: "text", inputmode: "decimal", size: 8, placeholder: "unlimited" });
  const failure = html("p", { class: "failure", role: "alert" });
  const result = html("div", { "aria-live": "polite" });

  async function submit(event) {
    event.preventDefault();
    failure.textContent = "";
    const key = newKey();
    const amount = balance.value.trim();
    try {
      const { name } = await controlPost("accounts", {
        key,
        words: words.value,
        ...(amount ? { balance_usd: amount } : {}),
      });
      rememberKey(key);
      result.replaceChildren(
        html(
          "p",
          {},
          "The account ",
          html("strong", {}, visible(name)),
          " is open. Its key is shown only here. ",
          screenLink("Send a request with it", "try"),
          ".",
        ),
        codeTabs("Environment of the client", environmentLines(apiBase(), key)),
      );
      await onOpened();
    } catch (error) {
      failure.textContent = visible(error.message);
    }
  }

  return html(
    "form",
    { class: "card new-account", onsubmit: submit },
    html("h2", {}, "New account"),
    html(
      "div",
      { class: "row-of-fields" },
      field("Words (optional)", words),
      field("Balance in USD", balance),
      button("Open it with a new key", null, { type: "submit", class: "primary" }),
    ),
    html("p", { class: "quiet" }, "Words make a situation: see ", screenLink("Situations", "situations"), "."),
    failure,
    result,
  );
}
