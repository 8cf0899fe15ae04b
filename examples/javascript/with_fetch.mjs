// Generate one video with fetch. TOKENLAB_BASE_URL and TOKENLAB_API_KEY name the API and the key.
// KIT_JOB is optional: the contract kit sets it to describe a case.

const base = process.env.TOKENLAB_BASE_URL.replace(/\/+$/, "").replace(/\/v1$/, "");
const job = JSON.parse(process.env.KIT_JOB || "{}");
if ((job.action ?? "generate") !== "generate") process.exit(127);
const defaultRequest = { model: "seedance-2.0-fast", prompt: "A paper boat", duration: 4 };
const request = { operation: "text-to-video", ...(job.request ?? defaultRequest) };
const pollInterval = job.poll_interval_s ?? 5;
const deadline = Date.now() + (job.deadline_s ?? 600) * 1000;

/** Return a promise that resolves after some seconds. */
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, Math.ceil(seconds * 1000)));

/** Tell whether the deadline comes before the end of a wait. */
const tooLate = (seconds) => Date.now() + seconds * 1000 > deadline;

/** Return the status, headers and JSON of a response; status 0 if there is none. */
async function send(method, path, body) {
  const headers = { Authorization: `Bearer ${process.env.TOKENLAB_API_KEY}` };
  if (body) headers["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout(30_000);
  // "manual": a redirect must not take the request to another host.
  const options = { method, headers, body: body && JSON.stringify(body), redirect: "manual", signal };
  try {
    const response = await fetch(base + path, options);
    const text = await response.text();
    try {
      return { status: response.status, headers: response.headers, data: JSON.parse(text) ?? {} };
    } catch {
      return { status: response.status, headers: response.headers, data: {} };
    }
  } catch {
    return { status: 0, headers: new Headers(), data: {} };
  }
}

/** Print the outcome and exit. */
function finish(outcome, task, error = null, urls = []) {
  const task_id = task?.id ?? task?.task_id ?? null;
  console.log(JSON.stringify({ kit: 1, outcome, task_id, video_urls: urls, error }));
  process.exit(outcome === "completed" ? 0 : 1);
}

/** Return the seconds to wait before a retry: the longer of header and body, 0 if none. */
function retryAfter({ headers, data }) {
  const values = [headers.get("Retry-After"), data.error?.retry_after].map(Number);
  return Math.max(0, ...values.filter((value) => value > 0));
}

/** Create the task. Retry only if the API says that it created nothing. */
async function create() {
  for (let attempt = 1; ; attempt += 1) {
    const response = await send("POST", "/v1/videos/generations", request);
    const { status, data } = response;
    if (status === 200 && (data.id || data.task_id)) return data;
    const wait = retryAfter(response) || 2 ** attempt;
    // Without a response, or after a 502 or 504, a task may exist: a retry could pay twice.
    const retryable = data.error?.retryable === true && [429, 503].includes(status);
    if (!retryable || attempt === 3 || tooLate(wait)) {
      const message = `HTTP ${status}: a task may exist, check before you retry`;
      finish("error", null, data.error ?? { message });
    }
    await sleep(wait);
  }
}

/** Return the path to poll: `poll_url` if it leads to the API, else the documented path. */
function pollPath(task) {
  // Every poll carries the key, so it must not go to another host. "//host/" is another host.
  const url = String(task.poll_url);
  if (/^\/(?!\/)/.test(url)) return url;
  if (url.startsWith(`${base}/`)) return url.slice(base.length);
  return `/v1/tasks/${encodeURIComponent(task.id ?? task.task_id)}`;
}

let task = await create();
const path = pollPath(task);
let [failures, wait] = [0, pollInterval];
while (!["completed", "failed"].includes(task.status)) {
  if (failures === 8 || tooLate(wait)) finish("timeout", task);
  await sleep(wait);
  const response = await send("GET", path);
  const { status, data } = response;
  if (status >= 400 && status < 500 && ![408, 429].includes(status)) {
    finish("error", task, data.error);
  }
  // Any other failed poll says nothing about the task, which goes on and is paid for.
  if (status === 200 && data.status) {
    [task, failures, wait] = [data, 0, pollInterval];
  } else {
    failures += 1;
    wait = Math.max(retryAfter(response), Math.min(pollInterval * 2 ** failures, 60), 1);
  }
}

if (task.status === "failed") {
  finish(task.cancelled ? "cancelled" : "failed", task, task.error);
}
const videos = (task.videos ?? []).map((item) => item.url);
const urls = [...new Set([task.video_url, task.video?.url, ...videos].filter(Boolean))];
finish(urls.length ? "completed" : "failed", task, urls.length ? null : "no video", urls);
