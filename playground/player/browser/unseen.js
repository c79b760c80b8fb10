// A picture or a table that nobody has looked at: it is asked for when it is seen, and another view takes its place.

import { element } from "./page.js";

/** @implements {Play.View} */
export class Unseen {
  /**
   * @param {Element} parent
   * @param {Play.Post} post
   * @param {string} name of the panel
   */
  constructor(parent, post, name) {
    this.post = post;
    this.name = name;
    this.root = element("div", { className: "gp-panel gp-unmade", textContent: "Drawing …", role: "status" }, parent);
    this.root.dataset.panel = name;
    this.isAsked = false;
  }

  async apply() {
    return () => {};
  }

  show() {
    if (this.root.hidden || this.isAsked) return;
    this.isAsked = true;
    this.post({ kind: "see", panel: this.name });
  }

  resize() {
    this.isAsked = false; // a tab that is chosen once more asks once more: it may have been refused
    this.show();
  }

  destroy() {
    this.root.remove();
  }
}
