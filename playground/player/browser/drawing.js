// Lines, markers and labels on a canvas.

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels[]} points those that aren't finite leave a gap
 * @param {{color: string, width: number, dash?: string}} line
 * @param {string[]} halo the colours of its edges, from outside
 */
export function drawLine(pen, points, line, halo) {
  trace(pen, points);
  pen.lineJoin = pen.lineCap = "round";
  strokeEdges(pen, halo, line.width);
  pen.setLineDash(line.dash === "dot" ? [line.width, 3 * line.width] : []);
  stroke(pen, line.color, line.width);
  pen.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels[]} points
 */
function trace(pen, points) {
  pen.beginPath();
  /** @type {Play.Pixels | null} */
  let before = null;
  for (const point of points) {
    if (!isThere(point)) {
      before = null;
      continue;
    }
    /** @type {Play.Pixels} */
    const end = before ? toward(before, point) : point;
    if (before) pen.lineTo(...end);
    else if (toward(point, point) === point) pen.moveTo(...point);
    else continue; // from far away: the line begins where it comes near
    before = end === point ? point : null;
  }
}

/** @param {Play.Pixels | undefined} point */
const isThere = (point) => Boolean(point?.every(Number.isFinite));

const FAR = 1e6;

/**
 * A canvas loses its way beyond some millions of pixels: stay on the line, and stop before.
 *
 * @param {Play.Pixels} from
 * @param {Play.Pixels} to
 * @returns {Play.Pixels}
 */
function toward(from, to) {
  const reach = Math.max(Math.abs(to[0]), Math.abs(to[1]));
  if (reach <= FAR) return to;
  return [from[0] + ((to[0] - from[0]) * FAR) / reach, from[1] + ((to[1] - from[1]) * FAR) / reach];
}

export const RING = { size: 18, symbol: "circle-open", color: "#fff", line: { color: "#000", width: 1.5 } };

// Corners of Plotly's symbols around 0, of radius 1; what isn't named is a circle.
const ARM = 0.36;
/** @type {Play.Pixels[]} */
const CROSS = [
  [-ARM, -1.15],
  [ARM, -1.15],
  [ARM, -ARM],
  [1.15, -ARM],
  [1.15, ARM],
  [ARM, ARM],
  [ARM, 1.15],
  [-ARM, 1.15],
  [-ARM, ARM],
  [-1.15, ARM],
  [-1.15, -ARM],
  [-ARM, -ARM],
];
/** @type {Record<string, Play.Pixels[]>} */
const CORNERS = {
  square: [
    [-0.88, -0.88],
    [0.88, -0.88],
    [0.88, 0.88],
    [-0.88, 0.88],
  ],
  diamond: [
    [0, -1.25],
    [1.25, 0],
    [0, 1.25],
    [-1.25, 0],
  ],
  cross: CROSS,
  x: CROSS.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]),
};

/**
 * @param {Play.Marker} marker
 * @param {number} scale
 * @returns {Play.Marker}
 */
export function enlarged(marker, scale) {
  return scale === 1 ? marker : { ...marker, size: scale * marker.size };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels[]} points
 * @param {Play.Marker} marker
 * @param {string[]} [halo]
 */
export function drawMarkers(pen, points, marker, halo = []) {
  if (marker.symbol === "arrow") return drawHeads(pen, points, marker, halo);
  const [symbol, open] = (marker.symbol ?? "circle").split("-");
  pen.beginPath();
  for (const point of points) if (isThere(point)) outline(pen, point, marker.size / 2, open === "thin" ? open : symbol);
  // An open one is a ring of its colour with the edge's colour, if that is another, at both sides.
  const width = Math.min(3, marker.size / 4);
  if (open && marker.line && marker.line.color !== marker.color) {
    stroke(pen, marker.line.color, width + 2 * marker.line.width);
  }
  if (open) return stroke(pen, marker.color, width);
  pen.fillStyle = marker.color;
  if (marker.line?.width) stroke(pen, marker.line.color, 2 * marker.line.width); // a canvas ignores a width of 0
  pen.fill();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels} point
 * @param {number} radius
 * @param {string} symbol
 */
