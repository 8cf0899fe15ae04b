// A create request that the page sends as a client would: its response, and then its task.

import { html } from "./shared/dom.js";
import { bodyView } from "./shared/json_view.js";
import { API_URL } from "./api.js";
import { statusClass } from "./entry_meaning.js";
import { screenLink } from "./router.js";
import { taskDetail } from "./task_detail.js";

export const CREATE_PATH = "v1/videos/generations";

// Returns { element, send(key, body), update(), isRunning() }. The request is in the journal, and faults apply to it.
export function createSentRequest({ tasks, accounts }) {
  const responsePlace = html("div", { "aria-live": "polite" });
  const taskPlace = html("div");
  let taskId = "";
  let detail = null;

  async function send(key, body) {
    forgetTask();
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    const response = await fetch(new URL(CREATE_PATH, API_URL), { method: "POST", headers, body }).catch(() => null);
    if (response === null) return responsePlace.replaceChildren(brokenConnection());
    responsePlace.replaceChildren(...responseParts(response, await response.text().catch(() => "")));
    taskId = response.headers.get("X-Task-ID") ?? "";
    await Promise.all([accounts.refresh(), tasks.refresh()]);
  }

  function forgetTask() {
    taskId = "";
    detail = null;
    taskPlace.replaceChildren();
  }

  function update() {
    const task = tasks.get(taskId);
    if (!task) return;
    if (detail === null) {
      detail = taskDetail(task, forgetTask, tasks.refresh);
      taskPlace.replaceChildren(detail.element);
    }
    detail.update(task, task.now);
  }

  return {
    element: html("div", {}, responsePlace, taskPlace),
    send,
    update,
    isRunning: () => ["pending", "processing"].includes(tasks.get(taskId)?.status),
  };
}

function brokenConnection() {
  const link = screenLink("See the traffic", "traffic");
  return html("p", { class: "failure" }, "No response: the connection broke, or a fault was injected. ", link);
}

function responseParts(response, text) {
  const id = response.headers.get("X-Request-ID");
  const badge = html("span", { class: `badge ${statusClass(response.status)}` }, response.status);
  const link = id ? screenLink("Why", "traffic", { request: id }) : "";
  return [html("p", { class: "outcome" }, badge, " ", link), ...[bodyView(text, "Response")].flat()];
}
