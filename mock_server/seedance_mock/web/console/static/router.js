// The screen and what it shows, in the hash of the URL, so that "back" and a copied link work.
//
//   #traffic?request=req_0001     a screen, and a parameter of it

import { html } from "./shared/dom.js";

export function address(screen, parameters = {}) {
  const present = Object.entries(parameters).filter(([, value]) => value);
  const query = new URLSearchParams(present).toString();
  return `#${screen}${query ? `?${query}` : ""}`;
}

export function parseAddress(hash, screens) {
  const [name, query = ""] = hash.replace(/^#/u, "").split("?", 2);
  return {
    screen: screens.includes(name) ? name : screens[0],
    parameters: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function screenLink(text, screen, parameters, attributes = {}) {
  return html("a", { href: address(screen, parameters), ...attributes }, text);
}

// Remembers what a screen shows without a step in the history.
export function replaceAddress(screen, parameters) {
  history.replaceState(null, "", address(screen, parameters));
}
