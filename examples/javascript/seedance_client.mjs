// A careful client of the TokenLab Seedance 2.0 video API for Node 18 or later. Copy this file.
//
//     const client = new Client(process.env.TOKENLAB_BASE_URL, process.env.TOKENLAB_API_KEY);
//     const request = { model: "seedance-2.0-fast", prompt: "A paper boat" };
//     const video = await client.generate(request, "boat.task.json");
//     await client.download(video, "boat.mp4");
//
// `boat.task.json` is the state file of one paid task. After a crash, run the program again with
// the same file: it continues with the same task and does not pay twice. When there is no video,
// the client throws a SeedanceError; its `outcome` is "failed", "cancelled", "timeout" or "error".
//
// The client uses node:http instead of fetch, because fetch normalizes URLs and reuses connections.
// Here the request line is sent byte for byte, each request has its own connection, and nothing is
// followed, retried or decoded automatically.

import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";

const CREATE_PATH = "/v1/videos/generations";
// Scheme, host with port, rest. URLs with a user name, a backslash or a space do not match.
const HTTP_URL = /^(https?):\/\/([^/?#@\\]+)([/?#][!-[\]-~]*)?$/i;

/** There is no video. `code` is the error code of the API, or one of this client if the API sent
 *  none; `details` is the message without the code; `task` is the task, if one is known. */
export class SeedanceError extends Error {
  constructor(code, message, { outcome = "error", task = null } = {}) {
    super(`${code}: ${message}`);
    Object.assign(this, { code, details: message, outcome, task });
  }
}

/** The API rejected the request. Nothing was created or changed. */
export class RequestRejectedError extends SeedanceError {}

/** It is unknown whether a create took effect. A task may exist and be billed: do not retry. */
export class UncertainCreateError extends SeedanceError {}

/** No complete response was received. `sent` is false if no connection was made. */
class TransportError extends Error {
  constructor(sent = true) {
    super("no complete response");
    this.sent = sent;
  }
}

/** Return scheme, host and port of an HTTP URL as one string; null if it is not safe to request. */
function origin(url) {
  if (typeof url !== "string" || !HTTP_URL.test(url)) return null;
  try {
    const { protocol, hostname, port } = new URL(url);
    return [protocol, hostname, port || { "http:": 80, "https:": 443 }[protocol]].join(" ");
  } catch {
    return null;
  }
}

/** Return the path and query of a URL for the request line, byte for byte. */
function requestTarget(url) {
  // Not `new URL`: a signed URL is valid only as it was sent, with its escapes and its order.
  const rest = (HTTP_URL.exec(url)[3] ?? "").split("#")[0];
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Return the JSON object in the body of a response; null if the body is anything else. */
function parseBody(response) {
  try {
    const data = JSON.parse(response.body.toString("utf8"));
    return data !== null && typeof data === "object" && !Array.isArray(data) ? data : null;
  } catch {
    return null;
  }
}

/** Return the seconds of a Retry-After value, a number or an HTTP date; 0 if it is neither. */
function parseRetryAfter(value, date) {
  const text = String(value ?? "").trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/ GMT$/.test(text)) return 0; // Date.parse also accepts text such as "-5"
  // Both dates come from the server's clock; the local clock may be wrong.
  const milliseconds = Date.parse(text) - (Date.parse(date) || Date.now());
  return milliseconds > 0 ? milliseconds / 1000 : 0;
}

/** Return the seconds to wait before a retry; 0 if the response names none. */
function retryAfter({ headers, ...response }) {
  // Header and body may disagree. Only the longer wait respects both.
  const inBody = parseBody(response)?.error?.retry_after;
  return Math.max(parseRetryAfter(headers["retry-after"], headers.date), parseRetryAfter(inBody));
}

/** Return [code, message] of an error, which may be a string, an object or absent. */
function parseError(error, code, message) {
  if (typeof error === "string" && error) return [code, error];
  return [String(error?.code || error?.type || code), String(error?.message || message)];
}

/** Return [code, message] of an error response. */
function errorOf(response) {
  const data = parseBody(response);
  return parseError(data?.error || data, `http_${response.status}`, `HTTP ${response.status}`);
}

/** Return the operation of a request: the one it names, or the one that its fields imply. */
function inferOperation(request) {
  const has = (...names) => names.some((name) => name in request);
  if (request.operation) return request.operation;
  const hasList = ["image_urls", "video_urls"].some((name) => request[name]?.length > 1);
  if (hasList) return "reference-to-video";
  if (has("task_id", "extend_at", "extend_times")) return "video-extension";
  if (has("start_image", "end_image")) return "start-end-to-video";
  if (has("reference_images", "referenceImages", "audio_urls")) return "reference-to-video";
  if (has("video_url", "video_urls")) return "video-to-video";
  if (has("image_url", "image", "image_urls")) return "image-to-video";
  return "text-to-video";
}

/** Return the URLs of the results, from every field where the API may put them. */
function videoUrls(snapshot) {
  const entries = [snapshot.video, snapshot.videos, snapshot.content, snapshot.data].flat();
  const candidates = entries.flatMap((entry) => [entry?.url ?? entry, entry?.video_url]);
  return [...new Set([snapshot.video_url, ...candidates])].filter((url) => origin(url) !== null);
}

/** Tell whether a task has ended. An unknown status means no, whatever the progress is. */
const hasEnded = (snapshot) => ["completed", "failed"].includes(snapshot.status);

/** Save the ids of a response. Return the task as the response shows it; null if it does not. */
function readTask(task, response) {
  const data = parseBody(response);
  for (const name of ["request_id", "billing_transaction_id"]) {
    const value = data?.[name] || response.headers[`x-${name.replaceAll("_", "-")}`];
    if (value) task.ids[name] = String(value);
  }
  return response.status === 200 && typeof data?.status === "string" ? data : null;
}

/** Write a state file in one step, so that a power failure never leaves half of it. */
function replaceFile(path, data) {
  fs.writeFileSync(`${path}.new`, JSON.stringify(data), { mode: 0o600, flush: true });
  fs.renameSync(`${path}.new`, path);
}

/** A client of the API at `baseUrl`, with or without `/v1` at the end. All times are in seconds:
 *  `pollInterval` between two polls, `timeLimit` for a task, `timeout` for a response. */
export class Client {
  #key;
  maxCreateAttempts = 3;
  maxPollFailures = 8;
  maxDownloadAttempts = 5;

  constructor(baseUrl, apiKey, { pollInterval = 5, timeLimit = 1800, timeout = 30 } = {}) {
    const base = baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "").replace(/\/+$/, "");
    if (origin(base) === null) throw new TypeError("baseUrl must be an http or https URL");
    // node:http would report a line break in the key too, but only with the first request.
    if (!/^[!-~]+$/.test(apiKey)) throw new TypeError("the API key must be printable ASCII");
    // A gateway may have a path. A `poll_url` contains it; the paths of this client do not.
    this.prefix = requestTarget(base).replace(/\/+$/, "");
    this.host = base.slice(0, base.length - this.prefix.length);
    this.#key = apiKey;
    Object.assign(this, { pollInterval, timeLimit, timeout });
  }

  /** Return the current time in seconds, of a clock that never goes back. */
  now() {
    return performance.now() / 1000;
  }

  /** Sleep up to 5 % longer than `seconds`. */
  sleepWithJitter(seconds) {
    // Many clients that were rejected together must not retry together.
    const milliseconds = seconds * (1 + Math.random() / 20) * 1000;
    return new Promise((resolve) => setTimeout(resolve, Math.ceil(milliseconds)));
  }

  /** Return the video of a task: the task in `stateFile`, or else a new one. */
  async generate(request, stateFile = null) {
    return this.wait(this.loadTask(stateFile) ?? (await this.create(request, stateFile)));
  }

  /** Create a task once. Retry only if the API says that it created nothing. */
  async create(request, stateFile = null) {
    const deadline = this.now() + this.timeLimit;
    const body = JSON.stringify({ ...request, operation: inferOperation(request) });
    // The file exists before the request is sent. If it is still empty after a crash, a create may
    // have been sent, and the next run must not send another. The flag "wx": of two processes with
    // the same state file only one sends a create.
    if (stateFile) fs.writeFileSync(stateFile, "", { flag: "wx", mode: 0o600 });
    let task;
    try {
      task = this.#taskFrom(await this.#sendCreate(body, deadline), deadline);
    } catch (error) {
      if (stateFile && error instanceof RequestRejectedError) fs.unlinkSync(stateFile);
      throw error;
    }
    if (stateFile) replaceFile(stateFile, { task_id: task.taskId, poll_path: task.pollPath });
    return task;
  }

  /** Send a create until the API accepts it, and return that response. */
  async #sendCreate(body, deadline) {
    let response;
    for (let attempt = 1; attempt <= this.maxCreateAttempts; attempt += 1) {
      try {
        response = await this.send("POST", this.prefix + CREATE_PATH, body, deadline);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        if (!error.sent) throw new RequestRejectedError("unreachable", "no connection to the API");
        const message = "no response: a task may exist, check before you retry";
        throw new UncertainCreateError("unknown", message);
      }
      if (response.status < 300) return response;
      const wait = retryAfter(response) || 2 ** attempt;
      if (!this.mayRetryCreate(response) || this.now() + wait > deadline) break;
      if (attempt < this.maxCreateAttempts) await this.sleepWithJitter(wait);
    }
    const [code, message] = errorOf(response);
    // After other server errors a task may exist. With this code no provider was reached.
    const uncertain = response.status >= 500 && code !== "all_channels_failed";
    throw new (uncertain ? UncertainCreateError : RequestRejectedError)(code, message);
  }

  /** Tell whether this response to a create means: nothing was created, try again later. */
  mayRetryCreate(response) {
    const retryable = parseBody(response)?.error?.retryable;
    if (response.status === 429) return retryable !== false;
    return retryable === true && response.status === 503;
  }

  /** Return the task of a create response. */
  #taskFrom(response, deadline) {
    const data = parseBody(response) ?? {};
    const taskId = [data.task_id, data.id].find((id) => typeof id === "string" && id) ?? null;
    const pollPath = this.resolvePollPath(data.poll_url, taskId);
    if (pollPath === null) {
      const message = "the response names no task: one may exist, check before you retry";
      throw new UncertainCreateError("unknown", message);
    }
    const task = { taskId, pollPath, deadline, snapshot: null, ids: {} };
    task.snapshot = readTask(task, response) ?? {};
    return task;
  }

  /** Return the path to poll: `poll_url` if it leads to the API, else the default path. */
  resolvePollPath(pollUrl, taskId) {
    // The key goes along with every poll, so a poll_url to another host must not be used.
    if (typeof pollUrl === "string") {
      if (/^\/(?!\/)[!-[\]-~]*$/.test(pollUrl)) return pollUrl.split("#")[0];
      const sameOrigin = origin(pollUrl) !== null && origin(pollUrl) === origin(this.host);
      if (sameOrigin) return requestTarget(pollUrl);
    }
    return taskId ? this.defaultPollPath(taskId) : null;
  }

  /** Return the documented path of a task. */
  defaultPollPath(taskId) {
    return `${this.prefix}/v1/tasks/${encodeURIComponent(taskId)}`;
  }

  /** Return the task of an earlier run; null if there was none. */
  loadTask(stateFile) {
    if (!stateFile || !fs.existsSync(stateFile)) return null;
    const text = fs.readFileSync(stateFile, "utf8");
    if (!text) {
      const message = "an earlier create had no response: a task may exist. Check, then delete the file";
      throw new UncertainCreateError("unknown", message);
    }
    const { task_id: taskId, poll_path: pollPath } = JSON.parse(text);
    return { taskId, pollPath, deadline: this.now() + this.timeLimit, snapshot: null, ids: {} };
  }

  /** Poll a task until it has ended, and return its video. */
  async wait(task) {
    for await (const snapshot of this.snapshots(task)) {
      if (hasEnded(snapshot)) return this.result(task, snapshot);
    }
  }

  /** Yield the task as the API shows it: first what is known, then each successful poll. */
  async *snapshots(task) {
    const started = this.now();
    let [pause, failures] = [0, 0];
    if (task.snapshot !== null) {
      yield task.snapshot;
      pause = this.pollInterval;
    }
    while (failures < this.maxPollFailures) {
      if (this.now() + pause > task.deadline) {
        const options = { outcome: "timeout", task };
        throw new SeedanceError("deadline", "the task did not end within timeLimit", options);
      }
      await this.sleepWithJitter(pause);
      const [snapshot, seconds] = await this.poll(task);
      if (snapshot !== null) {
        yield snapshot;
        pause = this.pollInterval * (this.now() - started < 60 ? 1 : 2);
        failures = 0;
      } else {
        const backoff = Math.max(1, this.pollInterval) * 2 ** failures;
        pause = Math.max(seconds, Math.min(backoff, 60));
        failures += 1;
      }
    }
    throw new SeedanceError("lookup_failed", "polling failed; the task may still run", { task });
  }

  /** Poll once. Return [task, seconds to wait], or [null, seconds] if the poll failed.
   *  A failed poll says nothing about the task, unless the API rejects it. */
  async poll(task) {
    let response;
    try {
      response = await this.send("GET", task.pollPath, null, task.deadline);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return [null, 0];
    }
    // 408 and 429 ask for another try. Any other 4xx would be the same the next time.
    if (response.status >= 400 && response.status < 500 && ![408, 429].includes(response.status)) {
      throw new RequestRejectedError(...errorOf(response), { task });
    }
    return [readTask(task, response), retryAfter(response)];
  }

  /** Return the video of a task that has ended. */
  result(task, snapshot) {
    if (snapshot.status === "completed") {
      const urls = videoUrls(snapshot);
      if (urls.length) return { urls, task };
      const options = { outcome: "failed", task };
      throw new SeedanceError("no_video", "the task completed without a video", options);
    }
    // The API has no status of its own for a cancelled task: it is a failed one with a flag.
    const outcome = snapshot.cancelled === true ? "cancelled" : "failed";
    const details = parseError(snapshot.error, "task_failed", "the API gave no reason");
    throw new SeedanceError(...details, { outcome, task });
  }

  /** Send one cancel, at once or as soon as the status of the task is `when`.
   *  Throws with the outcome "cancelled" if the task is cancelled. If the API refuses the cancel,
   *  the task goes on: the method waits and returns its video. */
  async cancel(task, when = "created") {
    let sent = false;
    for await (const polled of this.snapshots(task)) {
      let snapshot = polled;
      if (!sent && !hasEnded(snapshot) && ["created", snapshot.status].includes(when)) {
        sent = true;
        snapshot = (await this.#sendCancel(task)) ?? snapshot;
      }
      if (hasEnded(snapshot)) return this.result(task, snapshot);
    }
  }

  /** Send the cancel. Return the task as the response shows it; null if it does not. */
  async #sendCancel(task) {
    const taskId = task.taskId ?? task.pollPath.split("?")[0].split("/").pop();
    try {
      const path = this.defaultPollPath(taskId);
      return readTask(task, await this.send("DELETE", path, null, task.deadline));
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return null; // the next poll shows whether the task was cancelled
    }
  }

  /** Return the available models. */
  models() {
    return this.#getList("/v1/models");
  }

  /** Return the current prices. */
  prices() {
    return this.#getList("/v1/pricing");
  }

  /** Return the entries of a list endpoint. Unlike a create, a GET is safe to retry. */
  async #getList(path) {
    let response;
    for (let attempt = 0; attempt < this.maxCreateAttempts; attempt += 1) {
      try {
        response = await this.send("GET", this.prefix + path, null, this.now() + this.timeout);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        response = { status: 504, headers: {}, body: Buffer.alloc(0) };
      }
      if (![408, 429].includes(response.status) && response.status < 500) break;
      const wait = Math.min(retryAfter(response) || 2 ** attempt, 60);
      if (attempt + 1 < this.maxCreateAttempts) await this.sleepWithJitter(wait);
    }
    const entries = parseBody(response)?.data;
    if (response.status !== 200 || !Array.isArray(entries)) {
      throw new RequestRejectedError(...errorOf(response));
    }
    return entries;
  }

  /** Save result `number` to `path`, and return its SHA-256 digest in hexadecimal. */
  async download(video, path, number = 0) {
    // `path` appears only when the file is complete, so nobody reads half a video.
    const part = `${path}.part`;
    let url = video.urls[number];
    fs.rmSync(part, { force: true });
    for (let attempt = 0; attempt < this.maxDownloadAttempts; attempt += 1) {
      let [status, seconds] = [0, 0];
      try {
        [status, seconds] = await this.#downloadPart(url, part);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
      }
      if ([200, 206].includes(status)) {
        fs.renameSync(part, path);
        return createHash("sha256").update(fs.readFileSync(path)).digest("hex");
      }
      if ([401, 403, 404, 410].includes(status)) {
        // The signature in the URL has expired. A poll of the task returns a fresh URL.
        let snapshot;
        [snapshot, seconds] = await this.poll(video.task);
        url = videoUrls(snapshot ?? {})[number] ?? url;
      }
      const wait = Math.max(seconds, 2 ** attempt);
      const tooLate = this.now() + wait > video.task.deadline;
      if (attempt + 1 === this.maxDownloadAttempts || tooLate) break;
      await this.sleepWithJitter(wait);
    }
    const { task } = video;
    throw new SeedanceError("download_failed", "the video could not be downloaded", { task });
  }

  /** Download the bytes that `part` lacks, without the key. Return [status, seconds to wait];
   *  416 means that the download starts again. */
  async #downloadPart(firstUrl, part) {
    const size = fs.existsSync(part) ? fs.statSync(part).size : 0;
    const requestHeaders = size ? { Range: `bytes=${size}-` } : {};
    let url = firstUrl;
    for (let hops = 0; hops < 5; hops += 1) {
      let file = null;
      let mustRestart = false;
      const begin = ({ statusCode, headers }) => {
        const fits = String(headers["content-range"] ?? "").startsWith(`bytes ${size}-`);
        mustRestart = statusCode === 416 || (statusCode === 206 && !fits);
        if (mustRestart || ![200, 206].includes(statusCode)) return;
        // 200 instead of 206: the server ignores Range and sends the whole file.
        file = fs.openSync(part, statusCode === 206 ? "a" : "w");
      };
      const write = (chunk) => file !== null && fs.writeSync(file, chunk);
      let response;
      try {
        const limits = { idle: this.timeout };
        response = await this.#request("GET", url, requestHeaders, null, limits, begin, write);
      } finally {
        if (file !== null) fs.closeSync(file);
      }
      if ([301, 302, 303, 307, 308].includes(response.status)) {
        url = new URL(response.headers.location ?? "", url).href;
        continue;
      }
      if (mustRestart) fs.rmSync(part, { force: true });
      const status = mustRestart ? 416 : response.status;
      return [status, parseRetryAfter(response.headers["retry-after"])];
    }
    return [310, 0];
  }

  /** Send one request with the key to the API, and return its response. */
  async send(method, path, body, deadline) {
    const headers = { Authorization: `Bearer ${this.#key}`, Accept: "application/json" };
    if (body !== null) {
      headers["Content-Type"] = "application/json";
      headers["Content-Length"] = Buffer.byteLength(body);
    }
    // At least a second, so that the last poll before the deadline can still succeed.
    const limits = { total: Math.min(this.timeout, Math.max(1, deadline - this.now())) };
    const chunks = [];
    const write = (chunk) => chunks.push(chunk);
    const response = await this.#request(
      method, this.host + path, headers, body, limits, null, write,
    );
    return { ...response, body: Buffer.concat(chunks) };
  }

  /** Send a request on a new connection. Throws TransportError if the response is incomplete.
   *  `limits` are seconds: `total` for the whole response, `idle` without any data. `begin` is
   *  called with the response before its body, `write` with each chunk of the body. */
  #request(method, url, headers, body, { total, idle }, begin, write) {
    if (origin(url) === null) return Promise.reject(new TransportError());
    const { protocol, hostname, port } = new URL(url);
    const module = protocol === "https:" ? https : http;
    const host = hostname.replace(/^\[|\]$/g, "");
    // Without an agent every request has its own connection. A connection that is reused may be
    // closed by the server at any moment, and then it is unknown whether the request took effect.
    const options = { method, host, port, path: requestTarget(url), headers, agent: false };
    return new Promise((resolve, reject) => {
      let sent = false;
      const request = module.request(options);
      const abort = () => request.destroy(new TransportError());
      const timer = total && setTimeout(abort, total * 1000);
      if (idle) request.setTimeout(idle * 1000, abort);
      request.on("close", () => clearTimeout(timer));
      request.on("socket", (socket) => {
        socket.once(protocol === "https:" ? "secureConnect" : "connect", () => (sent = true));
      });
      request.on("error", () => reject(new TransportError(sent)));
      request.on("response", (response) => {
        const { statusCode: status, headers: responseHeaders } = response;
        // `begin` and `write` throw if the disk is full. That is no TransportError: do not retry.
        const fail = (error) => {
          reject(error);
          request.destroy();
        };
        response.on("error", () => reject(new TransportError()));
        response.on("data", (chunk) => {
          try {
            write(chunk);
          } catch (error) {
            fail(error);
          }
        });
        response.on("end", () => {
          if (response.complete) resolve({ status, headers: responseHeaders });
          else reject(new TransportError());
        });
        try {
          begin?.(response);
        } catch (error) {
          fail(error);
        }
      });
      request.end(body ?? undefined);
    });
  }
}
