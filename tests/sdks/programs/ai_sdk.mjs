// Run scenarios with the AI SDK and its provider for ByteDance, and print as JSON what it returned.
//
//   node ai_sdk.mjs NODE_MODULES < '{"SCENARIO": "API_KEY", …}'
//
// The address is in BASE_URL. The packages are not beside this file, so they are imported by path.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { experimental_generateVideo: generateVideo } = require("ai");
const { createByteDance } = require("@ai-sdk/bytedance");

const BASE_URL = process.env.BASE_URL;

// Without a `download` of its own the AI SDK refuses every address of this machine.
async function download({ url }) {
  const response = await fetch(url);
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: "video/mp4" };
}

function generate(apiKey, more = {}) {
  const { pollTimeoutMs = 5000, ...options } = more;
  return generateVideo({
    model: createByteDance({ baseURL: BASE_URL, apiKey }).video("doubao-seedance-2-0-260128"),
    prompt: "A kite above a harbour",
    providerOptions: { bytedance: { pollIntervalMs: 50, pollTimeoutMs } },
    download,
    ...options,
  });
}

async function errorOf(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { name: error.name, message: error.message, status: error.statusCode ?? null };
  }
}

async function generated(apiKey) {
  const { video, providerMetadata } = await generate(apiKey);
  return { bytes: video.uint8Array.length, metadata: providerMetadata.bytedance };
}

const SCENARIOS = {
  generated,
  failing_poll: (apiKey) => errorOf(generate(apiKey)),
  refused: (apiKey) => errorOf(generate(apiKey, { duration: 99 })),
  failed: (apiKey) => errorOf(generate(apiKey)),
  cancelled: (apiKey) => errorOf(generate(apiKey, { pollTimeoutMs: 700, maxRetries: 0 })),
  default_download: (apiKey) => errorOf(generate(apiKey, { download: undefined, maxRetries: 0 })),
};

const keys = JSON.parse(readFileSync(0, "utf8"));
const outcomes = await Promise.all(
  Object.entries(keys).map(async ([name, key]) => [name, await SCENARIOS[name](key)]),
);
console.log(JSON.stringify(Object.fromEntries(outcomes)));
