// The screen "Tasks": one lane for each task on a common time axis, and the details of one.

import { html } from "./shared/dom.js";
import { plural } from "./shared/text.js";
import { span } from "./format.js";
import { emptyState, field, select, setOptions } from "./parts.js";
import { replaceAddress, screenLink } from "./router.js";
import { taskDetail } from "./task_detail.js";
import { taskLane } from "./task_lane.js";
import { SPANS, createAxis, fittingSpan, stateAt } from "./time_axis.js";
import { virtualList } from "./virtual_list.js";

// Running tasks move on the axis.
const TICK = 1000;
// The axis fits this many of the latest tasks, if the user has not chosen a span.
const FITTED_TASKS = 30;
// A label at the left edge would be cut.
const MIN_LABEL_POSITION = 0.04;
const STATES = ["pending", "processing", "completed", "failed", "cancelled"];

export function createTasks({ feed, tasks, accounts, accountOptions }) {
  let rows = [];
  let axis = createAxis(SPANS[0]);
  let readAt = performance.now();
  let unwatch = [];
  let timer = null;
  let detail = null;
  let selected = "";

  const account = select([["", "all accounts"]], "", rebuild);
  const status = select([["", "all"], ...STATES.map((name) => [name, name])], "", rebuild);
  const spanChoice = select(
    [["", "automatic"], ...SPANS.map((seconds) => [String(seconds), `the last ${span(seconds)}`])],
    "",
    rebuild,
  );
  const count = html("output", {});
  const axisRow = html("div", { class: "lane-row axis", "aria-hidden": "true" });
  const list = virtualList("task-lanes", {
    label: "Tasks",
    createRow: lane,
    onSelect: open,
    keyOf: (task) => task.task_id,
  });
  const side = html("div", { class: "side" });
  const empty = emptyState(
    "No task yet",
    html(
      "p",
      {},
      "A task appears here when a create request is accepted. ",
      screenLink("Send one with a form", "try"),
      ".",
    ),
  );
  const element = html(
    "div",
    { class: "screen", onkeydown: (event) => event.key === "Escape" && side.childElementCount && close() },
    html("h1", { class: "offscreen" }, "Tasks"),
    html("div", { class: "bar" }, field("Account", account), field("Status", status), field("Time span", spanChoice), count),
    html("div", { class: "split" }, html("div", { class: "list-side" }, empty, axisRow, list), side),
  );

  // The time of a task now. The clock of its account may be frozen, or run faster than ours.
  function nowOf(task) {
    const mode = accounts.get(task.account)?.clock.mode ?? "real";
    const rate = { real: 1, frozen: 0, polls: 0 }[mode] ?? Number(mode.slice(1));
    return task.now + ((performance.now() - readAt) / 1000) * rate;
  }

  function lane(task) {
    return taskLane(task, { now: nowOf(task), axis, entries: feed.store.ofTask(task.task_id) });
  }

  function receive() {
    readAt = performance.now();
    rebuild();
    openRequested();
  }

  function rebuild() {
    const isWanted = (task) =>
      (!account.value || task.account === account.value) &&
      (!status.value || stateAt(task, nowOf(task)) === status.value);
    const age = (task) => task.now - task.created;
    // The newest first: it is what somebody who has just created a task looks for.
    rows = tasks.value.filter(isWanted).sort((first, second) => age(first) - age(second));
    axis = createAxis(Number(spanChoice.value) || fittingSpan(rows.slice(0, FITTED_TASKS).map(age)));
    const isEmpty = tasks.isLoaded && tasks.value.length === 0;
    empty.hidden = !isEmpty;
    list.hidden = axisRow.hidden = isEmpty;
    count.textContent =
      rows.length === tasks.total ? plural(rows.length, "task") : `${rows.length} of ${plural(tasks.total, "task")}`;
    drawAxis();
    list.show(rows);
    updateDetail();
  }

  function drawAxis() {
    const labels = axis.ticks
      .filter((tick) => axis.position(tick) > MIN_LABEL_POSITION)
      .map((tick) => {
        const label = html(
          "span",
          { class: "tick-label" },
          tick === 0 ? "now" : `${tick > 0 ? "+" : "−"}${span(Math.abs(tick))}`,
        );
        label.style.left = `${axis.position(tick) * 100}%`;
        return label;
      });
    axisRow.replaceChildren(
      html("span", {}, "task"),
      html("span", {}, "status"),
      html("span", { class: "lane-cost" }, "cost"),
      html("span", { class: "lane-track" }, labels),
    );
  }

  function tick() {
    const states = new Set(rows.map((task) => stateAt(task, nowOf(task))));
    if (document.hidden || !["pending", "processing", "ended"].some((state) => states.has(state))) return;
    list.draw();
    updateDetail();
    // Only the server knows how a task has ended.
    if (states.has("ended")) tasks.refresh();
  }

  function open(task) {
    selected = task.task_id;
    detail = taskDetail(task, close, tasks.refresh);
    side.replaceChildren(detail.element);
    element.classList.add("has-detail");
    updateDetail();
    replaceAddress("tasks", { task: selected });
  }

  function updateDetail() {
    const task = tasks.get(selected);
    if (task && detail) detail.update(task, nowOf(task));
  }

  function close() {
    selected = "";
    detail = null;
    side.replaceChildren();
    element.classList.remove("has-detail");
    replaceAddress("tasks", {});
    list.focus();
  }

  // The task of the address may not be listed yet.
  function openRequested() {
    const task = selected && detail === null && tasks.get(selected);
    if (!task) return;
    list.select(selected);
    open(task);
  }

  feed.subscribe(({ added }) => {
    if (!unwatch.length) return;
    setOptions(account, accountOptions(account.value));
    if (added.some((entry) => entry.task_id !== null)) list.draw();
  });

  return {
    name: "tasks",
    label: "Tasks",
    element,
    show({ task = "", account: name = "" }) {
      this.hide();
      setOptions(account, accountOptions(name));
      account.value = name;
      if (task !== selected) detail = null;
      selected = task;
      if (!task && side.childElementCount) close();
      unwatch = [accounts.watch(() => list.draw()), tasks.watch(receive)];
      timer = setInterval(tick, TICK);
    },
    hide() {
      unwatch.forEach((stop) => stop());
      unwatch = [];
      clearInterval(timer);
    },
  };
}
