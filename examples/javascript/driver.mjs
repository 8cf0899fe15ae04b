// Run one job of the reference client as `seedance-mock check-client` asks for it: see
// examples/python/driver.py, which does the same.

import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Client, SeedanceError } from "./seedance_client.mjs";

const SMALL = {
  model: "seedance-2.0-fast",
  operation: "text-to-video",
  prompt: "A paper boat",
  duration: 4,
  resolution: "480p",
};

const job = JSON.parse(process.env.KIT_JOB || "{}");
const request = job.request ?? SMALL;
const key = process.env.TOKENLAB_API_KEY;
const folder = process.env.KIT_STATE_DIR;

const outcome = (kind, task, more = {}) => ({
  kit: 1,
  outcome: kind,
  task_id: task?.taskId ?? null,
  ids: task?.ids ?? {},
  video_urls: [],
  ...more,
});

/** Return the file of a job, named for what is asked and never showing it. */
function state(number = 0) {
  if (!folder) return null;
  fs.mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  const known = fs.readdirSync(folder).filter((name) => name.endsWith(".job"));
  const only = job.action === "resume" && !job.request && known.length === 1;
  return path.join(folder, only ? known[0] : `${digest.slice(0, 16)}-${number}.job`);
}

/** Return the outcome of what gives a video or says why not. */
async function told(action) {
  try {
    const video = await action();
    return outcome("completed", video.job, { video_urls: video.urls });
  } catch (error) {
    if (!(error instanceof SeedanceError)) throw error;
    const problem = { code: error.code, message: error.told };
    return outcome(error.outcome, error.job, { error: problem });
  }
}

const generate = (client, number = 0) => told(() => client.generate(request, state(number)));

async function cancel(client) {
  return told(async () => {
    const task = client.resume(state()) ?? (await client.create(request, state()));
    return client.cancel(task, job.cancel_after ?? "created");
  });
}

async function batch(client) {
  const numbers = Array.from({ length: job.count ?? 3 }, (_, number) => number);
  const jobs = await Promise.all(numbers.map((number) => generate(client, number)));
  const done = jobs.every((one) => one.outcome === "completed");
  return outcome(done ? "completed" : "failed", null, { jobs });
}

async function download(client) {
  let sha256 = "";
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "seedance-"));
  try {
    const line = await told(async () => {
      const video = await client.generate(request, state());
      sha256 = await client.download(video, job.download_to ?? path.join(scratch, "video.mp4"));
      return video;
    });
    return { ...line, sha256 };
  } finally {
    fs.rmSync(scratch, { recursive: true });
  }
}

const ACTIONS = {
  generate: (client) => generate(client),
  resume: (client) => generate(client),
  cancel,
  batch,
  download,
  models: async (client) => {
    const found = await client.models();
    return outcome("completed", null, { models: found.map((one) => one.id) });
  },
  pricing: async (client) => outcome("completed", null, { prices: await client.prices() }),
};

async function main() {
  const action = job.action ?? "generate";
  if (!Object.hasOwn(ACTIONS, action)) return 127;
  const client = new Client(process.env.TOKENLAB_BASE_URL, key, {
    interval: job.poll_interval_s ?? 5,
    deadline: job.deadline_s ?? 60,
  });
  let line;
  try {
    line = await ACTIONS[action](client);
  } catch (error) {
    if (!(error instanceof SeedanceError)) throw error; // of a list
    line = outcome("error", null, { error: { code: error.code, message: error.told } });
  }
  console.log(JSON.stringify(line).replaceAll(key, "***"));
  const done = line.outcome === "completed" || (action === "cancel" && line.outcome === "cancelled");
  return done ? 0 : 1;
}

process.exitCode = await main();
