// One place in the grid. Panels that share it are chosen by tabs, and any of them can fill the whole grid.

import { element, label } from "./page.js";

const CROWDED = 0.5; // of its width

export class Cell {
  /**
   * @param {HTMLElement} parent
   * @param {(large: boolean) => void} onGrow called when a person wants it larger, or smaller again
   */
  constructor(parent, onGrow) {
    this.root = element("div", { className: "gp-cell" }, parent);
    this.size = ""; // large, small, or as the others
    const head = element("div", { className: "gp-head" }, this.root);
    this.tabs = element("div", { className: "gp-tabs", role: "tablist" }, head);
    this.grow = element("button", { type: "button", className: "gp-grow" }, head);
    this.grow.onclick = () => onGrow(this.size !== "large");
    label(this.grow, "Larger");
    this.body = element("div", { className: "gp-body" }, this.root);
    // A small one is seen, and a press anywhere on it makes it the large one.
    this.cover = element("button", { type: "button", className: "gp-cover" }, this.root);
    this.cover.onclick = () => onGrow(true);
    this.preferred = ""; // the panel whose tab a person chose: it comes back with its tab
    this.tabbed = ""; // the panels that have tabs
    /** @type {HTMLElement[]} */
    this.buttons = [];
    /** @type {[string, Play.View][]} */
    this.views = [];
  }

  /** @param {[Wire.AnyPanel, Play.View][]} views */
  hold(views) {
    const panels = views.map(([panel]) => panel);
    // A table that is alone has its name there as well: it has no caption of its own.
    this.tabs.hidden = panels.length < 2 && !("rows" in panels[0]);
    this.root.dataset.tabs = String(panels.length > 1);
    this.root.dataset.tall = String(panels.some(({ tall }) => tall));
    const tabbed = panels.map(({ name, tab }) => `${name}\n${tab}`).join("\n\n");
    if (tabbed !== this.tabbed) {
      this.tabbed = tabbed;
      this.buttons = panels.map((panel) => this.tabFor(panel));
      this.tabs.replaceChildren(...this.buttons);
    }
    this.fit();
    this.views = views.map(([{ name }, view]) => [name, view]);
    for (const [, view] of views) view.root.dataset.size = this.size;
    this.show((panels.find(({ name }) => name === this.preferred) ?? panels[0]).name);
  }

  /** @param {Wire.AnyPanel} panel */
  tabFor({ name, tab, hint }) {
    const made = document.createElement("button");
    Object.assign(made, {
      type: "button",
      textContent: tab,
      title: hint,
      role: "tab",
      onclick: () => this.choose(name),
    });
    made.dataset.tab = name;
    made.onkeydown = (event) => this.turn(event);
    return made;
  }

  /** The arrow keys choose the tab beside. @param {KeyboardEvent} event */
  turn(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.shiftKey) return;
    const at = this.buttons.findIndex(({ ariaSelected }) => ariaSelected === "true");
    const beside = this.buttons[(at + by + this.buttons.length) % this.buttons.length];
    beside.click();
    beside.focus();
    event.preventDefault();
  }

  /** @param {string} name */
  choose(name) {
    this.preferred = name;
    this.show(name);
  }

  /** @param {string} name */
  show(name) {
    for (const button of this.buttons) {
      const chosen = button.dataset.tab === name;
      button.ariaSelected = String(chosen);
      button.tabIndex = chosen ? 0 : -1;
      if (!chosen) continue;
      this.cover.textContent = button.textContent;
      this.cover.ariaLabel = `Show ${button.textContent} large`;
    }
    for (const [one, view] of this.views) {
      const shown = one === name;
      if (view.root.hidden === !shown) continue;
      view.root.hidden = !shown;
      if (shown) view.resize();
    }
  }

  /** Tabs that take more than half of the width leave no room for a legend beside them. */
  fit() {
    this.root.dataset.crowded = String(this.tabs.scrollWidth > CROWDED * this.root.clientWidth);
  }

  /** What its first tab says. */
  firstName() {
    return this.buttons[0]?.textContent ?? "";
  }

  /** @param {"large" | "small" | ""} size */
  take(size) {
    if (size === this.size) return;
    this.size = size;
    this.root.dataset.size = size;
    label(this.grow, size === "large" ? "Smaller" : "Larger");
    this.body.inert = size === "small"; // all of it is one button
    for (const [, view] of this.views) view.root.dataset.size = size;
  }

  destroy() {
    this.root.remove();
  }
}
