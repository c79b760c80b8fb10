// What the player takes of Plotly. Names that begin with an underscore aren't Plotly's public interface: a new version
// of it may rename them. Each has a test in a browser, and where they are missing the scene is moved by restyle.

declare namespace Plotly {
  type Range = [number, number];

  interface Axis {
    _offset: number;
    _length: number;
    type: string;
    range: Range;
    d2p(value: number): number;
    p2d(pixels: number): number;
  }

  interface Drawable {
    drawPick?(): void;
  }

  interface Glplot {
    gl: { readPixels?: unknown };
    objects: Drawable[];
    redraw?(): void;
    update(): void;
  }

  interface Scene {
    glplot: Glplot;
    traces: Record<string, { update?(trace: FullTrace): void } | undefined>;
  }

  interface FullTrace {
    visible: boolean | "legendonly";
    uid: string;
  }

  interface FullLayout {
    width: number;
    xaxis: Axis;
    yaxis: Axis;
    scene?: { _scene?: Scene };
    _guiEditing?: boolean;
  }

  /** The element that holds a plot; what begins with an underscore is there once it is drawn. */
  interface Graph extends HTMLDivElement {
    data?: Array<Record<string, any>>;
    _fullLayout?: FullLayout;
    _fullData?: FullTrace[];
    on?(event: string, call: (change: Record<string, any>) => void): void;
  }

  function react(graph: Graph, data: unknown[], layout: unknown, config: unknown): Promise<unknown>;
  function redraw(graph: Graph): Promise<unknown>;
  function restyle(graph: Graph, update: unknown, traces: number[]): Promise<unknown>;
  function relayout(graph: Graph, update: unknown): Promise<unknown>;
  function purge(graph: Graph): void;
}
