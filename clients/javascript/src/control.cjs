"use strict";
// A client of the control API of a server.

const http = require("node:http");
const https = require("node:https");

const TIMEOUT_MS = 10_000;

// Another server listens at the URL, or a proxy has responded.
const NO_CONTROL_API = "the response is not one of the control API: check the URL of the server";

/** The control API refuses a call. `status` is the HTTP status of its response. */
class ControlError extends Error {
  constructor(status, message) {
    super(`${status}: ${message}`);
    this.name = "ControlError";
    this.status = status;
  }
}

/** The control API of the server at `url`. `token` is its --control-token, if it has one. */
class Control {
  #url;
  #token;

  constructor(url, token) {
    this.#url = url.replace(/\/+$/, "");
    this.#token = token;
  }

  /** Send a request to `path` below /_mock, and return the JSON body of the response. */
  async call(method, path, body) {
    const headers = {};
    if (this.#token) headers.authorization = `Bearer ${this.#token}`;
    // The server refuses other types: web pages may send those without asking it first (CORS).
    if (body !== undefined) headers["content-type"] = "application/json";
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await request(method, `${this.#url}/_mock${path}`, headers, text);
    if (response.status >= 400) throw new ControlError(response.status, messageOf(response.text));
    try {
      return JSON.parse(response.text);
    } catch {
      throw new ControlError(response.status, NO_CONTROL_API);
    }
  }
}

/** Return the status and the text of a response. */
function request(method, url, headers, body) {
  // Not fetch: the code under test or a library such as msw may have replaced it. A connection of
  // its own for each request, so that none is left open when the tests have ended.
  const { request: send } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method, headers, agent: false, timeout: TIMEOUT_MS });
    outgoing.on("timeout", () => {
      outgoing.destroy(new Error(`no response to ${method} ${url} within ${TIMEOUT_MS / 1000} s`));
    });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    outgoing.end(body);
  });
}

function messageOf(text) {
  try {
    return JSON.parse(text).error.message ?? NO_CONTROL_API;
  } catch {
    return NO_CONTROL_API;
  }
}

module.exports = { Control, ControlError };
