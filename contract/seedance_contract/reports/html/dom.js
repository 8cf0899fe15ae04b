// Elements. Data become text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

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

function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function s(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function byId(id) {
  return document.getElementById(id);
}

// A <details> whose content is made when it is first opened, so that a thousand cost little.
function lazy(attributes, summary, content) {
  const details = h("details", attributes, summary);
  details.build = () => {
    details.build = () => {};
    details.append(...[content()].flat(Infinity).filter(Boolean));
  };
  details.addEventListener("toggle", () => details.open && details.build());
  return details;
}

function open(details) {
  details.build?.();
  details.open = true;
}

function button(text, act, attributes = {}) {
  return h("button", { type: "button", onclick: act, ...attributes }, text);
}
