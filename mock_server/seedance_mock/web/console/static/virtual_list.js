// A list that has elements for its visible rows only, so that ten thousand rows cost no more than fifty. All rows have
// the same height. One row can be selected, with the mouse or with the keyboard.

import { html } from "./shared/dom.js";

// Rows above and below the visible ones, so that scrolling shows no gap.
const MARGIN = 5;

class VirtualList extends HTMLElement {
  #rows = [];
  #createRow = () => html("div");
  #selected = -1;
  #first = 0;
  #space = html("div", { class: "space", role: "presentation" });
  #window = html("div", { class: "window", role: "presentation" });
  #drawRequest = 0;

  // createRow: returns the element of a row for its value.
  // onSelect: is called with the value of the row that the user selects.
  configure({ label, createRow, onSelect, keyOf }) {
    this.#createRow = createRow;
    this.onSelect = onSelect;
    this.keyOf = keyOf;
    this.setAttribute("role", "listbox");
    this.setAttribute("aria-label", label);
    this.tabIndex = 0;
    this.#space.append(this.#window);
    this.replaceChildren(this.#space);
    this.addEventListener("scroll", () => this.draw());
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("keydown", (event) => this.#pressed(event));
    new ResizeObserver(() => this.draw()).observe(this);
    return this;
  }

  get isAtEnd() {
    return this.scrollTop + this.clientHeight >= this.scrollHeight - this.rowHeight;
  }

  get rowHeight() {
    return parseFloat(getComputedStyle(this).getPropertyValue("--row")) || 32;
  }

  // Shows other rows. `removed` rows were taken from the front: the visible ones stay where they are.
  show(rows, { removed = 0, follow = false } = {}) {
    const key = this.#selected < 0 ? undefined : this.keyOf(this.#rows[this.#selected]);
    this.#rows = rows;
    if (key !== undefined) this.#selected = this.#findKey(key, removed);
    this.#setSpace();
    if (removed) this.scrollTop -= removed * this.rowHeight;
    if (follow) this.scrollTop = this.scrollHeight;
    this.draw();
  }

  // The row is nearly always where it was, or moved by the removed ones.
  #findKey(key, removed) {
    const index = this.#selected - removed;
    if (index >= 0 && index < this.#rows.length && this.keyOf(this.#rows[index]) === key) return index;
    return this.#rows.findIndex((row) => this.keyOf(row) === key);
  }

  select(key) {
    this.#selected = this.#rows.findIndex((row) => this.keyOf(row) === key);
    this.#reveal();
    this.draw();
    return this.#selected >= 0;
  }

  // The space must be as high as its rows before the list can be scrolled to one of them.
  #setSpace() {
    this.#space.style.height = `${this.#rows.length * this.rowHeight}px`;
  }

  // Several changes between two frames are drawn once.
  draw() {
    cancelAnimationFrame(this.#drawRequest);
    this.#drawRequest = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const height = this.rowHeight;
    const count = Math.ceil(this.clientHeight / height) + 2 * MARGIN;
    this.#first = Math.max(0, Math.min(Math.floor(this.scrollTop / height) - MARGIN, this.#rows.length - count));
    this.#setSpace();
    this.#window.style.translate = `0 ${this.#first * height}px`;
    const shown = this.#rows.slice(this.#first, this.#first + count);
    this.#window.replaceChildren(...shown.map((row, offset) => this.#rowElement(row, this.#first + offset)));
    // The attribute must name an element that is there.
    const isDrawn = this.#selected >= this.#first && this.#selected < this.#first + shown.length;
    if (isDrawn) this.setAttribute("aria-activedescendant", this.#rowId(this.#selected));
    else this.removeAttribute("aria-activedescendant");
  }

  #rowId(index) {
    return `${this.id}-${index}`;
  }

  #rowElement(row, index) {
    const element = this.#createRow(row);
    element.id = this.#rowId(index);
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", String(index === this.#selected));
    element.setAttribute("aria-setsize", String(this.#rows.length));
    element.setAttribute("aria-posinset", String(index + 1));
    element.dataset.index = String(index);
    return element;
  }

  #clicked(event) {
    const element = event.target.closest("[role=option]");
    if (element) this.#choose(Number(element.dataset.index));
  }

  #pressed(event) {
    const page = Math.max(1, Math.floor(this.clientHeight / this.rowHeight) - 1);
    const last = this.#rows.length - 1;
    const targets = {
      ArrowDown: this.#selected + 1,
      ArrowUp: this.#selected < 0 ? last : this.#selected - 1,
      PageDown: this.#selected + page,
      PageUp: this.#selected - page,
      Home: 0,
      End: last,
    };
    if (!(event.key in targets) || last < 0) return;
    event.preventDefault();
    this.#choose(Math.max(0, Math.min(last, targets[event.key])));
  }

  #choose(index) {
    this.#selected = index;
    this.#reveal();
    this.#draw();
    this.onSelect(this.#rows[index]);
  }

  #reveal() {
    if (this.#selected < 0) return;
    const top = this.#selected * this.rowHeight;
    this.#setSpace();
    if (top < this.scrollTop) this.scrollTop = top;
    else if (top + this.rowHeight > this.scrollTop + this.clientHeight)
      this.scrollTop = top + this.rowHeight - this.clientHeight;
  }
}

customElements.define("virtual-list", VirtualList);

export function virtualList(id, options) {
  const list = html("virtual-list", { id });
  return list.configure(options);
}
