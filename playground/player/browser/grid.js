// The panels: a view for each, in its cell.

import { Board } from "./board.js";
import { Cell } from "./cell.js";
import { element } from "./page.js";
import { Plot } from "./plot.js";

export class Grid {
  /**
   * @param {Element} parent
   * @param {Play.Post} post
   * @param {() => Wire.Entry[]} unanswered
   * @param {() => void} onGrow
   */
  constructor(parent, post, unanswered, onGrow) {
    this.root = element("div", { className: "gp-panels" }, parent);
    this.post = post;
    this.unanswered = unanswered;
    this.onGrow = onGrow;
    /** @type {Map<string, Play.View>} by panel */
    this.views = new Map();
    /** @type {Map<string, Cell>} by name */
    this.cells = new Map();
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
    const roots = [...new Set(panels.map((panel) => this.cellFor(panel).root))]; // in the message's order
    if (roots.some((root, index) => this.root.children[index] !== root)) this.root.append(...roots);
  }

  /** @param {Wire.AnyPanel} panel */
  cellFor({ cell: name }) {
    const cell = this.cells.get(name) ?? new Cell(this.root, this.onGrow);
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
    if (!view) {
      view = "rows" in panel ? new Board(body, this.post) : new Plot(body, this.post, this.unanswered);
      this.views.set(panel.name, view);
    }
    if (view.root.parentElement !== body) body.append(view.root);
    return [panel, view];
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

  plots() {
    return [...this.views.values()].filter((view) => view instanceof Plot);
  }

  destroy() {
    for (const view of this.views.values()) view.destroy();
  }
}
