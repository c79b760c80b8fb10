// The panels: a view for each, in its cell.

import { Board } from "./board.js";
import { Cell } from "./cell.js";
import { element, phone } from "./page.js";
import { Plot } from "./plot.js";
import { Unseen } from "./unseen.js";

export class Grid {
  /**
   * @param {Element} parent
   * @param {Play.Post} post
   * @param {() => Wire.Entry[]} unanswered
   * @param {() => void} onGrow
   */
  constructor(parent, post, unanswered, onGrow) {
    this.root = element("div", { className: "gp-panels" }, parent);
    // Where one cell is seen at a time, a button for each.
    this.chooser = element("div", { className: "gp-chooser", role: "group", ariaLabel: "Views" }, parent);
    this.isProjected = false;
    this.showedAll = true;
    this.arranged = ""; // all that decided where the cells are
    /** @type {Cell | null} the one that a person wants large */
    this.wanted = null;
    this.watching = new AbortController();
    phone.addEventListener("change", () => this.arrange(), { signal: this.watching.signal });
    this.post = post;
    this.unanswered = unanswered;
    this.onGrow = onGrow;
    /** @type {Map<string, Play.View>} by panel */
    this.views = new Map();
    /** @type {Map<string, Cell>} by name */
    this.cells = new Map();
    /** @type {Wire.AnyPanel[]} */
    this.panels = [];
  }

  /** Make what is new, and let go what no panel is for any more. @param {Wire.AnyPanel[]} panels */
  place(panels) {
    const named = new Set(panels.map(({ name }) => name));
    for (const [name, view] of this.views) {
      if (named.has(name)) continue;
      view.destroy();
      this.views.delete(name);
    }
    const placed = panels.map((panel) => this.viewIn(this.cellFor(panel), panel));
    for (const [name, cell] of this.cells) {
      const held = placed.filter(([panel]) => panel.cell === name);
      if (held.length) {
        cell.hold(held);
      } else {
        cell.destroy();
        this.cells.delete(name);
      }
    }
    const roots = this.inOrder(panels).map(({ root }) => root);
    if (roots.some((root, index) => this.root.children[index] !== root)) this.root.append(...roots);
    this.panels = panels;
    this.arrange();
  }

  /** The cells in the message's order. @param {Wire.AnyPanel[]} panels */
  inOrder(panels) {
    return [...new Set(panels.map((panel) => this.cellFor(panel)))];
  }

  fit() {
    for (const cell of this.cells.values()) cell.fit();
  }

  /** All cells beside each other; or one alone; or, seen from afar, one large beside the others. */
  arrange() {
    const cells = this.inOrder(this.panels);
    if (this.wanted && !cells.includes(this.wanted)) this.wanted = null;
    const showsAll = !phone.matches && !this.isProjected;
    if (showsAll && !this.showedAll) this.wanted = null; // what one looked at last needn't stay alone
    this.showedAll = showsAll;
    const layout = phone.matches ? "one" : this.isProjected ? "stage" : this.wanted ? "one" : "all";
    const large = layout === "all" ? null : (this.wanted ?? cells[0]);
    this.root.dataset.layout = layout;
    this.root.style.setProperty("--gp-others", String(Math.max(1, cells.length - 1)));
    for (const cell of cells) cell.take(cell === large ? "large" : layout === "stage" ? "small" : "");
    const arranged = JSON.stringify([layout, large && cells.indexOf(large), cells.map((cell) => cell.firstName())]);
    if (arranged === this.arranged) return; // most messages change no place: nothing is offered or drawn anew
    this.arranged = arranged;
    this.offer(cells, large);
    this.onGrow();
  }

  /**
   * @param {Cell[]} cells
   * @param {Cell | null} large
   */
  offer(cells, large) {
    const buttons = cells.map((cell) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: cell.firstName(), onclick: () => this.enlarge(cell, true) });
      button.ariaPressed = String(cell === large);
      return button;
    });
    this.chooser.replaceChildren(...(cells.length > 1 ? buttons : []));
  }

  /**
   * @param {Cell} cell
   * @param {boolean} large
   */
  enlarge(cell, large) {
    this.wanted = large ? cell : null;
    this.arrange();
  }

  /** @param {Wire.AnyPanel} panel */
  cellFor({ cell: name }) {
    const known = this.cells.get(name);
    if (known) return known;
    /** @type {Cell} */
    const cell = new Cell(this.root, (large) => this.enlarge(cell, large));
    this.cells.set(name, cell);
    return cell;
  }

  /**
   * @param {Cell} cell
   * @param {Wire.AnyPanel} panel
   * @returns {[Wire.AnyPanel, Play.View]}
   */
  viewIn({ body }, panel) {
    let view = this.views.get(panel.name);
    if (!(view instanceof kindOf(panel))) {
      view?.destroy();
      view = this.viewFor(body, panel);
      this.views.set(panel.name, view);
    }
    if (view.root.parentElement !== body) body.append(view.root);
    return [panel, view];
  }

  /**
   * @param {Element} body
   * @param {Wire.AnyPanel} panel
   * @returns {Play.View}
   */
  viewFor(body, panel) {
    switch (kindOf(panel)) {
      case Plot:
        return new Plot(body, this.post, this.unanswered);
      case Board:
        return new Board(body, this.post);
      default:
        return new Unseen(body, this.post, panel.name);
    }
  }

  /**
   * Get all views ready, and return what turns them, in one go.
   *
   * @param {Wire.Run} run
   */
  async apply({ panels, planned }) {
    const turns = await Promise.all(panels.map((panel) => this.views.get(panel.name)?.apply(panel, planned > 0)));
    return () => {
      for (const turn of turns) turn?.();
    };
  }

  /** The plot that has a trait and is seen. @param {"draggable" | "zoomable" | "choosable"} trait */
  seenPlot(trait) {
    return this.plots().find(({ panel, root }) => panel?.[trait] && root.offsetParent);
  }

  /** The plot on which a point is selected. */
  selectedPlot() {
    return this.plots().find(({ hand, root }) => hand.isEditing() && hand.selected !== null && !root.hidden);
  }

  /** The plot that is seen whose cards can be read. */
  readPlot() {
    return this.plots().find(({ reader, root }) => reader.cards() && root.offsetParent);
  }

  plots() {
    return [...this.views.values()].filter((view) => view instanceof Plot);
  }

  destroy() {
    this.watching.abort();
    for (const view of this.views.values()) view.destroy();
  }
}

/** What shows a panel. @param {Wire.AnyPanel} panel */
function kindOf(panel) {
  if ("figure" in panel) return Plot;
  return "rows" in panel ? Board : Unseen;
}
