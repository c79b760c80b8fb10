// Written by tests/javascript/declare.py from playground/player/message.py.

declare namespace Wire {
  /** Numbers as Plotly reads them too: base64 of their bytes in little-endian order. dtype: numpy's short name, such as ``f4``; shape: where there is more than one dimension. */
  interface PackedArray {
    dtype: string;
    bdata: string;
    shape?: string;
  }

  /** The value of a column, so many steps ahead of the cursor; whole: without decimals; none: in place of NaN. */
  interface ColumnPart {
    column: string;
    ahead: number;
    whole?: boolean;
    none?: string;
  }

  /** One of several texts, by the value of a column; typeset: they are MathML. */
  interface WordsPart {
    column: string;
    words: Array<string>;
    typeset?: boolean;
  }

  /** MathML, in which an element with the attribute data-column stands for the number of one of the columns. */
  interface FormulaPart {
    mathml: string;
    columns: Array<ColumnPart>;
  }

  /** A marker, as in a legend. */
  interface SwatchPart {
    colour: string;
    symbol: string;
  }

  /** One of several lines, by the value of a column. */
  interface CasesPart {
    column: string;
    lines: Array<Line>;
  }

  type Part = string | ColumnPart | WordsPart | FormulaPart | SwatchPart | CasesPart;

  type Line = Array<Part>;

  /** What a picture and a table have in common. */
  interface Place {
    name: string;
    title: string;
    description: string;
    cell: string;
    tab: string;
    hint: string;
    tall: boolean;
  }

  /** A figure as Plotly reads it, but for two kinds of arrays. ``{"shared": hash}`` stands for one of the message ``Shared``, and ``{"once": number}`` for one of ``Run.arrays``. */
  interface Figure {
    data: Array<Record<string, any>>;
    layout: Record<string, any>;
  }

  /** A picture. */
  interface PlotPanel {
    name: string;
    title: string;
    description: string;
    cell: string;
    tab: string;
    hint: string;
    tall: boolean;
    pickable: boolean;
    draggable: boolean;
    editable: boolean;
    choosable: boolean;
    zoomable: boolean;
    seekable: boolean;
    scale: "" | "log" | "linear";
    figure: Figure;
  }

  /** A table. */
  interface BoardPanel {
    name: string;
    title: string;
    description: string;
    cell: string;
    tab: string;
    hint: string;
    tall: boolean;
    heads: Array<Line>;
    rows: Array<Array<Line>>;
    chosen: number | null;
    current: string;
    code: boolean;
  }

  /** A picture or a table that is sent when it is first seen. */
  interface UnseenPanel {
    name: string;
    title: string;
    description: string;
    cell: string;
    tab: string;
    hint: string;
    tall: boolean;
  }

  type AnyPanel = PlotPanel | BoardPanel | UnseenPanel;

  /** The large arrays that don't follow the cursor, by their hash: a message of its own. */
  interface Shared {
    shared: Record<string, PackedArray>;
  }

  /** Texts that the tab keeps through a reload, by name: a message of its own, since they may be long. */
  interface Kept {
    kept: Record<string, string>;
  }

  /** Pictures, tables and lines, with the numbers that they read: one for each step in each column. The columns are those that something sent reads, and ``loss``. */
  interface Contents {
    panels: Array<AnyPanel>;
    arrays: Array<PackedArray>;
    columns: Record<string, PackedArray>;
    readouts: Array<Line>;
  }

  /** All that is shown. notes: pairs of a step and what is said from it on; leap: the column by which a button goes many steps at once, to where its value changes next, or nothing; acknowledged: the number of the last entry that was read; recall: the name of a kept text that is wanted back, or nothing. */
  interface Run {
    panels: Array<AnyPanel>;
    arrays: Array<PackedArray>;
    columns: Record<string, PackedArray>;
    readouts: Array<Line>;
    status: string;
    alarming: boolean;
    notes: Array<[number, string]>;
    canGoOn: boolean;
    projected: boolean;
    recall: string;
    planned: number;
    subject: string;
    aside: boolean;
    leap: string;
    speed: number;
    plotly: string;
    acknowledged: number;
  }

  type Message = Shared | Kept | Run;

  /** A point that was picked, added or moved; row: of the point that moved. */
  interface PointEntry {
    number: number;
    kind: "pick" | "add" | "move";
    panel: string;
    x: number;
    y: number;
    row?: number | null;
    moving?: boolean;
    step?: number;
  }

  /** One step along a panel's axes. */
  interface NudgeEntry {
    number: number;
    kind: "nudge";
    panel: string;
    x: number;
    y: number;
  }

  /** The other one of a panel's scales is wanted. */
  interface ScaleEntry {
    number: number;
    kind: "scale";
    panel: string;
  }

  /** A row that was chosen, or a point that was deleted. */
  interface RowEntry {
    number: number;
    kind: "choose" | "delete";
    panel: string;
    row: number;
  }

  /** A panel is looked at for the first time. */
  interface SeeEntry {
    number: number;
    kind: "see";
    panel: string;
  }

  /** Steps that are wanted, in all. */
  interface MoreEntry {
    number: number;
    kind: "more";
    steps: number;
  }

  /** Where the cursor stood when a look aside began. */
  interface LookEntry {
    number: number;
    kind: "look";
    step: number;
  }

  /** The last change is to be taken back, or made again. */
  interface HistoryEntry {
    number: number;
    kind: "undo" | "redo";
  }

  /** A text that the tab has kept. */
  interface RecallEntry {
    number: number;
    kind: "recall";
    text: string;
  }

  /** The − or + beside a field was pressed. */
  interface StepEntry {
    number: number;
    kind: "step";
    field: string;
    by: number;
  }

  type Entry =
    | PointEntry
    | NudgeEntry
    | ScaleEntry
    | RowEntry
    | SeeEntry
    | MoreEntry
    | LookEntry
    | HistoryEntry
    | RecallEntry
    | StepEntry;
}
