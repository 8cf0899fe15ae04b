// What the checks of a case found, and the command that shows it again.

function findingsOf(result) {
  if (!result.findings.length) return h("p", { class: "quiet" }, "No check came to a finding.");
  return h("ul", { class: "findings" }, result.findings.map(finding));
}

function finding(found) {
  const told = facts([
    ["Expected", visible(found.expected)],
    ["Actual", visible(found.actual)],
  ]);
  return h(
    "li",
    { class: "finding" },
    h(
      "div",
      { class: "line" },
      badge(found.verdict),
      h("code", {}, visible(found.check)),
      h("span", { class: "level" }, found.level),
    ),
    found.expected || found.actual ? told : null,
  );
}

function reproduction(result) {
  if (!result.reproduce) return null;
  const command = visible(result.reproduce);
  return h(
    "div",
    { class: "reproduce" },
    h("h4", {}, "Reproduce"),
    h("pre", { tabindex: 0, "aria-label": "Command" }, command),
    copier(result.reproduce),
  );
}

function copier(text) {
  const copy = button("Copy", async () => {
    copy.textContent = (await copied(text)) ? "Copied" : "Select and copy by hand";
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
  copy.setAttribute("aria-live", "polite");
  copy.className = "copy";
  return copy;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

// The older way, for browsers that keep the clipboard from files.
function copiedBySelection(text) {
  const field = h("textarea", { class: "offscreen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
