// The screen "Situations": a builder of words, and what the words will do.

import { button, html } from "./shared/dom.js";
import { visible } from "./shared/text.js";
import { LISTED_KEY, acceptsNewKeys } from "./accepted_keys.js";
import { CONTROL_URL, apiBase, control, controlPost } from "./api.js";
import { environmentLines } from "./environment_lines.js";
import { outlookView } from "./outlook_view.js";
import { actionButton, codeTabs, field } from "./parts.js";
import { replaceAddress, screenLink } from "./router.js";
import { shellQuoted } from "./snippets.js";
import { rememberKey } from "./used_key.js";
import { wordBuilder } from "./word_builder.js";
import { keyOf, splitWords, withSetting, withWord, withoutWord } from "./words_text.js";

// The server explains the words when the user has stopped to type for so many milliseconds.
const TYPING_PAUSE = 200;

export function createSituations({ accounts }) {
  const suffix = [...crypto.getRandomValues(new Uint8Array(3))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const input = html("input", {
    type: "text",
    class: "words",
    spellcheck: "false",
    autocomplete: "off",
    oninput: () => later(),
  });
  const wrong = html("p", { class: "failure", role: "alert" });
  const chips = html("ul", { class: "chips" });
  const result = html("div");
  const builder = html("div");
  const wordsField = field("Words, separated by blanks", input);
  let timer = null;
  let number = 0;
  let isLoaded = false;

  const element = html(
    "div",
    { class: "page" },
    html("h1", {}, "Situations"),
    html(
      "p",
      { class: "lead" },
      "Words in a key or in a prompt make the server slow, full, poor or broken, for one account or for one task. Put them together here, and see what will happen before you send a request.",
    ),
    html(
      "div",
      { class: "two" },
      html("div", { class: "card" }, wordsField, wrong, chips, builder),
      html("div", { class: "card", "aria-live": "polite" }, result),
    ),
  );

  function set(text) {
    input.value = text;
    later(0);
  }

  function later(pause = TYPING_PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(explain, pause);
  }

  async function explain() {
    const words = input.value;
    const own = (number += 1);
    replaceAddress("situations", { words: words.trim() });
    const [explained, isAnyKey] = await Promise.all([
      controlPost("explain", { words }).catch((error) => ({ error })),
      acceptsNewKeys().catch(() => true),
    ]);
    // A later question has a response of its own.
    if (own !== number) return;
    wordsField.toggleAttribute("data-wrong", "error" in explained);
    input.setAttribute("aria-invalid", String("error" in explained));
    if (explained.error) return showError(words, explained.error);
    wrong.replaceChildren();
    chips.replaceChildren(...explained.explanation.map(chip));
    result.replaceChildren(...resultParts(explained, isAnyKey));
  }

  function showError(words, error) {
    const nearest = error.details?.did_you_mean;
    const position = splitWords(words).findIndex((word) => error.message.includes(`'${word}'`));
    const useNearest = () =>
      set(
        splitWords(words)
          .map((word, index) => (index === position ? nearest : word))
          .join(" "),
      );
    wrong.replaceChildren(
      visible(error.message),
      " ",
      nearest && position >= 0 ? button(`Use ${nearest}`, useNearest, { class: "small" }) : "",
    );
  }

  function chip({ word, does }, position) {
    const remove = button("✕", () => set(withoutWord(input.value, position)), {
      class: "small",
      "aria-label": `Remove ${word}`,
    });
    return html("li", {}, html("code", {}, visible(word)), html("span", { class: "quiet" }, visible(does)), remove);
  }

  function resultParts(explained, isAnyKey) {
    return [
      html("h2", {}, "What will happen"),
      outlookView(explained),
      html("h2", {}, "How to get it"),
      isAnyKey ? keyWithWords(explained) : wordsForListedKey(explained),
      explained.prompt_error ? html("p", { class: "quiet" }, "In a prompt: ", visible(explained.prompt_error)) : "",
    ];
  }

  function keyWithWords(explained) {
    const key = keyOf(explained.words, suffix);
    const open = async () => {
      await controlPost("accounts", { key });
      rememberKey(key);
      await accounts.refresh();
    };
    const use = actionButton("Use this key in Try", async () => {
      await open();
      location.hash = "#try";
    });
    return html(
      "div",
      {},
      codeTabs("Key", { "as a key": key, ...environmentLines(apiBase(), key), ...otherWays(explained) }),
      html("div", { class: "actions" }, use),
    );
  }

  function wordsForListedKey(explained) {
    const body = shellQuoted(JSON.stringify({ key: LISTED_KEY, words: explained.words }));
    const curl = `curl ${new URL("accounts", CONTROL_URL)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${body}`;
    return html(
      "div",
      {},
      html(
        "p",
        {},
        "This server accepts the keys of ",
        html("code", {}, "--key"),
        " only, so a key cannot carry these words. Give them to the account of a key, here or in ",
        screenLink("Accounts", "accounts"),
        ".",
      ),
      codeTabs("Words", { "for an account": curl, ...otherWays(explained) }),
    );
  }

  async function load() {
    const vocabulary = await control("words");
    builder.replaceChildren(
      wordBuilder(vocabulary, {
        onWord: (word) => set(withWord(input.value, word)),
        onSetting: (name, word) => set(withSetting(input.value, name, word)),
      }),
    );
    isLoaded = true;
  }

  return {
    name: "situations",
    label: "Situations",
    element,
    show({ words = input.value }) {
      input.value = words;
      later(0);
      if (!isLoaded)
        load().catch((error) => builder.replaceChildren(html("p", { class: "failure" }, visible(error.message))));
    },
    hide() {},
  };
}

function otherWays({ prompt, words }) {
  return {
    ...(prompt ? { "in a prompt": `A paper boat ${prompt}` } : {}),
    ...(words ? { pytest: pytestMark(words) } : {}),
  };
}

function pytestMark(words) {
  return `@pytest.mark.seedance(${splitWords(words)
    .map((word) => JSON.stringify(word))
    .join(", ")})`;
}
