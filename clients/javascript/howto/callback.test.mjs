// Receive callbacks, also one that comes twice, without waiting for a video.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { useSeedanceMock } from "seedance-mock/node-test";

const mock = useSeedanceMock();

/** Collect the tasks of callbacks. This is the code under test: it notes each status once. */
function receiver() {
  const statuses = new Map();
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { id, status } = JSON.parse(body);
    const known = statuses.get(id) ?? [];
    if (!known.includes(status)) statuses.set(id, [...known, status]);
    response.writeHead(204).end();
  });
  return { server, statuses };
}

test("a callback that comes twice is noted once", async () => {
  const account = await mock.account("callback-twice");
  await account.clock.freeze();
  const { server, statuses } = receiver();
  await once(server.listen(0, "127.0.0.1"), "listening");

  const created = await fetch(`${account.url}/api/v3/contents/generations/tasks`, {
    method: "POST",
    headers: { Authorization: `Bearer ${account.key}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      model: "doubao-seedance-2-0-260128",
      content: [{ type: "text", text: "A paper boat" }],
      callback_url: `http://127.0.0.1:${server.address().port}/hook`,
    }),
  });
  const { id } = await created.json();
  // Everything that becomes due is delivered before the clock returns.
  await account.clock.advance(600);
  server.close();

  assert.deepEqual(statuses.get(id), ["queued", "running", "succeeded"]);
});
