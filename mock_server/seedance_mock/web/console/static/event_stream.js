// Server-sent events over fetch. EventSource cannot send the token in a header.

import { controlFetch } from "./api.js";
import { createEventParser } from "./event_parser.js";

// The server sends a comment every 15 s if nothing happens. A connection that is silent for longer is broken, though
// nobody has closed it.
const STALL = 40_000;

// Follows a stream until it ends. Rejects if it cannot be opened or breaks off.
export async function followEvents(path, { signal, onOpen, onEvent }) {
  const response = await controlFetch(path, { signal, headers: { Accept: "text/event-stream" } });
  if (!response.ok)
    throw Object.assign(new Error(`The stream responded with ${response.status}`), { status: response.status });
  onOpen();
  const parse = createEventParser(onEvent);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const stall = setTimeout(() => reader.cancel(), STALL);
    const { done, value } = await reader.read().finally(() => clearTimeout(stall));
    if (done) return;
    parse(value);
  }
}