function outline(pen, [left, top], radius, symbol) {
  if (symbol === "thin") {
    for (const side of [-radius, radius]) {
      pen.moveTo(left - radius, top - side);
      pen.lineTo(left + radius, top + side);
    }
  } else if (symbol in CORNERS) {
    for (const [i, [x, y]] of CORNERS[symbol].entries())
      pen[i ? "lineTo" : "moveTo"](left + radius * x, top + radius * y);
    pen.closePath();
  } else {
    pen.moveTo(left + radius, top);
    pen.arc(left, top, radius, 0, 2 * Math.PI);
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {number} width
 */
export function stroke(pen, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

const EDGE = 1.5; // pixels of each edge of a halo

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string[]} colours from outside
 * @param {number} width of what the edges are around
 */
function strokeEdges(pen, colours, width) {
  for (const [i, colour] of colours.entries()) stroke(pen, colour, width + 2 * EDGE * (colours.length - i));
}

/**
 * Text beside a point, on the side where there is room.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels} point
 * @param {number} gap
 * @param {string} text
 * @param {Play.Theme} theme
 * @param {Plotly.FullLayout} layout
 */
export function drawLabel(pen, [left, top], gap, text, theme, { xaxis, yaxis }) {
  pen.font = `${theme.size}px ${theme.font}`;
  const isRoomRight = left + gap + pen.measureText(text).width < xaxis._offset + xaxis._length;
  const isRoomAbove = top - gap - theme.size > yaxis._offset;
  pen.textAlign = isRoomRight ? "left" : "right";
  pen.textBaseline = isRoomAbove ? "bottom" : "top";
  const [x, y] = [left + (isRoomRight ? gap : -gap), top + (isRoomAbove ? -gap : gap)];
  drawText(pen, text, [x, y], theme);
}

/**
 * Text that stands out from what is below it.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {Play.Pixels} at
 * @param {Play.Theme} theme
 */
export function drawText(pen, text, at, theme) {
  pen.lineJoin = "round";
  pen.strokeStyle = theme.background;
  pen.lineWidth = 5;
  pen.strokeText(text, ...at);
  pen.fillStyle = theme.text;
  pen.fillText(text, ...at);
}

/**
 * A head at the end of each stretch of the line, between gaps.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels[]} points
 * @param {Play.Marker} marker
 * @param {string[]} halo
 */
function drawHeads(pen, points, marker, halo) {
  for (const [i, tip] of points.entries()) {
    if (isThere(tip) && isThere(points[i - 1]) && !isThere(points[i + 1]))
      drawHead(pen, points[i - 1], tip, marker, halo);
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels} tail
 * @param {Play.Pixels} tip
 * @param {Play.Marker} marker
 * @param {string[]} halo
 */
function drawHead(pen, tail, tip, marker, halo) {
  const length = Math.hypot(tip[0] - tail[0], tip[1] - tail[1]);
  if (!(length > 1 && Number.isFinite(length))) return;
  const [along, across] = [(tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length];
  const size = Math.min(marker.size, length);
  pen.beginPath();
  pen.moveTo(tip[0] + along * 3, tip[1] + across * 3);
  for (const side of [1, -1]) {
    pen.lineTo(tip[0] - size * (along - 0.45 * side * across), tip[1] - size * (across + 0.45 * side * along));
  }
  pen.closePath();
  strokeEdges(pen, halo, -EDGE);
  pen.fillStyle = marker.color;
  pen.fill();
}

/**
 * A triangle at the edge, towards a point that has left the picture.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Play.Pixels} point
 * @param {Plotly.FullLayout} layout
 * @param {string} colour
 */
export function drawWayOut(pen, point, { xaxis, yaxis }, colour) {
  const x = Math.max(xaxis._offset + 9, Math.min(point[0], xaxis._offset + xaxis._length - 9));
  const y = Math.max(yaxis._offset + 9, Math.min(point[1], yaxis._offset + yaxis._length - 9));
  const [across, down] = [point[0] - x, point[1] - y];
  const away = Math.hypot(across, down);
  if (!(away > 9 && Number.isFinite(away))) return;
  pen.save();
  pen.translate(x, y);
  pen.rotate(Math.atan2(down, across));
  pen.beginPath();
  pen.moveTo(8, 0);
  pen.lineTo(-7, -7);
  pen.lineTo(-7, 7);
  pen.closePath();
  pen.fillStyle = colour;
  pen.fill();
  stroke(pen, "white", 2);
  pen.restore();
}
