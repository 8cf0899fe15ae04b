// A block of code with a button that copies it.

import { button, html } from "./dom.js";
import { preformatted, visible } from "./text.js";

// Lines of a program are not wrapped, as their indentation has a meaning; those of a shell script are.
export function codeBlock(text, label, { wraps = false } = {}) {
  return html("div", { class: wraps ? "code" : "code unwrapped" }, preformatted(visible(text), label), copyButton(text, label));
}

function copyButton(text, label) {
  const element = button("Copy", async () => {
    element.textContent = (await copyToClipboard(text)) ? "Copied" : "Select and copy by hand";
    setTimeout(() => (element.textContent = "Copy"), 2000);
  });
  element.setAttribute("aria-live", "polite");
  element.title = `Copy: ${label}`;
  element.className = "copy";
  return element;
}

async function copyToClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

// Some browsers deny the clipboard API to pages that are opened from a file.
function copySelection(text) {
  const field = html("textarea", { class: "offscreen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
