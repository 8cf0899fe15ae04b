// The key that the page uses for its own requests, such as those of the form "Try". It is kept until the tab is closed.

import { newKey } from "./environment_lines.js";

const STORAGE_KEY = "seedance-mock-key";
let keyOfPage = "";

export function usedKey() {
  try {
    keyOfPage ||= sessionStorage.getItem(STORAGE_KEY) ?? "";
  } catch {
    // A browser may deny storage to a page.
  }
  if (!keyOfPage) rememberKey(newKey());
  return keyOfPage;
}

export function rememberKey(key) {
  keyOfPage = key;
  try {
    sessionStorage.setItem(STORAGE_KEY, key);
  } catch {
    // The key then lives as long as the page.
  }
}
