// Requests to the control API. Addresses are relative to the page, so that a proxy may serve both under a prefix.

import { askForToken, controlToken } from "./token.js";

const TIMEOUT = 20_000;

export const CONTROL_URL = new URL("./", document.baseURI);
export const API_URL = new URL("../", document.baseURI);

// The base URL that a client of the API uses: without a slash at its end.
export function apiBase() {
  return API_URL.href.replace(/\/$/, "");
}

// Headers of every request to the control API. With the first one the log of the server leaves the request out.
function headersOf(extra) {
  const token = controlToken();
  return { "Seedance-Console": "1", ...(token ? { Authorization: `Bearer ${token}` } : {}), ...extra };
}

// Sends a request, and asks for the token if the server wants one. Resolves to the response, whatever its status.
export async function controlFetch(path, { headers = {}, ...options } = {}) {
  for (;;) {
    const sent = controlToken();
    const response = await fetch(new URL(path, CONTROL_URL), {
      ...options,
      headers: headersOf(headers),
      cache: "no-store",
    });
    if (response.status !== 401) return response;
    // Another request may have got the token in the meantime.
    if (controlToken() === sent)
      await askForToken(
        sent ? "The server refused this token." : "From another machine the console needs the token of the server.",
      );
  }
}

// Returns the JSON of a response. Throws an Error for a refusal, with its `status` and its `details`: the error object
// of the API.
export async function control(path, options = {}) {
  const response = await controlFetch(path, { signal: AbortSignal.timeout(TIMEOUT), ...options });
  const value = await response.json().catch(() => null);
  if (response.ok) return value;
  throw failureOf(response.status, value);
}

export function failureOf(status, value) {
  const details = value?.error ?? {};
  const failure = new Error(details.message ?? `The server responded with ${status}`);
  return Object.assign(failure, { status, details, violations: value?.validation_errors ?? [] });
}

export function controlPost(path, body) {
  return control(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

export function controlDelete(path) {
  return control(path, { method: "DELETE" });
}

// Saves a response as a file. A link could not send the token.
export async function saveFile(path, name) {
  const response = await controlFetch(path);
  if (!response.ok) throw failureOf(response.status, await response.json().catch(() => null));
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(await response.blob()),
    download: name,
  });
  link.click();
  // The browser has taken the address when it has begun to save.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
