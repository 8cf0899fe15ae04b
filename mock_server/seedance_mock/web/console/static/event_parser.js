// Reads the format of server-sent events.

// Returns a function that takes parts of a stream, and calls `onEvent` with { id, type, data } for each complete event.
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
    // A carriage return at the end may be the first half of a line break.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/u);
    rest = lines.pop();
    lines.forEach(readLine);
  };
}
