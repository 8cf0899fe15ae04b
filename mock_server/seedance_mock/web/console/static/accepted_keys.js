// The keys that the server accepts. With `serve --key` these are the ones of its command line only, which no page gets.

import { control } from "./api.js";

// Stands for one of those keys in lines to copy. The server refuses it.
export const LISTED_KEY = "sk-…";

export const LISTED_KEYS_ONLY = "This server accepts the keys of --key only: enter one of them.";

// Resolves to whether a key that the page makes up is accepted.
export async function acceptsNewKeys() {
  const { any_key: isAny } = await control("server");
  return isAny;
}
