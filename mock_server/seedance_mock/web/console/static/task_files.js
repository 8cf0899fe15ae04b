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
  const size = { width: task.video.width, height: task.video.height };
  const element = name.endsWith(".mp4")
    ? html("video", { controls: true, playsinline: true, "aria-label": "Result", ...size })
    : html("img", { alt: `Result: ${name}`, ...size });
  controlFetch(`tasks/${encodeURIComponent(task.task_id)}/files/${encodeURIComponent(name)}`)
    .then((response) => (response.ok ? response.blob() : Promise.reject(new Error(String(response.status)))))
    .then((blob) => {
      element.src = URL.createObjectURL(blob);
      blobAddresses.push(element.src);
    })
    .catch(() => element.replaceWith(html("p", { class: "quiet" }, `${name} cannot be read.`)));
  return html("figure", {}, element, html("figcaption", { class: "quiet" }, name));
}
