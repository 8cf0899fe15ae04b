// Server-sent events over fetch. EventSource cannot send the token in a header.

import { controlFetch } from "./api.js";

// Returns a function that takes parts of a stream, and calls `onEvent` with { id, type, data } for each event that is complete.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
export function createEventParser(onEvent) {
  let rest = "";
  let event = { id: "", type: "message", data: [] };
  const endOfEvent = () => {
    if (event.data.length) onEvent({ ...event, data: event.data.join("\n") });
    event = { id: event.id, type: "message", data: [] };
  };
  const readLine = (line) => {
    if (line === "") return endOfEvent();
    const [, name, value] = /^([^:]*):? ?(.*)$/su.exec(line);
    if (name === "data") event.data.push(value);
    else if (name === "id") event.id = value;
    else if (name === "event") event.type = value;
  };
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/u);
    rest = lines.pop();
    lines.forEach(readLine);
  };
}

// Follows a stream until it ends. Rejects if it cannot be opened or breaks off.
export async function followEvents(path, { signal, onOpen, onEvent }) {
  const response = await controlFetch(path, { signal, headers: { Accept: "text/event-stream" } });
  if (!response.ok) throw Object.assign(new Error(`The stream responded with ${response.status}`), { status: response.status });
  onOpen();
  const parse = createEventParser(onEvent);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parse(value);
  }
}
