// Reads JSON without losing how it is written: 1.10 stays 1.10, a long integer keeps its digits, and a name
// that occurs twice stays twice. JSON.parse keeps none of that, and clients fail over each.

const TOKEN = /[ \t\n\r]*(?:([{}[\]:,])|("[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*")|(-?\d[\d.eE+-]*|true|false|null))/y;

// Deeper values are shown as text: a subject must not exhaust the stack of the page.
const MAX_DEPTH = 100;

// Returns the root node of the text, null if it is not JSON. A node is one of
// { kind: "object", members: [[name as written, node], …] }, { kind: "array", items: [node, …] } and
// { kind: "string" | "number" | "word", text: as written }.
export function parseJson(text) {
  const tokens = tokenize(text);
  if (tokens === null) return null;
  try {
    const reader = createReader(tokens);
    const node = readValue(reader, 0);
    return reader.next() === undefined ? node : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function tokenize(text) {
  const tokens = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) return null;
    tokens.push(match[1] ?? match[2] ?? match[3]);
  }
  return tokens;
}

function createReader(tokens) {
  let position = 0;
  return {
    peek: () => tokens[position],
    next: () => tokens[position++],
    expect(token) {
      if (tokens[position++] !== token) throw new SyntaxError(`${token} is missing`);
    },
  };
}

function readValue(reader, depth) {
  if (depth > MAX_DEPTH) throw new SyntaxError("the value is too deep");
  const token = reader.next();
  if (token === "{") return { kind: "object", members: readList(reader, "}", () => readMember(reader, depth)) };
  if (token === "[") return { kind: "array", items: readList(reader, "]", () => readValue(reader, depth + 1)) };
  if (token === undefined || "}]:,".includes(token)) throw new SyntaxError("a value is missing");
  return { kind: scalarKind(token), text: token };
}

function scalarKind(token) {
  if (token.startsWith('"')) return "string";
  return /^[a-z]/.test(token) ? "word" : "number";
}

function readList(reader, close, readItem) {
  const items = [];
  if (reader.peek() === close) {
    reader.next();
    return items;
  }
  for (;;) {
    items.push(readItem());
    const token = reader.next();
    if (token === close) return items;
    if (token !== ",") throw new SyntaxError(`${close} is missing`);
  }
}

function readMember(reader, depth) {
  const name = reader.next();
  if (!name?.startsWith('"')) throw new SyntaxError("a name is missing");
  reader.expect(":");
  return [name, readValue(reader, depth + 1)];
}
