// The control token: asked for once, and kept until the tab is closed.

import { button, html } from "./shared/dom.js";

const STORAGE_KEY = "seedance-mock-control-token";
let pendingQuestion = null;

// A browser may deny storage to a page. The token is then kept in the page only.
let tokenOfPage = "";

export function controlToken() {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? tokenOfPage;
  } catch {
    return tokenOfPage;
  }
}

function keepToken(token) {
  tokenOfPage = token;
  try {
    sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // See `tokenOfPage`.
  }
}

// Resolves when the user has entered a token. Several requests can fail at once: they share one question.
export function askForToken(message) {
  pendingQuestion ??= showDialog(message).finally(() => (pendingQuestion = null));
  return pendingQuestion;
}

function showDialog(message) {
  return new Promise((resolve) => {
    const field = html("input", { type: "password", id: "control-token", autocomplete: "off", required: true });
    const form = html(
      "form",
      { onsubmit: submit },
      html("h2", { id: "token-title" }, "Control token"),
      html("p", {}, message),
      html("label", { for: "control-token" }, "The value of --control-token"),
      field,
      html("p", {}, button("Open the console", null, { type: "submit", class: "primary" })),
    );
    const dialog = html("dialog", { "aria-labelledby": "token-title" }, form);
    // The console is of no use without the token, so Escape must not close the dialog.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    function submit(event) {
      event.preventDefault();
      keepToken(field.value);
      dialog.remove();
      resolve();
    }
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
  });
}
