// One task: what it makes and costs, its result, and what can be done with it.

import { html } from "./shared/dom.js";
import { breakable, factList, visible } from "./shared/text.js";
import { controlPost } from "./api.js";
import { dateAndTime, dollars, span } from "./format.js";
import { actionButton, detailPanel, field } from "./parts.js";
import { screenLink } from "./router.js";
import { taskCallbacks } from "./task_callbacks.js";
import { taskFiles } from "./task_files.js";
import { STATE_CLASSES } from "./task_lane.js";
import { stateAt } from "./time_axis.js";

// Returns { element, update(task, now) }. Only what changes is built again, so that a playing video goes on.
export function taskDetail(task, onClose, onChanged) {
  const state = html("p", { class: "outcome" });
  const [facts, files, actions] = [html("div"), html("div", { class: "files" }), html("div")];
  const callbacks = taskCallbacks(task.task_id);
  const element = detailPanel(
    "Task",
    breakable(task.task_id),
    onClose,
    state,
    actions,
    files,
    facts,
    callbacks.element,
    html("p", {}, screenLink("Its requests", "traffic", { task: task.task_id })),
  );
  const shown = { state: "", files: "" };

  async function force(status, extra = {}) {
    await controlPost(`tasks/${encodeURIComponent(task.task_id)}`, { status, ...extra });
    await onChanged();
  }

  function update(latest, now) {
    const current = stateAt(latest, now);
    if (current !== shown.state) {
      shown.state = current;
      const badge = html("span", { class: `badge ${STATE_CLASSES[current] ?? ""}` }, current);
      state.replaceChildren(badge, latest.failure ? ` ${visible(latest.failure)}` : "");
      actions.replaceChildren(...taskActions(current, force));
      // A callback follows each change of the status.
      callbacks.update();
    }
    if (latest.files.join() !== shown.files) {
      shown.files = latest.files.join();
      files.replaceChildren(...taskFiles(latest));
    }
    facts.replaceChildren(taskFacts(latest, now));
  }

  return { element, update };
}

function taskActions(current, force) {
  if (!["pending", "processing"].includes(current)) return [];
  const isPending = current === "pending";
  const failure = html("input", { type: "text", maxlength: 500, value: "Content policy violation" });
  const fail = () => force("failed", failure.value ? { failure: failure.value } : {});
  return [
    html("h3", {}, "From now on"),
    html(
      "div",
      { class: "actions" },
      isPending ? actionButton("Start", () => force("processing")) : null,
      actionButton("Complete", () => force("completed")),
      actionButton("Hold", () => force("held")),
      actionButton("Cancel", () => force("cancelled")),
      isPending ? actionButton("Expire", () => force("expired")) : null,
    ),
    html("div", { class: "row-of-fields" }, field("Error", failure), actionButton("Fail with it", fail)),
  ];
}

function taskFacts(task, now) {
  const { video } = task;
  return factList([
    ["Model", visible(task.model)],
    ["Account", screenLink(visible(task.account), "accounts", { account: task.account })],
    [
      "Video",
      `${video.seconds} s, ${video.resolution}, ${video.ratio}, ${video.width} × ${video.height} px${video.audio ? ", with sound" : ""}`,
    ],
    ["Created", dateAndTime(task.created)],
    ["Age", span(now - task.created)],
    [isPast(task.starts_at, now) ? "Started" : "Starts", relative(task.starts_at, now, "never")],
    [isPast(task.ends_at, now) ? "Ended" : "Ends", relative(task.ends_at, now, "not on its own")],
    ["Reserved", dollars(task.reserved_usd)],
    ["Charged", dollars(task.charged_usd)],
  ]);
}

function isPast(time, now) {
  return time !== null && time <= now;
}

function relative(time, now, otherwise) {
  if (time === null) return otherwise;
  return time > now ? `in ${span(time - now)}` : `${span(now - time)} ago`;
}
