// Run the reference client for one case of `seedance-mock check-client`. The environment and the
// exit status are described in examples/python/driver.py, which does the same.

import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Client, SeedanceError } from "./seedance_client.mjs";

const DEFAULT_REQUEST = {
  model: "seedance-2.0-fast",
  operation: "text-to-video",
  prompt: "A paper boat",
  duration: 4,
  resolution: "480p",
};
const UNSUPPORTED = 127;

const job = JSON.parse(process.env.KIT_JOB || "{}");
const request = job.request ?? DEFAULT_REQUEST;
const key = process.env.TOKENLAB_API_KEY;
const folder = process.env.KIT_STATE_DIR;

/** Return the outcome line that the kit reads. */
const outcomeLine = (outcome, task, members = {}) => ({
  kit: 1,
  outcome,
  task_id: task?.taskId ?? null,
  ids: task?.ids ?? {},
  video_urls: [],
  ...members,
});

/** Return the state file for request `number` of the job. */
function stateFile(number = 0) {
  if (!folder) return null;
  fs.mkdirSync(folder, { recursive: true });
  // A digest finds the same file for the same request, and does not show the prompt.
  const digest = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  const existing = fs.readdirSync(folder).filter((name) => name.endsWith(".task.json"));
  const continued = job.action === "resume" && !job.request && existing.length === 1;
  return path.join(folder, continued ? existing[0] : `${digest.slice(0, 16)}-${number}.task.json`);
}

/** Run an action, and return its outcome line. */
async function run(action) {
  try {
    const video = await action();
    return outcomeLine("completed", video.task, { video_urls: video.urls });
  } catch (error) {
    if (!(error instanceof SeedanceError)) throw error;
    const details = { code: error.code, message: error.details };
    return outcomeLine(error.outcome, error.task, { error: details });
  }
}

const generate = (client, number = 0) => run(() => client.generate(request, stateFile(number)));

async function cancel(client) {
  return run(async () => {
    const task = client.loadTask(stateFile()) ?? (await client.create(request, stateFile()));
    return client.cancel(task, job.cancel_after ?? "created");
  });
}

async function batch(client) {
  const numbers = Array.from({ length: job.count ?? 3 }, (_, number) => number);
  const jobs = await Promise.all(numbers.map((number) => generate(client, number)));
  const completed = jobs.every((line) => line.outcome === "completed");
  return outcomeLine(completed ? "completed" : "failed", null, { jobs });
}

async function download(client) {
  let sha256 = "";
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "seedance-"));
  try {
    const line = await run(async () => {
      const video = await client.generate(request, stateFile());
      sha256 = await client.download(video, job.download_to ?? path.join(temporary, "video.mp4"));
      return video;
    });
    return { ...line, sha256 };
  } finally {
    fs.rmSync(temporary, { recursive: true });
  }
}

async function models(client) {
  const ids = (await client.models()).map((model) => model.id);
  return outcomeLine("completed", null, { models: ids });
}

async function pricing(client) {
  return outcomeLine("completed", null, { prices: await client.prices() });
}

const ACTIONS = {
  generate: (client) => generate(client),
  resume: (client) => generate(client),
  cancel,
  batch,
  download,
  models,
  pricing,
};

async function main() {
  const action = job.action ?? "generate";
  if (job.dialect === "v3" || !Object.hasOwn(ACTIONS, action)) return UNSUPPORTED;
  const client = new Client(process.env.TOKENLAB_BASE_URL, key, {
    pollInterval: job.poll_interval_s ?? 5,
    timeLimit: job.deadline_s ?? 60,
  });
  let line;
  try {
    line = await ACTIONS[action](client);
  } catch (error) {
    // Thrown by `models` and `pricing`; the other actions return an outcome line.
    if (!(error instanceof SeedanceError)) throw error;
    line = outcomeLine("error", null, { error: { code: error.code, message: error.details } });
  }
  // An error message of the server may quote the key.
  console.log(JSON.stringify(line).replaceAll(key, "***"));
  const cancelled = action === "cancel" && line.outcome === "cancelled";
  return line.outcome === "completed" || cancelled ? 0 : 1;
}

process.exitCode = await main();
