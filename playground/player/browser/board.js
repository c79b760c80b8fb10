// A table: rows of texts, numbers and formulas. A row may be chosen where it stands for something.

import { element } from "./page.js";
import { fill } from "./texts.js";

/** @implements {Play.View} */
export class Board {
  /**
   * @param {Element} parent
   * @param {Play.Post} post
   */
  constructor(parent, post) {
    this.post = post;
    this.root = element("figure", { className: "gp-panel gp-board" }, parent);
    this.table = element("table", {}, this.root);
    /** @type {Play.Update[]} */
    this.updates = [];
    /** @type {Wire.BoardPanel | undefined} */
    this.panel = undefined;
    /** @type {Wire.BoardPanel | undefined} the panel whose rows stand in the table */
    this.built = undefined;
    /** @type {(() => void) | undefined} */
    this.showAgain = undefined;
  }

  /** @param {Wire.BoardPanel} panel */
  async apply(panel) {
    return () => {
      this.root.dataset.panel = panel.name;
      this.table.ariaLabel = panel.description;
      this.panel = panel;
    };
  }

  /** @param {Wire.BoardPanel} panel */
  build(panel) {
    this.built = panel;
    this.table.textContent = "";
    this.updates = [];
    this.root.dataset.code = String(panel.code);
    const columns = Math.max(panel.heads.length, ...panel.rows.map((row) => row.length));
    if (panel.heads.length) this.addRow(element("thead", {}, this.table), panel.heads, "th", columns);
    const body = element("tbody", {}, this.table);
    for (const [index, cells] of panel.rows.entries()) {
      const row = this.addRow(body, cells, "td", columns);
      if (panel.current) this.highlight(row, index, panel.current);
      if (panel.chosen !== null) this.offer(row, index, panel);
    }
  }

  /**
   * @param {Element} parent
   * @param {Wire.Line[]} cells
   * @param {"th" | "td"} tag
   * @param {number} columns how many the table has
   */
  addRow(parent, cells, tag, columns) {
    const row = element("tr", {}, parent);
    for (const parts of cells) {
      const cell = element(parts.some((part) => part !== "") ? tag : "td", {}, row); // a head says something
      // A sentence that is alone has the whole width, and takes as many lines as it needs.
      if (cells.length === 1 && columns > 1) Object.assign(cell, { colSpan: columns, className: "gp-sentence" });
      this.updates.push(...fill(cell, parts));
      if (cell.querySelector(".gp-swatch")) cell.title = cell.textContent ?? ""; // it may be too long to be seen whole
    }
    return row;
  }

  /**
   * Mark the row at the steps whose column says its number.
   *
   * @param {HTMLElement} row
   * @param {number} index
   * @param {string} column
   */
  highlight(row, index, column) {
    this.updates.push((columns, step) => {
      const isCurrent = columns[column][step] === index;
      if (isCurrent && row.ariaCurrent !== "step") this.reveal(row);
      row.ariaCurrent = isCurrent ? "step" : null;
    });
  }

  /**
   * Let the row be chosen.
   *
   * @param {HTMLElement} row
   * @param {number} index
   * @param {Wire.BoardPanel} panel
   */
  offer(row, index, panel) {
    const choose = () => index !== panel.chosen && this.post({ kind: "choose", panel: panel.name, row: index });
    row.ariaSelected = String(index === panel.chosen);
    row.tabIndex = 0;
    row.onclick = choose;
    row.onkeydown = (event) => event.key === "Enter" && choose();
  }

  /** Scroll the table alone, and only as far as it takes. @param {HTMLElement} row */
  reveal({ offsetTop: top, offsetHeight: height }) {
    const { scrollTop, clientHeight } = this.root;
    const head = this.table.offsetTop; // above it the tabs stand
    if (top < scrollTop) this.root.scrollTop = top;
    if (head + top + height > scrollTop + clientHeight) this.root.scrollTop = head + top + height - clientHeight;
  }

  /**
   * @param {number} step
   * @param {Play.Columns} columns
   */
  show(step, columns) {
    this.showAgain = () => this.show(step, columns);
    if (this.root.hidden || !this.panel) return; // most tables are behind a tab: one is built when it is chosen
    if (this.built !== this.panel) this.build(this.panel);
    for (const update of this.updates) update(columns, step);
    for (const row of this.table.rows) row.hidden = !row.textContent; // what says nothing now needs no line
  }

  resize() {
    this.showAgain?.();
  }

  destroy() {
    this.root.remove();
  }
}
