import { element } from "./page.js";
import { fill } from "./texts.js";

// Rows of texts, numbers and formulas. A row may be chosen where it stands for something.
export class Board {
  constructor(parent, post) {
    this.post = post;
    this.root = element("figure", { className: "gp-panel gp-board" }, parent);
    this.table = element("table", {}, this.root);
    this.updates = [];
  }

  async apply(panel) {
    return () => {
      this.root.dataset.panel = panel.name;
      this.table.ariaLabel = panel.description;
      this.panel = panel;
    };
  }

  build(panel) {
    this.built = panel;
    this.table.textContent = "";
    this.updates = [];
    if (panel.heads.length) this.row(element("thead", {}, this.table), panel.heads, "th");
    const body = element("tbody", {}, this.table);
    this.root.dataset.code = panel.code;
    for (const [index, cells] of panel.rows.entries()) {
      const row = this.row(body, cells, "td");
      if (panel.current) {
        this.updates.push((columns, step) => {
          const isCurrent = columns[panel.current][step] === index;
          if (isCurrent && row.ariaCurrent !== "step") this.reveal(row);
          row.ariaCurrent = isCurrent ? "step" : null;
        });
      }
      if (panel.chosen === null) continue;
      row.setAttribute("aria-selected", index === panel.chosen);
      row.tabIndex = 0;
      row.onclick = () => index !== panel.chosen && this.post({ kind: "choose", panel: panel.name, row: index });
      row.onkeydown = (event) => {
        if (event.key === "Enter") row.onclick();
      };
    }
  }

  row(parent, cells, tag) {
    const row = element("tr", {}, parent);
    for (const parts of cells) {
      const cell = element(tag, {}, row);
      this.updates.push(...fill(cell, parts));
      if (cell.querySelector(".gp-swatch")) cell.title = cell.textContent; // it may be too long to be seen whole
    }
    return row;
  }

  // Scroll the table alone, and only as far as it takes.
  reveal({ offsetTop: top, offsetHeight: height }) {
    const { scrollTop, clientHeight } = this.root;
    const head = this.table.offsetTop; // above it the tabs stand
    if (top < scrollTop) this.root.scrollTop = top;
    if (head + top + height > scrollTop + clientHeight) this.root.scrollTop = head + top + height - clientHeight;
  }

  show(step, columns) {
    [this.step, this.columns] = [step, columns];
    if (this.root.hidden) return; // most tables are behind a tab: one is built when it is chosen
    if (this.built !== this.panel) this.build(this.panel);
    for (const update of this.updates) update(columns, step);
  }

  resize() {
    if (this.columns) this.show(this.step, this.columns);
  }

  destroy() {
    this.root.remove();
  }
}
