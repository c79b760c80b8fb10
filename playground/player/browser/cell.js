// One place in the grid. Panels that share it are chosen by tabs, and any of them can fill the whole grid.

import { element, label } from "./page.js";

export class Cell {
  /**
   * @param {HTMLElement} parent
   * @param {() => void} onGrow
   */
  constructor(parent, onGrow) {
    this.root = element("div", { className: "gp-cell" }, parent);
    const head = element("div", { className: "gp-head" }, this.root);
    this.tabs = element("div", { className: "gp-tabs", role: "tablist" }, head);
    this.grow = element("button", { type: "button", className: "gp-grow" }, head);
    this.grow.onclick = () => {
      const large = parent.classList.toggle("gp-one");
      this.root.classList.toggle("gp-large", large);
      label(this.grow, large ? "Smaller" : "Larger");
      onGrow();
    };
    label(this.grow, "Larger");
    this.body = element("div", { className: "gp-body" }, this.root);
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
    this.views = views.map(([{ name }, view]) => [name, view]);
    this.show((panels.find(({ name }) => name === this.preferred) ?? panels[0]).name);
  }

  /** @param {Wire.AnyPanel} panel */
  tabFor({ name, tab }) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", textContent: tab, role: "tab", onclick: () => this.choose(name) });
    made.dataset.tab = name;
    return made;
  }

  /** @param {string} name */
  choose(name) {
    this.preferred = name;
    this.show(name);
  }

  /** @param {string} name */
  show(name) {
    for (const button of this.buttons) button.ariaSelected = String(button.dataset.tab === name);
    for (const [one, view] of this.views) {
      const shown = one === name;
      if (view.root.hidden === !shown) continue;
      view.root.hidden = !shown;
      if (shown) view.resize();
    }
  }

  destroy() {
    if (this.root.classList.contains("gp-large")) this.grow.click();
    this.root.remove();
  }
}
