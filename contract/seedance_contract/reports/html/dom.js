// Creates elements. Data become text nodes and attributes, never markup: the subject of a run controls
// much of what a report contains.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function html(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_NAMESPACE, name), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

// A <details> element whose content is created when it is first opened. A report with a thousand cases
// then opens at once.
export function lazyDetails(attributes, summary, createContent) {
  const details = html("details", attributes, summary);
  details.build = () => {
    details.build = () => {};
    details.append(...[createContent()].flat(Infinity).filter(Boolean));
  };
  // The toggle event comes after the element has been shown open; without a click it is the only one.
  summary.addEventListener("click", () => details.build());
  details.addEventListener("toggle", () => details.open && details.build());
  return details;
}

// Builds the content at once: the toggle event of the browser is only sent later.
export function openDetails(details) {
  details.build?.();
  details.open = true;
}

export function collapsible(title, createContent) {
  return lazyDetails({ class: "collapsible" }, html("summary", {}, title), createContent);
}

export function button(label, onclick, attributes = {}) {
  return html("button", { type: "button", onclick, ...attributes }, label);
}
