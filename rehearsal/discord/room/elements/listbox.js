// A list that drops from a text field or a button: slash commands, autocomplete, select menus, the Apps menu.
// The anchor keeps the focus; arrow keys, Enter, Tab, Escape and the mouse work as in any combobox.

import { el, freshId } from "./dom.js";

export class Listbox {
  /** `picked(item)` is called with one of the items given to `show`; return true there to keep the list open. */
  constructor(anchor, { label, picked, closed = () => {}, enterPicksFirst = false }) {
    this.anchor = anchor;
    this.picked = picked;
    this.closed = closed;
    this.enterPicksFirst = enterPicksFirst;
    this.items = [];
    this.at = -1;
    this.list = el("div", {
      class: "listbox",
      role: "listbox",
      id: freshId("list"),
      "aria-label": label,
      popover: "manual",
      tabindex: "-1", // browsers stop at what scrolls; Tab would end in a list that closes as it is entered
    });
    anchor.setAttribute("role", "combobox");
    anchor.setAttribute("aria-expanded", "false");
    anchor.setAttribute("aria-controls", this.list.id);
    anchor.setAttribute("aria-haspopup", "listbox");
    anchor.addEventListener("keydown", (event) => this.key(event));
    anchor.addEventListener("blur", () => this.hide());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the anchor keeps the focus
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.place = () => this.settle();
  }

  get open() {
    return this.list.isConnected && this.list.matches(":popover-open");
  }

  /** Items are {label, note?, chosen?, disabled?, …}; an empty list shows `otherwise`, or nothing. */
  show(items, otherwise = "") {
    this.items = items;
    this.at = this.enterPicksFirst && items.length ? 0 : -1;
    if (!items.length && !otherwise) return this.hide();
    if (!this.list.isConnected) this.anchor.after(this.list);
    this.list.replaceChildren(
      ...items.map((item, index) => this.option(item, index)),
      ...(items.length ? [] : [el("div", { class: "listbox-none" }, otherwise)]),
    );
    if (!this.open) {
      this.list.showPopover();
      addEventListener("scroll", this.place, true);
      addEventListener("resize", this.place);
    }
    this.anchor.setAttribute("aria-expanded", "true");
    this.settle();
    this.mark();
  }

  hide() {
    if (!this.open) return;
    removeEventListener("scroll", this.place, true);
    removeEventListener("resize", this.place);
    this.list.hidePopover();
    this.list.remove();
    this.anchor.setAttribute("aria-expanded", "false");
    this.anchor.removeAttribute("aria-activedescendant");
    this.closed();
  }

  option(item, index) {
    return el(
      "div",
      {
        class: "listbox-option",
        role: "option",
        id: `${this.list.id}-${index}`,
        "aria-selected": String(Boolean(item.chosen)),
        "aria-disabled": item.disabled && "true",
        onclick: () => this.pick(index),
        onpointermove: () => this.at === index || ((this.at = index), this.mark()),
      },
      el("span", { class: "listbox-label" }, item.label),
      item.note && el("span", { class: "listbox-note" }, item.note),
    );
  }

  pick(index) {
    const item = this.items[index];
    if (item && !item.disabled && !this.picked(item)) this.hide();
  }

  mark() {
    this.list.querySelectorAll(".listbox-option").forEach((node, index) => {
      node.classList.toggle("at", index === this.at);
      if (index === this.at) node.scrollIntoView({ block: "nearest" });
    });
    if (this.at >= 0) this.anchor.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
    else this.anchor.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (!this.open || event.isComposing) return;
    const count = this.items.length;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && count) {
      this.at = this.at < 0 && step < 0 ? count - 1 : (this.at + step + count) % count;
      this.mark();
    } else if (event.key === "Escape") this.hide();
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.at >= 0) this.pick(this.at);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation(); // Enter must not send the form as well, Escape not close the dialog
  }

  /** Below the anchor, or above it where there is more room. */
  settle() {
    if (!this.open) return;
    const box = this.anchor.getBoundingClientRect();
    const below = innerHeight - box.bottom;
    const up = below < 240 && box.top > below;
    const { style } = this.list;
    style.left = `${Math.max(4, Math.min(box.left, innerWidth - Math.max(box.width, 260) - 4))}px`;
    style.minWidth = `${Math.min(Math.max(box.width, 260), innerWidth - 8)}px`;
    style.maxHeight = `${Math.min(360, (up ? box.top : below) - 12)}px`;
    style.top = up ? "auto" : `${box.bottom + 4}px`;
    style.bottom = up ? `${innerHeight - box.top + 4}px` : "auto";
  }
}
