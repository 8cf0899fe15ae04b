// Make one video with fetch. TOKENLAB_BASE_URL says where, TOKENLAB_API_KEY as whom.

const base = process.env.TOKENLAB_BASE_URL.replace(/\/+$/, "").replace(/\/v1$/, "");
const job = JSON.parse(process.env.KIT_JOB || "{}");
if ((job.action ?? "generate") !== "generate") process.exit(127);
const small = { model: "seedance-2.0-fast", prompt: "A paper boat", duration: 4 };
const request = { operation: "text-to-video", ...(job.request ?? small) };
const interval = job.poll_interval_s ?? 5;
const until = Date.now() + (job.deadline_s ?? 600) * 1000;
const sleep = (seconds) => new Promise((wake) => setTimeout(wake, Math.ceil(seconds * 1000)));
const late = (pause) => Date.now() + pause * 1000 > until;

/** Return status, headers and JSON of an answer; status 0 where none came. */
async function send(method, path, body) {
  const headers = { Authorization: `Bearer ${process.env.TOKENLAB_API_KEY}` };
  if (body) headers["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout(30_000);
  const options = { method, headers, body: body && JSON.stringify(body), redirect: "manual", signal };
  try {
    const answer = await fetch(base + path, options);
    const text = await answer.text();
    try {
      return { status: answer.status, headers: answer.headers, data: JSON.parse(text) ?? {} };
    } catch {
      return { status: answer.status, headers: answer.headers, data: {} };
    }
  } catch {
    return { status: 0, headers: new Headers(), data: {} };
  }
}

/** Say what happened, and leave. */
function end(outcome, task, error = null, urls = []) {
  const task_id = task?.id ?? task?.task_id ?? null;
  console.log(JSON.stringify({ kit: 1, outcome, task_id, video_urls: urls, error }));
  process.exit(outcome === "completed" ? 0 : 1);
}

/** Return the seconds that an error asks to wait. */
function hint({ headers, data }) {
  const asked = [headers.get("Retry-After"), data.error?.retry_after].map(Number);
  return Math.max(0, ...asked.filter((one) => one > 0));
}

/** Create the task: once, unless the API says that it did not and may be asked again. */
async function create() {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send("POST", "/v1/videos/generations", request);
    const { status, data } = answer;
    if (status === 200 && (data.id || data.task_id)) return data;
    const pause = hint(answer) || 2 ** attempt;
    const welcome = data.error?.retryable === true && [429, 503].includes(status);
    if (!welcome || attempt === 3 || late(pause)) {
      end("error", null, data.error ?? { message: `HTTP ${status}: a task may exist, look first` });
    }
    await sleep(pause);
  }
}

/** Return where to poll. The key goes nowhere else than to the API. */
function pollPath(task) {
  const url = String(task.poll_url);
  if (/^\/(?!\/)/.test(url)) return url;
  if (url.startsWith(`${base}/`)) return url.slice(base.length);
  return `/v1/tasks/${encodeURIComponent(task.id ?? task.task_id)}`;
}

let task = await create();
const path = pollPath(task);
let [failures, pause] = [0, interval];
while (!["completed", "failed"].includes(task.status)) {
  if (failures === 8 || late(pause)) end("timeout", task);
  await sleep(pause);
  const answer = await send("GET", path);
  const { status, data } = answer;
  if (status >= 400 && status < 500 && ![408, 429].includes(status)) end("error", task, data.error);
  const found = status === 200 && Boolean(data.status);
  [task, failures] = found ? [data, 0] : [task, failures + 1];
  pause = found ? interval : Math.max(hint(answer), Math.min(interval * 2 ** failures, 60), 1);
}

if (task.status === "failed") end(task.cancelled ? "cancelled" : "failed", task, task.error);
const found = [task.video_url, task.video?.url, ...(task.videos ?? []).map((one) => one.url)];
const urls = [...new Set(found.filter(Boolean))];
end(urls.length ? "completed" : "failed", task, urls.length ? null : "no video", urls);
