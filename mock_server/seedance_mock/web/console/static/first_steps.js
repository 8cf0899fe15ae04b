// What to do first: shown as long as nobody has sent a request.

import { html } from "./shared/dom.js";
import { LISTED_KEY } from "./accepted_keys.js";
import { apiBase, control } from "./api.js";
import { environmentLines, newKey } from "./environment_lines.js";
import { codeTabs, emptyState } from "./parts.js";
import { screenLink } from "./router.js";

const MODEL = "seedance-2.0-fast";

// The same for every view of the page: somebody may have copied it.
const key = newKey();

export function firstSteps() {
  const settings = html("div", {}, keySettings());
  const request = html("div", {}, firstRequest(key, MODEL));
  control("server").then(
    ({ models, any_key: isAnyKey }) => {
      const acceptedKey = isAnyKey ? key : LISTED_KEY;
      if (!isAnyKey) settings.replaceChildren(...listedKeySettings());
      request.replaceChildren(firstRequest(acceptedKey, models.includes(MODEL) ? MODEL : models[0]));
    },
    // The page says elsewhere that the server cannot be reached.
    () => {},
  );
  return emptyState(
    "No request yet",
    settings,
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

function keySettings() {
  return [
    html(
      "p",
      {},
      "Point your client at this server. Every key that starts with ",
      html("code", {}, "sk-"),
      " works.",
    ),
    codeTabs("Environment", environmentLines(apiBase(), key)),
  ];
}

function listedKeySettings() {
  return [
    html(
      "p",
      {},
      "Point your client at this server. It accepts the keys of ",
      html("code", {}, "--key"),
      " only: put one of them in place of ",
      html("code", {}, LISTED_KEY),
      ".",
    ),
    codeTabs("Environment", environmentLines(apiBase(), LISTED_KEY)),
  ];
}

function firstRequest(key, model) {
  const body = JSON.stringify({ model, operation: "text-to-video", prompt: "A paper boat" });
  const curl = `curl -i ${apiBase()}/v1/videos/generations \\\n  -H 'Authorization: Bearer ${key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
  return codeTabs("First request", { curl });
}
