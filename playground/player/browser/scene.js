// A 3D scene follows the cursor as fast as the machine can draw, and never keeps the 2D plots waiting.

import { drawsInSoftware } from "./figure.js";
import { nextPaint, rest } from "./page.js";

const SLOW = 45; // milliseconds of a draw from which on a pause follows, twice as long
const LONGEST_PAUSE = 300;
const BETWEEN_LOOKS = 150; // while a scene waits for runs that are coming

export class Scene {
  /** @param {import("./plot.js").Plot} on */
  constructor(on) {
    this.on = on;
    this.isHovered = false;
    this.isBusy = false;
    this.isRested = false;
    /** @type {number | undefined} the step that is drawn */
    this.shown = undefined;
    /** @type {(() => void) | null} what turns to the run that is drawn next */
    this.waiting = null;
    /** @type {unknown} the camera is the person's: every change keeps it */
    this.camera = undefined;
    on.root.addEventListener("pointerenter", () => this.hover(true));
    on.root.addEventListener("pointerleave", () => this.hover(false));
  }

  /** @param {boolean} inside */
  hover(inside) {
    this.isHovered = inside;
    if (this.on.isSolid) this.readBack();
  }

  drawn() {
    return this.on.graph._fullLayout?.scene?._scene;
  }

  /** A scene that is there already draws its new run after the paint of the 2D plots. @param {() => void} turn */
  async drawLater(turn) {
    this.on.following = [];
    this.waiting = turn;
    await nextPaint();
    // Where no graphics card helps, a scene stops everything for several frames: not while more runs are coming.
    const isAwaited = () => this.on.unanswered().length > 0 || document.querySelector(".gp-panel[data-pressed=true]");
    while (drawsInSoftware(undefined) && this.waiting === turn && (!this.isRested || isAwaited())) {
      this.isRested = !isAwaited();
      await rest(BETWEEN_LOOKS);
    }
    this.isRested = false;
    if (this.waiting !== turn || !this.on.graph.isConnected) return;
    await this.on.draw();
    if (this.waiting !== turn) return;
    turn();
    this.on.showAgain();
  }

  // It begins after the 2D plots' paint, and after a slow draw comes a pause of twice its length (but the first draw is
  // no measure), and then the step that the cursor has reached.
  async show() {
    if (this.isBusy || this.shown === this.on.step || !this.drawn() || !this.on.graph.offsetParent) return;
    this.isBusy = true;
    try {
      await nextPaint();
      if (!this.drawn()) return; // torn down meanwhile
      const began = performance.now();
      this.shown = this.on.step;
      for (const trace of this.on.following) this.move(trace, this.on.step);
      this.readBack();
      await nextPaint();
      const took = performance.now() - began;
      await rest(took > SLOW ? Math.min(2 * took, LONGEST_PAUSE) : 0);
    } finally {
      this.isBusy = false;
    }
    this.show();
  }

  /**
   * Straight to the scene's own object: 2 ms, where restyle takes 24. It reaches into Plotly, so restyle stands by.
   *
   * @param {Play.Follower} trace
   * @param {number} step
   */
  move({ index, range, x, y, z }, step) {
    if (!range || !x || !y || !z) return;
    const { graph } = this.on;
    const [from, to] = range(step);
    const points = {
      x: Array.from(x.slice(from, to)),
      y: Array.from(y.slice(from, to)),
      z: Array.from(z.slice(from, to)),
    };
    const scene = this.drawn();
    const full = graph._fullData?.[index];
    const line = full && scene?.traces?.[full.uid];
    if (graph.data && full && line?.update && scene?.glplot.redraw) {
      Object.assign(full, points, { _length: points.x.length });
      Object.assign(graph.data[index], points);
      line.update(full);
      scene.glplot.redraw();
    } else {
      Plotly.restyle(graph, { x: [points.x], y: [points.y], z: [points.z] }, [index]);
    }
  }

  // Behind each picture of a scene Plotly draws another, and reads it back, to know what is under the pointer. That
  // stalls a software renderer for several frames: it is left out while the pointer is elsewhere.
  readBack() {
    const glplot = this.drawn()?.glplot;
    if (!glplot?.gl.readPixels || !glplot.objects) return;
    const nothing = () => {};
    if (this.isHovered) {
      delete glplot.gl.readPixels;
      for (const object of glplot.objects) delete object.drawPick;
      glplot.update();
    } else {
      glplot.gl.readPixels = nothing;
      for (const object of glplot.objects) object.drawPick = nothing;
    }
  }
}
