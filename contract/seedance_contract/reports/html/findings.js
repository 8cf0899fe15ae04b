// Shows the findings of a case, and the command that reproduces them.

function findingList(result) {
  if (!result.findings.length) return html("p", { class: "quiet" }, "No check came to a finding.");
  return html("ul", { class: "findings" }, result.findings.map(findingItem));
}

function findingItem(finding) {
  const explanation = factList([
    ["Expected", visible(finding.expected)],
    ["Actual", visible(finding.actual)],
  ]);
  return html(
    "li",
    { class: "finding" },
    html(
      "div",
      { class: "line" },
      badge(finding.verdict),
      html("code", {}, visible(finding.check)),
      html("span", { class: "level" }, finding.level),
    ),
    finding.expected || finding.actual ? explanation : null,
  );
}

function reproduction(result) {
  if (!result.reproduce) return null;
  return html(
    "div",
    { class: "reproduce" },
    html("h4", {}, "Reproduce"),
    html("pre", { tabindex: 0, "aria-label": "Command" }, visible(result.reproduce)),
    copyButton(result.reproduce),
  );
}

function copyButton(text) {
  const element = button("Copy", async () => {
    element.textContent = (await copyToClipboard(text)) ? "Copied" : "Select and copy by hand";
    setTimeout(() => (element.textContent = "Copy"), 2000);
  });
  element.setAttribute("aria-live", "polite");
  element.className = "copy";
  return element;
}

async function copyToClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

// Some browsers deny the clipboard API to pages that are opened from a file.
function copySelection(text) {
  const field = html("textarea", { class: "offscreen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
