// The results of a task, in place. They come through the control API: a download by the link of the task would be a
// request of its client.

import { html } from "./shared/dom.js";
import { controlFetch } from "./api.js";

// The address of a blob keeps its bytes in memory, so that those of the task before are given back.
let blobAddresses = [];

export function taskFiles(task) {
  blobAddresses.forEach((address) => URL.revokeObjectURL(address));
  blobAddresses = [];
  return task.files.map((name) => fileView(task, name));
}

function fileView(task, name) {
  const figure = html("figure", {}, html("figcaption", { class: "quiet" }, name));
  controlFetch(`tasks/${encodeURIComponent(task.task_id)}/files/${encodeURIComponent(name)}`)
    .then((response) => (response.ok ? response.blob() : Promise.reject(new Error(String(response.status)))))
    .then((blob) => figure.prepend(player(blob, name, task.video)))
    .catch(() => figure.prepend(html("p", { class: "quiet" }, "The file cannot be read.")));
  return figure;
}

function player(blob, name, { width, height }) {
  const src = URL.createObjectURL(blob);
  blobAddresses.push(src);
  if (blob.type.startsWith("image/")) return html("img", { src, alt: `Result: ${name}`, width, height });
  return html("video", { src, controls: true, playsinline: true, "aria-label": `Result: ${name}`, width, height });
}
