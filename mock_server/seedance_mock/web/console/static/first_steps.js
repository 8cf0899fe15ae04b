// What to do first: shown as long as nobody has sent a request.

import { html } from "./shared/dom.js";
import { apiBase, control } from "./api.js";
import { environmentLines, newKey } from "./environment_lines.js";
import { codeTabs, emptyState } from "./parts.js";
import { screenLink } from "./router.js";

const MODEL = "seedance-2.0-fast";

export function firstSteps() {
  const key = newKey();
  const request = html("div", {}, firstRequest(key, MODEL));
  control("server").then(
    ({ models }) => models.includes(MODEL) || request.replaceChildren(firstRequest(key, models[0])),
    // The page says elsewhere that the server cannot be reached.
    () => {},
  );
  return emptyState(
    "No request yet",
    html(
      "p",
      {},
      "Point your client at this server. Every key that starts with ",
      html("code", {}, "sk-"),
      " works, unless the server was started with other keys.",
    ),
    codeTabs("Environment", environmentLines(apiBase(), key)),
    html("p", {}, "Or send a first request from a terminal:"),
    request,
    html(
      "p",
      {},
      "Or ",
      screenLink("fill in a form", "try"),
      ", or ",
      screenLink("make a situation", "situations"),
      " such as a full queue or a lost response. Whatever arrives is listed here at once.",
    ),
  );
}

function firstRequest(key, model) {
  const body = JSON.stringify({ model, operation: "text-to-video", prompt: "A paper boat" });
  const curl = `curl -i ${apiBase()}/v1/videos/generations \\\n  -H 'Authorization: Bearer ${key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
  return codeTabs("First request", { curl });
}
