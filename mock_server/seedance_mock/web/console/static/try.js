// The screen "Try": a form generated from the contract. It shows what the server would say, and what the video would
// cost, before the request is sent; then the task.

import { collapsible, html } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { LISTED_KEYS_ONLY } from "./accepted_keys.js";
import { apiBase, control } from "./api.js";
import { formField, parsedBody, requestBody } from "./form_fields.js";
import { actionButton, codeTabs, field, select, setOptions } from "./parts.js";
import { verdictView } from "./request_verdict.js";
import { CREATE_PATH, createSentRequest } from "./sent_request.js";
import { curlCommand, fetchCode, httpxCode } from "./snippets.js";
import { rememberKey, rememberedKey, usedKey } from "./used_key.js";

const TYPING_PAUSE = 250;
const FIRST_PROMPT = "A paper boat on a pond";
// Fields that a first request needs. The others are folded.
const MAIN_FIELDS = ["prompt", "duration", "resolution", "aspect_ratio", "output_audio", "return_last_frame"];

export function createTry({ tasks, accounts }) {
  let models = [];
  let loading = null;
  let fields = [];
  let timer = null;
  let number = 0;
  let unwatch = [];

  const model = select([], "", () => chooseModel());
  const operation = select([], "", () => chooseOperation());
  const main = html("div", { class: "form-grid" });
  const further = html("div", { class: "form-grid" });
  const body = html("textarea", { rows: 9, spellcheck: "false", oninput: () => readBody() });
  const key = html("input", {
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: "a key that the server accepts",
    onchange: () => rememberKey(key.value.trim()),
  });
  const verdict = html("div", { class: "verdict", "aria-live": "polite" });
  const code = html("div");
  const sent = createSentRequest({ tasks, accounts });
  const furtherFields = collapsible("Further fields", () => further);
  const element = html(
    "div",
    { class: "page" },
    html("h1", {}, "Try"),
    html("p", { class: "lead" }, "A create request, checked as you fill it in. Nothing is sent before you send it."),
    html(
      "div",
      { class: "two" },
      html(
        "div",
        { class: "card" },
        html("h2", {}, "The request"),
        html("div", { class: "form-grid" }, field("model", model), field("operation", operation)),
        main,
        furtherFields,
        html("h3", {}, "Body"),
        field("JSON, which you may change", body),
      ),
      html(
        "div",
        { class: "card" },
        html("h2", {}, "What the server will say"),
        verdict,
        html("h3", {}, "Send it"),
        html(
          "div",
          { class: "row-of-fields wide" },
          field("API key", key),
          actionButton("Send", send, { class: "primary" }),
        ),
        sent.element,
        collapsible("As code", () => code),
      ),
    ),
  );

  // What the user has entered in the meantime stays.
  async function fillKey() {
    if (!key.value.trim()) key.value = await usedKey();
  }

  async function send() {
    // Without the form there is no body yet.
    await Promise.all([loading, fillKey()]);
    if (!key.value.trim()) throw new Error(LISTED_KEYS_ONLY);
    await sent.send(key.value.trim(), body.value);
  }

  function chooseModel() {
    listOperations();
    chooseOperation();
  }

  function chooseOperation() {
    buildFields();
    writeBody();
  }

  function listOperations() {
    setOptions(
      operation,
      operationsOf(model.value).map(({ name }) => [name, name]),
    );
  }

  function operationsOf(id) {
    return models.find((model) => model.id === id)?.operations ?? [];
  }

  // Values that the user has entered stay, as far as the other operation has the same fields.
  function buildFields() {
    const kept = Object.fromEntries(fields.map(({ name, input }) => [name, input.value]));
    const form = operationsOf(model.value).find(({ name }) => name === operation.value);
    const required = new Set(form.required.flat());
    fields = form.fields.map((spec) => formField(spec, required.has(spec.name), writeBody));
    for (const { name, input } of fields) {
      input.value = kept[name] ?? "";
      // A choice that the other model does not have.
      if (input.value === "") input.value = "";
    }
    const isMain = ({ name }) => required.has(name) || MAIN_FIELDS.includes(name);
    main.replaceChildren(...fields.filter(isMain).map((part) => part.element));
    further.replaceChildren(...fields.filter((part) => !isMain(part)).map((part) => part.element));
  }

  function writeBody() {
    body.value = JSON.stringify(requestBody(model.value, operation.value, fields), null, 2);
    later();
  }

  // The form follows what is typed as JSON. Otherwise it would mark fields as wrong that show another value.
  function readBody() {
    later();
    const request = parsedBody(body.value);
    if (request === null) return;
    if (operationsOf(request.model).some(({ name }) => name === request.operation)) {
      model.value = request.model;
      listOperations();
      operation.value = request.operation;
      buildFields();
    }
    fields.forEach((part) => part.show(request[part.name]));
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(check, TYPING_PAUSE);
  }

  async function check() {
    const own = (number += 1);
    const options = { method: "POST", body: body.value, headers: { "Content-Type": "application/json" } };
    const checked = await control("validate", options).catch((error) => ({
      accepted: false,
      status: error.status ?? "–",
      error: { error: { code: error.details?.code ?? "", message: error.message } },
    }));
    if (own !== number) return;
    verdict.replaceChildren(...[verdictView(checked)].flat().filter(Boolean));
    const wrong = new Set((checked.error?.validation_errors ?? []).map((violation) => violation.field));
    for (const { name, element: part, input } of fields) {
      part.toggleAttribute("data-wrong", wrong.has(name));
      input.setAttribute("aria-invalid", String(wrong.has(name)));
    }
    const request = { method: "POST", url: `${apiBase()}/${CREATE_PATH}`, body: body.value };
    code.replaceChildren(
      codeTabs("As code", { curl: curlCommand(request), httpx: httpxCode(request), fetch: fetchCode(request) }),
    );
  }

  async function load() {
    // What was typed before would be replaced by the first body.
    body.disabled = true;
    try {
      ({ models } = await control("request-form"));
    } finally {
      body.disabled = false;
    }
    setOptions(
      model,
      models.map(({ id }) => [id, id]),
    );
    chooseModel();
    const prompt = fields.find(({ name }) => name === "prompt");
    prompt.input.value = FIRST_PROMPT;
    writeBody();
  }

  // A task ends without a request. The list is read again as long as it runs.
  function tick() {
    if (sent.isRunning() && !document.hidden) tasks.refresh();
  }

  return {
    name: "try",
    label: "Try",
    element,
    show() {
      this.hide();
      key.value = rememberedKey();
      // Without a connection "Send" tries again, and shows the failure.
      fillKey().catch(() => {});
      if (!models.length) {
        loading = load();
        loading.catch((error) => verdict.replaceChildren(html("p", { class: "failure" }, visible(error.message))));
      }
      const interval = setInterval(tick, 1000);
      unwatch = [tasks.watch(sent.update), () => clearInterval(interval)];
    },
    hide() {
      unwatch.forEach((stop) => stop());
      unwatch = [];
    },
  };
}
