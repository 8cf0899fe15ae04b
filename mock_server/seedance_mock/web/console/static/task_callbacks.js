// The callbacks of a task: what the server sent to its client, and what came back.

import { html } from "./shared/dom.js";
import { plural, visible } from "./shared/text.js";
import { control, controlPost } from "./api.js";
import { clockTime } from "./format.js";
import { actionButton } from "./parts.js";

// Returns { element, update() }. There is nothing to see for a task without callbacks.
export function taskCallbacks(taskId) {
  const element = html("div");

  async function update() {
    const { deliveries } = await control(`deliveries?task=${encodeURIComponent(taskId)}`);
    if (!deliveries.length) return element.replaceChildren();
    element.replaceChildren(html("h3", {}, "Callbacks"), html("ul", { class: "deliveries" }, deliveries.map(row)));
  }

  function row({ id, status, changed, due, acknowledged, attempts }) {
    const outcome = acknowledged ? "acknowledged" : due === null ? "given up" : "will be sent again";
    const again = async () => {
      await controlPost(`deliveries/${encodeURIComponent(id)}/redeliver`, {});
      await update();
    };
    return html(
      "li",
      {},
      html("strong", {}, visible(status)),
      html("span", {}, clockTime(changed)),
      html("span", { class: `badge ${acknowledged ? "v-pass" : due === null ? "v-fail" : "v-info"}` }, outcome),
      html("span", { class: "quiet" }, plural(attempts.length, "attempt")),
      actionButton("Send again", again, { class: "small" }),
    );
  }

  return { element, update: () => update().catch(() => element.replaceChildren()) };
}
