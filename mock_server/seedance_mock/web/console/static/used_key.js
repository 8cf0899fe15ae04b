// The key that the page uses for its own requests, such as those of the form "Try". It is kept until the tab is closed.

import { acceptsNewKeys } from "./accepted_keys.js";
import { newKey } from "./environment_lines.js";

const STORAGE_KEY = "seedance-mock-key";
let keyOfPage = "";

// Returns an empty string until there is a key.
export function rememberedKey() {
  try {
    keyOfPage ||= sessionStorage.getItem(STORAGE_KEY) ?? "";
  } catch {
    // A browser may deny storage to a page.
  }
  return keyOfPage;
}

// Resolves to the key; to an empty string if there is none yet and the server would refuse a new one.
export async function usedKey() {
  if (!rememberedKey() && (await acceptsNewKeys())) rememberKey(rememberedKey() || newKey());
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
