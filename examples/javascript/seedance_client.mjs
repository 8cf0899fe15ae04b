// A careful client of the TokenLab Seedance 2.0 video API for Node 18 or later. Copy this file.
//
//     const client = new Client(process.env.TOKENLAB_BASE_URL, process.env.TOKENLAB_API_KEY);
//     const request = { model: "seedance-2.0-fast", prompt: "A paper boat" };
//     const video = await client.generate(request, "boat.job");
//     await client.download(video, "boat.mp4");
//
// `boat.job` stands for one paid job: run the program again after a crash and it goes on with the
// same task. Whatever gives no video throws a SeedanceError whose `outcome` says what happened.
// It uses node:http and not fetch: nothing is followed, repeated or decoded behind our back, the
// request line is sent byte for byte, and every request has a connection of its own.

import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";

const CREATE = "/v1/videos/generations";
const URL_FORM = /^(https?):\/\/([^/?#@\\]+)([/?#][!-[\]-~]*)?$/i;

/** No video. `code` is the API's word where it has one; `outcome` is what to report. */
export class SeedanceError extends Error {
  constructor(code, message, { outcome = "error", job = null } = {}) {
    super(`${code}: ${message}`);
    Object.assign(this, { code, told: message, outcome, job });
  }
}

/** The API said no, and nothing was created or changed. */
export class Refused extends SeedanceError {}

/** A create was sent and its fate is unknown: a task may exist and be billed. Never repeat it. */
export class Unsure extends SeedanceError {}

/** No complete answer came. `sent` is false where no connection was made. */
class Lost extends Error {
  constructor(sent = true) {
    super("no complete answer");
    this.sent = sent;
  }
}

/** Return [scheme, host, port] of an http URL as one text; null if it is not to be followed. */
function origin(url) {
  if (typeof url !== "string" || !URL_FORM.test(url)) return null;
  try {
    const { protocol, hostname, port } = new URL(url);
    return [protocol, hostname, port || { "http:": 80, "https:": 443 }[protocol]].join(" ");
  } catch {
    return null;
  }
}

/** Return path and query of a URL, byte for byte, for the request line. */
function target(url) {
  const rest = (URL_FORM.exec(url)[3] ?? "").split("#")[0];
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Return the JSON object of an answer, or null if its body is anything else. */
function dataOf(answer) {
  try {
    const data = JSON.parse(answer.body.toString("utf8"));
    return data !== null && typeof data === "object" && !Array.isArray(data) ? data : null;
  } catch {
    return null;
  }
}

/** Return the seconds that Retry-After asks to wait; 0 where it makes no sense. */
function seconds(retryAfter, date) {
  const text = String(retryAfter ?? "").trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/ GMT$/.test(text)) return 0; // Date.parse would make a date of "-5"
  const waited = Date.parse(text) - (Date.parse(date) || Date.now());
  return waited > 0 ? waited / 1000 : 0;
}

/** Return what header or body ask to wait, the longer. */
function hintOf({ headers, ...answer }) {
  const inBody = dataOf(answer)?.error?.retry_after;
  return Math.max(seconds(headers["retry-after"], headers.date), seconds(inBody));
}

/** Return [code, message] of an error, which may be text, an object or absent. */
function described(error, code, message) {
  if (typeof error === "string" && error) return [code, error];
  return [String(error?.code || error?.type || code), String(error?.message || message)];
}

function errorOf(answer) {
  const data = dataOf(answer);
  return described(data?.error || data, `http_${answer.status}`, `HTTP ${answer.status}`);
}

/** Return the operation of a request: its own, else the one that its inputs stand for. */
function operationOf(request) {
  const has = (...names) => names.some((name) => name in request);
  if (request.operation) return request.operation;
  const several = ["image_urls", "video_urls"].some((name) => request[name]?.length > 1);
  if (several) return "reference-to-video";
  if (has("task_id", "extend_at", "extend_times")) return "video-extension";
  if (has("start_image", "end_image")) return "start-end-to-video";
  if (has("reference_images", "referenceImages", "audio_urls")) return "reference-to-video";
  if (has("video_url", "video_urls")) return "video-to-video";
  if (has("image_url", "image", "image_urls")) return "image-to-video";
  return "text-to-video";
}

/** Return the URLs of the results, from every place where the API may put them. */
function videoUrls(task) {
  const places = [task.video, task.videos, task.content, task.data].flat();
  const found = places.flatMap((one) => [one?.url ?? one, one?.video_url]);
  return [...new Set([task.video_url, ...found])].filter((url) => origin(url) !== null);
}

/** Tell whether a task is over. Unknown words are not, and progress says nothing. */
const ended = (seen) => ["completed", "failed"].includes(seen.status);

/** Keep the ids of an answer about a task; return its state if it tells one, else null. */
function note(job, answer) {
  const data = dataOf(answer);
  for (const name of ["request_id", "billing_transaction_id"]) {
    const told = data?.[name] || answer.headers[`x-${name.replaceAll("_", "-")}`];
    if (told) job.ids[name] = String(told);
  }
  return answer.status === 200 && typeof data?.status === "string" ? data : null;
}

/** Replace the file of a job, so that it is whole whenever the power fails. */
function keep(state, record) {
  fs.writeFileSync(`${state}.new`, JSON.stringify(record), { mode: 0o600, flush: true });
  fs.renameSync(`${state}.new`, state);
}

/** The API at `baseUrl`, with or without `/v1` at its end. Times are in seconds. */
export class Client {
  #key;
  createTries = 3;
  lookupTries = 8;
  downloadTries = 5;

  constructor(baseUrl, apiKey, { interval = 5, deadline = 1800, timeout = 30 } = {}) {
    const base = baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "").replace(/\/+$/, "");
    if (origin(base) === null) throw new TypeError("baseUrl must be an http or https URL");
    if (!/^[!-~]+$/.test(apiKey)) throw new TypeError("the API key must be printable ASCII");
    this.prefix = target(base).replace(/\/+$/, ""); // of a gateway; poll_url has its own
    this.host = base.slice(0, base.length - this.prefix.length);
    this.#key = apiKey;
    Object.assign(this, { interval, deadline, timeout });
  }

  now() {
    return performance.now() / 1000;
  }

  /** Sleep a little longer than asked, so that many clients do not wake as one. */
  rest(pause) {
    const more = pause * (1 + Math.random() / 20) * 1000;
    return new Promise((wake) => setTimeout(wake, Math.ceil(more)));
  }

  /** Return the video of a job, which is created unless `state` knows it already. */
  async generate(request, state = null) {
    return this.wait(this.resume(state) ?? (await this.create(request, state)));
  }

  /** Create a task once. Only an answer that says "not now" leads to another try. */
  async create(request, state = null) {
    const until = this.now() + this.deadline;
    const body = JSON.stringify({ ...request, operation: operationOf(request) });
    // Written first: whoever finds it empty knows that a create may have been sent.
    if (state) fs.writeFileSync(state, "", { flag: "wx", mode: 0o600 });
    let job;
    try {
      job = this.#created(await this.#ask(body, until), until);
    } catch (error) {
      if (state && error instanceof Refused) fs.unlinkSync(state);
      throw error;
    }
    if (state) keep(state, { task_id: job.taskId, poll: job.poll });
    return job;
  }

  async #ask(body, until) {
    let answer;
    for (let failures = 1; failures <= this.createTries; failures += 1) {
      try {
        answer = await this.call("POST", this.prefix + CREATE, body, until);
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        if (!error.sent) throw new Refused("unreachable", "no connection to the API");
        throw new Unsure("unknown", "no answer: a task may exist, look before a retry");
      }
      if (answer.status < 300) return answer;
      const pause = hintOf(answer) || 2 ** failures;
      if (!this.mayRepeat(answer) || this.now() + pause > until) break;
      if (failures < this.createTries) await this.rest(pause);
    }
    const [code, message] = errorOf(answer);
    const applied = answer.status >= 500 && code !== "all_channels_failed";
    throw new (applied ? Unsure : Refused)(code, message);
  }

  /** Tell whether a create that was answered so is not applied, and welcome later. */
  mayRepeat(answer) {
    const says = dataOf(answer)?.error?.retryable;
    return answer.status === 429 ? says !== false : says === true && answer.status === 503;
  }

  #created(answer, until) {
    const data = dataOf(answer) ?? {};
    const taskId = [data.task_id, data.id].find((id) => typeof id === "string" && id) ?? null;
    const poll = this.pollTarget(data.poll_url, taskId);
    if (poll === null) throw new Unsure("unknown", "the answer is no task: one may exist all the same");
    const job = { taskId, poll, until, seen: null, ids: {} };
    job.seen = note(job, answer) ?? {};
    return job;
  }

  /** Return what to ask for: poll_url as it is if it leads to the API, else the usual path. */
  pollTarget(pollUrl, taskId) {
    if (typeof pollUrl === "string") {
      if (/^\/(?!\/)[!-[\]-~]*$/.test(pollUrl)) return pollUrl.split("#")[0];
      if (origin(pollUrl) !== null && origin(pollUrl) === origin(this.host)) return target(pollUrl);
    }
    return taskId ? this.usual(taskId) : null;
  }

  usual(taskId) {
    return `${this.prefix}/v1/tasks/${encodeURIComponent(taskId)}`;
  }

  /** Return the job of an earlier run, or null if there was none. */
  resume(state) {
    if (!state || !fs.existsSync(state)) return null;
    const text = fs.readFileSync(state, "utf8");
    if (!text) throw new Unsure("unknown", "an earlier create had no answer; look, then delete its file");
    const { task_id: taskId, poll } = JSON.parse(text);
    return { taskId, poll, until: this.now() + this.deadline, seen: null, ids: {} };
  }

  /** Poll a task to its end. */
  async wait(job) {
    for await (const seen of this.watch(job)) if (ended(seen)) return this.verdict(job, seen);
  }

  /** Yield what the API says of a task: at first what is known, then poll after poll. */
  async *watch(job) {
    const started = this.now();
    let [pause, failures] = [0, 0];
    if (job.seen !== null) {
      yield job.seen;
      pause = this.interval;
    }
    while (failures < this.lookupTries) {
      if (this.now() + pause > job.until) {
        const error = { outcome: "timeout", job };
        throw new SeedanceError("deadline", "not finished in the time given", error);
      }
      await this.rest(pause);
      const [seen, hint] = await this.look(job);
      if (seen !== null) {
        yield seen;
        pause = this.interval * (this.now() - started < 60 ? 1 : 2);
        failures = 0;
      } else {
        pause = Math.max(hint, Math.min(Math.max(1, this.interval) * 2 ** failures, 60));
        failures += 1;
      }
    }
    throw new SeedanceError("lookup_failed", "the task cannot be read; it may be running", { job });
  }

  /** Poll once. A lookup that fails says nothing of the task: [null, seconds to wait]. */
  async look(job) {
    let answer;
    try {
      answer = await this.call("GET", job.poll, null, job.until);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return [null, 0];
    }
    if (answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status)) {
      throw new Refused(...errorOf(answer), { job });
    }
    return [note(job, answer), hintOf(answer)];
  }

  /** Return the video of a task that has ended. */
  verdict(job, seen) {
    if (seen.status === "completed") {
      const urls = videoUrls(seen);
      if (urls.length) return { urls, job };
      throw new SeedanceError("no_video", "completed, but without a file", { outcome: "failed", job });
    }
    const outcome = seen.cancelled === true ? "cancelled" : "failed";
    const told = described(seen.error, "task_failed", "the API gives no reason");
    throw new SeedanceError(...told, { outcome, job });
  }

  /** Ask once to cancel, as soon as the task is created or `when` is its status.
   *  Throws with the outcome "cancelled" where that succeeds. A refusal is no end. */
  async cancel(job, when = "created") {
    let asked = false;
    for await (const state of this.watch(job)) {
      let seen = state;
      if (!asked && !ended(seen) && ["created", seen.status].includes(when)) {
        asked = true;
        seen = (await this.#delete(job)) ?? seen;
      }
      if (ended(seen)) return this.verdict(job, seen);
    }
  }

  async #delete(job) {
    const taskId = job.taskId ?? job.poll.split("?")[0].split("/").pop();
    try {
      return note(job, await this.call("DELETE", this.usual(taskId), null, job.until));
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return null; // the next poll tells
    }
  }

  /** Return the models on offer. */
  models() {
    return this.#list("/v1/models");
  }

  /** Return the prices in force. */
  prices() {
    return this.#list("/v1/pricing");
  }

  async #list(path) {
    let answer;
    for (let failures = 0; failures < this.createTries; failures += 1) {
      try {
        answer = await this.call("GET", this.prefix + path, null, this.now() + this.timeout);
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        answer = { status: 504, headers: {}, body: Buffer.alloc(0) };
      }
      if (![408, 429].includes(answer.status) && answer.status < 500) break;
      if (failures + 1 < this.createTries) await this.rest(Math.min(hintOf(answer) || 2 ** failures, 60));
    }
    const data = dataOf(answer)?.data;
    if (answer.status !== 200 || !Array.isArray(data)) throw new Refused(...errorOf(answer));
    return data;
  }

  /** Save a result, and return its SHA-256. The file appears only when it is complete. */
  async download(video, path, number = 0) {
    const part = `${path}.part`;
    let url = video.urls[number];
    fs.rmSync(part, { force: true });
    for (let failures = 0; failures < this.downloadTries; failures += 1) {
      let [status, hint] = [0, 0];
      try {
        [status, hint] = await this.#fetch(url, part);
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
      }
      if ([200, 206].includes(status)) {
        fs.renameSync(part, path);
        return createHash("sha256").update(fs.readFileSync(path)).digest("hex");
      }
      if ([401, 403, 404, 410].includes(status)) {
        const [seen, wait] = await this.look(video.job); // a signature expires; the task knows
        url = videoUrls(seen ?? {})[number] ?? url;
        hint = wait;
      }
      const pause = Math.max(hint, 2 ** failures);
      if (failures + 1 === this.downloadTries || this.now() + pause > video.job.until) break;
      await this.rest(pause);
    }
    throw new SeedanceError("download_failed", "the file could not be fetched", { job: video.job });
  }

  /** Fetch what `part` lacks. Return status and seconds to wait. The key stays at home. */
  async #fetch(first, part) {
    const have = fs.existsSync(part) ? fs.statSync(part).size : 0;
    const headers = have ? { Range: `bytes=${have}-` } : {};
    let url = first;
    for (let hops = 0; hops < 5; hops += 1) {
      let file = null;
      let misfit = false;
      const begin = (response) => {
        const { statusCode, headers: told } = response;
        const fits = String(told["content-range"] ?? "").startsWith(`bytes ${have}-`);
        misfit = statusCode === 416 || (statusCode === 206 && !fits);
        if (misfit || ![200, 206].includes(statusCode)) return;
        file = fs.openSync(part, statusCode === 206 ? "a" : "w");
      };
      const write = (piece) => file !== null && fs.writeSync(file, piece);
      let answer;
      try {
        const limit = { idle: this.timeout };
        answer = await this.#exchange("GET", url, headers, null, limit, begin, write);
      } finally {
        if (file !== null) fs.closeSync(file);
      }
      if ([301, 302, 303, 307, 308].includes(answer.status)) {
        url = new URL(answer.headers.location ?? "", url).href;
        continue;
      }
      if (misfit) fs.rmSync(part, { force: true }); // not the rest of what is here: begin again
      return [misfit ? 416 : answer.status, seconds(answer.headers["retry-after"])];
    }
    return [310, 0];
  }

  /** Send one request to the API, with the key, and return its answer. Follow nothing. */
  async call(method, path, body, until) {
    const headers = { Authorization: `Bearer ${this.#key}`, Accept: "application/json" };
    if (body !== null) {
      headers["Content-Type"] = "application/json";
      headers["Content-Length"] = Buffer.byteLength(body);
    }
    const whole = Math.min(this.timeout, Math.max(1, until - this.now()));
    const found = [];
    const write = (piece) => found.push(piece);
    const limit = { whole };
    const answer = await this.#exchange(method, this.host + path, headers, body, limit, null, write);
    return { ...answer, body: Buffer.concat(found) };
  }

  /** Send a request on a connection of its own. Throws Lost where no whole answer comes. */
  #exchange(method, url, headers, body, { whole, idle }, begin, write) {
    if (origin(url) === null) return Promise.reject(new Lost());
    const { protocol, hostname, port } = new URL(url);
    const kind = protocol === "https:" ? https : http;
    const host = hostname.replace(/^\[|\]$/g, "");
    const options = { method, host, port, path: target(url), headers, agent: false };
    return new Promise((resolve, reject) => {
      let sent = false;
      const request = kind.request(options);
      const stop = () => request.destroy(new Lost());
      const timer = whole && setTimeout(stop, whole * 1000);
      if (idle) request.setTimeout(idle * 1000, stop);
      request.on("close", () => clearTimeout(timer));
      request.on("socket", (socket) => {
        socket.once(protocol === "https:" ? "secureConnect" : "connect", () => (sent = true));
      });
      request.on("error", () => reject(new Lost(sent)));
      request.on("response", (response) => {
        const answer = { status: response.statusCode, headers: response.headers };
        const fail = (error) => {
          reject(error);
          request.destroy();
        };
        response.on("error", () => reject(new Lost()));
        response.on("data", (piece) => {
          try {
            write(piece);
          } catch (error) {
            fail(error); // of the disk
          }
        });
        response.on("end", () => (response.complete ? resolve(answer) : reject(new Lost())));
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
