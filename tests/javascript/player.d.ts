// Types that several of the player's files share, and what Streamlit gives a component.

declare namespace Streamlit {
  interface Component {
    data: Wire.Message;
    parentElement: HTMLElement;
    setStateValue(name: string, value: unknown): void;
  }
}

declare namespace Play {
  type Numbers =
    | Float64Array
    | Float32Array
    | Int32Array
    | Int16Array
    | Int8Array
    | Uint32Array
    | Uint16Array
    | Uint8Array;
  type Columns = Record<string, Numbers>;

  /** Turns a text, a number or a row to a step. */
  type Update = (columns: Columns, step: number) => void;

  /** A point in pixels, from the left and from the top. */
  type Pixels = [number, number];

  /** Where a point of the plot's own coordinates lies. */
  type Locate = (x: number, y: number) => Pixels;

  type Trace = Record<string, any>;

  interface Theme {
    text: string;
    background: string;
    line: string;
    size: number;
    /** How many times as thick as otherwise lines are, and as large markers. */
    scale: number;
    dark: boolean;
    font: string;
  }

  interface Marker {
    size: number;
    symbol?: string;
    color: string;
    line?: { color: string; width: number };
  }

  /** A trace that the player draws, since it follows the cursor. */
  interface Follower {
    index: number;
    cursor: string;
    colour?: string;
    /** Whether it shows a direction, and may leave the picture without a sign. */
    isOpen?: boolean;
    isLine?: boolean;
    /** Of its runner, or of the trace. */
    name?: string;
    /** What it is, in one sentence. */
    says?: string;
    x?: Numbers;
    y?: Numbers;
    z?: Numbers;
    range?(step: number): [number, number];
    draw(pen: CanvasRenderingContext2D, locate: Locate, step: number, theme: Theme): void;
    choices?: Choices;
    cards?: Cards;
  }

  /** Cards that can be read, by their numbers; places are the plot's own. */
  interface Cards {
    count: number;
    selected: number | null;
    /** Left, right, low and high. */
    edges(card: number): [number, number, number, number];
    at(x: number, y: number): number | null;
    /** The one where something happens at a step, or -1. */
    current(step: number): number;
    /** All that there is to read on it. */
    whole(card: number, step: number): string[];
    /** The pixels that the plot's units take, across and up, for all to be read. */
    room(theme: Theme): [number, number];
  }

  /** What of a trace can be chosen; first: the row of the first one. */
  interface Choices {
    first: number;
    chosen: number | null;
    names: string[];
    /** How many pixels a place is away. */
    distance(i: number, locate: Locate, at: Pixels): number;
    /** Those that are drawn as the chosen one, or as the one that a press would choose. */
    marked: number[];
  }

  /** What shows a panel. */
  interface View {
    root: HTMLElement;
    panel?: Wire.AnyPanel;
    /** Get ready for a panel, and return what turns to it. */
    apply(panel: Wire.AnyPanel, hurried: boolean): Promise<() => void>;
    show(step: number, columns: Columns): void;
    resize(): void;
    destroy(): void;
  }

  /** An entry of the outbox that has no number yet. */
  type Act = Wire.Entry extends infer One ? (One extends Wire.Entry ? Omit<One, "number"> : never) : never;
  type Post = (act: Act) => void;
}
