// A request as code that sends it again: for a shell, for Python and for JavaScript. The journal has no keys, so the
// code reads the key from the environment.

export const KEY_VARIABLE = "TOKENLAB_API_KEY";

// request: { method, url, body }: `body` is JSON text, empty for a request without one.
export function curlCommand({ method, url, body }) {
  const lines = [
    `curl -i ${method === "GET" ? "" : `-X ${method} `}${shellQuoted(url)}`,
    `-H "Authorization: Bearer $${KEY_VARIABLE}"`,
  ];
  if (body) lines.push(`-H 'Content-Type: application/json'`, `-d ${shellQuoted(body)}`);
  return lines.join(" \\\n  ");
}

export function httpxCode({ method, url, body }) {
  const call = [
    `    ${pythonString(method)},`,
    `    ${pythonString(url)},`,
    `    headers={"Authorization": f"Bearer {os.environ['${KEY_VARIABLE}']}"},`,
  ];
  if (body) call.push(`    json=json.loads(${pythonString(body)}),`);
  const imports = body ? ["import json", "import os"] : ["import os"];
  return [
    ...imports,
    "",
    "import httpx",
    "",
    "response = httpx.request(",
    ...call,
    ")",
    "print(response.status_code, response.text)",
  ].join("\n");
}

export function fetchCode({ method, url, body }) {
  const headers = ["    Authorization: `Bearer ${process.env." + KEY_VARIABLE + "}`,"];
  if (body) headers.push(`    "Content-Type": "application/json",`);
  const lines = [
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  method: ${JSON.stringify(method)},`,
    "  headers: {",
    ...headers,
    "  },",
  ];
  if (body) lines.push(`  body: JSON.stringify(${indented(body)}),`);
  return [...lines, "});", "console.log(response.status, await response.text());"].join("\n");
}

// Inside single quotes a shell changes nothing. A quote itself ends the text, and is escaped outside of it.
export function shellQuoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

// A string of JSON is one of Python too, but for surrogate pairs, which JSON writes as they are.
export function pythonString(text) {
  return JSON.stringify(text);
}

function indented(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2).replaceAll("\n", "\n  ");
  } catch {
    return JSON.stringify(body);
  }
}
