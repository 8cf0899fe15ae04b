// A form that opens an account with a new key. The server never shows a key again, so the lines to copy appear here.

import { button, html } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { LISTED_KEYS_ONLY, acceptsNewKeys } from "./accepted_keys.js";
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
  // Only for a server that refuses new keys. A disabled field does not keep the form from being submitted.
  const key = html("input", { type: "text", spellcheck: "false", autocomplete: "off", required: true, disabled: true });
  const keyField = field("API key", key);
  keyField.hidden = true;
  const open = button("Open it with a new key", null, { type: "submit", class: "primary" });
  const failure = html("p", { class: "failure", role: "alert" });
  const result = html("div", { "aria-live": "polite" });

  function askForKey() {
    keyField.hidden = key.disabled = false;
    open.textContent = "Open it with this key";
    failure.textContent = LISTED_KEYS_ONLY;
    key.focus();
  }

  async function submit(event) {
    event.preventDefault();
    failure.textContent = "";
    const amount = balance.value.trim();
    try {
      if (keyField.hidden && !(await acceptsNewKeys())) return askForKey();
      const openedKey = keyField.hidden ? newKey() : key.value.trim();
      const { name } = await controlPost("accounts", {
        key: openedKey,
        words: words.value,
        ...(amount ? { balance_usd: amount } : {}),
      });
      rememberKey(openedKey);
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
        codeTabs("Environment of the client", environmentLines(apiBase(), openedKey)),
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
      keyField,
      open,
    ),
    html("p", { class: "quiet" }, "Words make a situation: see ", screenLink("Situations", "situations"), "."),
    failure,
    result,
  );
}
