// Traces that follow the cursor, drawn on a canvas above their plot.

import { decode } from "./figure.js";

export function follower(trace, index) {
  const { cursor, width, halo, stride = 1 } = trace.meta ?? {};
  if (!cursor) return null;
  if (cursor === "cards") return cards(trace, index);
  const [x, y, z] = [trace.x, trace.y, trace.z].map((values) => values && decode(values));
  const range = {
    all: () => [0, x.length],
    path: (step) => [0, step * stride + 1],
    point: (step) => [step, step + 1],
    rows: (step) => [step * width, (step + 1) * width],
  }[cursor];
  const draw = (pen, place, step) => {
    const [from, to] = range(step);
    const shift = x.length === y.length ? 0 : from; // x may be one row for all steps
    const points = [];
    for (let i = from; i < to; i++) points.push(place(x[i - shift], y[i]));
    if (trace.mode.includes("lines")) drawLine(pen, points, trace.line, halo);
    if (trace.mode.includes("lines") && cursor === "path") drawLine(pen, points.slice(-stride - 1), { ...trace.line, width: 1.8 * trace.line.width }, false);
    if (trace.mode.includes("markers")) drawMarkers(pen, points, trace.marker, halo);
  };
  return { index, cursor, colour: trace.marker?.color, range, x, y, z, draw };
}

// Boxes with lines of text, as large as ``size`` says in the plot's coordinates; each reads and looks as the last of its
// changes up to the cursor says.
function cards(trace, index) {
  const [x, y] = [trace.x, trace.y].map(decode);
  const { changes, looks, size: [wide, tall] } = trace.meta;
  const draw = (pen, place, step, theme) => {
    for (const [card, states] of changes.entries()) {
      const [, lines, look] = states.findLast(([since]) => since <= step);
      const [left, top] = place(x[card] - wide / 2, y[card] + tall / 2);
      const [right, bottom] = place(x[card] + wide / 2, y[card] - tall / 2);
      drawCard(pen, { left, top, width: right - left, height: bottom - top }, lines, looks[look], theme);
    }
  };
  return { index, cursor: "cards", draw };
}

function drawCard(pen, { left, top, width, height }, lines, { fill, edge, line }, theme) {
  pen.beginPath();
  pen.roundRect(left, top, width, height, Math.min(8, height / 6));
  for (const colour of [theme.background, fill]) {
    pen.fillStyle = colour;
    pen.fill();
  }
  stroke(pen, edge || theme.line, line);
  // As large as fits, the first line larger than the others; what would be too small to read isn't drawn.
  const sizes = lines.map((_, row) => (row ? 1 : 1.25));
  const room = sizes.reduce((sum, one) => sum + 1.25 * one, 0.3);
  pen.font = `100px ${theme.font}`;
  const widest = Math.max(...lines.map((text, row) => (pen.measureText(text).width * sizes[row]) / 100));
  const size = Math.min(1.25 * theme.size, height / room, (0.92 * width) / widest);
  if (size < 5) return;
  pen.fillStyle = theme.text;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  let middle = top + height / 2 - (size * (room - 0.3)) / 2;
  for (const [row, text] of lines.entries()) {
    pen.font = `${row ? 400 : 600} ${size * sizes[row]}px ${theme.font}`;
    middle += (size * 1.25 * sizes[row]) / 2;
    pen.fillText(text, left + width / 2, middle);
    middle += (size * 1.25 * sizes[row]) / 2;
  }
}

function drawLine(pen, points, line, halo) {
  pen.beginPath();
  let before = null;
  for (const point of points) {
    if (!point.every(Number.isFinite)) {
      before = null;
      continue;
    }
    const end = before ? toward(before, point) : point;
    if (before) pen.lineTo(...end);
    else if (toward(point, point) === point) pen.moveTo(...point);
    else continue; // from far away: the line begins where it comes near
    before = end === point ? point : null;
  }
  pen.lineJoin = pen.lineCap = "round";
  if (halo) {
    pen.strokeStyle = "rgba(255,255,255,0.85)";
    pen.lineWidth = line.width + 3;
    pen.stroke();
  }
  pen.setLineDash(line.dash === "dot" ? [line.width, 3 * line.width] : []);
  pen.strokeStyle = line.color;
  pen.lineWidth = line.width;
  pen.stroke();
  pen.setLineDash([]);
}

export const RING = { size: 18, symbol: "circle-open", color: "#fff", line: { color: "#000", width: 1.5 } };

// Corners of Plotly's symbols around 0, of radius 1; what isn't named is a circle.
const arm = 0.36;
const CORNERS = {
  square: [[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]],
  diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
  cross: [[-arm, -1.15], [arm, -1.15], [arm, -arm], [1.15, -arm], [1.15, arm], [arm, arm], [arm, 1.15], [-arm, 1.15], [-arm, arm], [-1.15, arm], [-1.15, -arm], [-arm, -arm]],
};
CORNERS.x = CORNERS.cross.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);

export function drawMarkers(pen, points, marker, halo) {
  const radius = marker.size / 2;
  if (marker.symbol === "arrow") return drawHeads(pen, points, marker, halo);
  const [symbol, open] = (marker.symbol ?? "circle").split("-");
  pen.beginPath();
  for (const [left, top] of points) {
    if (!Number.isFinite(left) || !Number.isFinite(top)) continue;
    const corners = CORNERS[symbol]?.map(([x, y]) => [left + radius * x, top + radius * y]);
    if (open === "thin") {
      for (const side of [-radius, radius]) {
        pen.moveTo(left - radius, top - side);
        pen.lineTo(left + radius, top + side);
      }
    } else if (corners) {
      pen.moveTo(...corners[0]);
      for (const corner of corners.slice(1)) pen.lineTo(...corner);
      pen.closePath();
    } else {
      pen.moveTo(left + radius, top);
      pen.arc(left, top, radius, 0, 2 * Math.PI);
    }
  }
  // An open one is a ring of its colour with the edge's colour, if that is another, at both sides.
  const width = Math.min(3, marker.size / 4);
  if (open && marker.line && marker.line.color !== marker.color) stroke(pen, marker.line.color, width + 2 * marker.line.width);
  if (open) return stroke(pen, marker.color, width);
  pen.fillStyle = marker.color;
  if (marker.line) stroke(pen, marker.line.color, 2 * marker.line.width);
  pen.fill();
}

function stroke(pen, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

// Beside a point, on the side where there is room.
export function drawLabel(pen, [left, top], gap, text, theme, { xaxis, yaxis }) {
  pen.font = `${theme.size}px ${theme.font}`;
  const isRoomRight = left + gap + pen.measureText(text).width < xaxis._offset + xaxis._length;
  const isRoomAbove = top - gap - theme.size > yaxis._offset;
  pen.textAlign = isRoomRight ? "left" : "right";
  pen.textBaseline = isRoomAbove ? "bottom" : "top";
  const place = [left + (isRoomRight ? gap : -gap), top + (isRoomAbove ? -gap : gap)];
  pen.lineJoin = "round";
  pen.strokeStyle = theme.background;
  pen.lineWidth = 5;
  pen.strokeText(text, ...place);
  pen.fillStyle = theme.text;
  pen.fillText(text, ...place);
}

// A head at the end of each stretch of the line, between gaps.
function drawHeads(pen, points, marker, halo) {
  const isThere = (point) => point?.every(Number.isFinite);
  for (const [i, tip] of points.entries()) {
    if (isThere(tip) && isThere(points[i - 1]) && !isThere(points[i + 1])) drawHead(pen, points[i - 1], tip, marker, halo);
  }
}

function drawHead(pen, tail, tip, marker, halo) {
  const length = Math.hypot(tip[0] - tail[0], tip[1] - tail[1]);
  if (!(length > 1 && Number.isFinite(length))) return;
  const [along, across] = [(tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length];
  const size = Math.min(marker.size, length);
  const corner = (side) => [
    tip[0] - size * (along - 0.45 * side * across),
    tip[1] - size * (across + 0.45 * side * along),
  ];
  pen.beginPath();
  pen.moveTo(tip[0] + along * 3, tip[1] + across * 3);
  pen.lineTo(...corner(1));
  pen.lineTo(...corner(-1));
  pen.closePath();
  pen.strokeStyle = "rgba(255,255,255,0.85)";
  pen.lineWidth = 2;
  if (halo) pen.stroke();
  pen.fillStyle = marker.color;
  pen.fill();
}

// At the edge, towards a point that has left the picture.
export function drawWayOut(pen, point, { _offset: left, _length: width }, { _offset: top, _length: height }, colour) {
  const [x, y] = [Math.max(left + 9, Math.min(point[0], left + width - 9)), Math.max(top + 9, Math.min(point[1], top + height - 9))];
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
  pen.strokeStyle = "white";
  pen.lineWidth = 2;
  pen.fill();
  pen.stroke();
  pen.restore();
}

// A canvas loses its way beyond some millions of pixels: stay on the line, and stop before.
function toward(from, to) {
  const far = 1e6;
  const reach = Math.max(Math.abs(to[0]), Math.abs(to[1]));
  return reach <= far ? to : [0, 1].map((i) => from[i] + ((to[i] - from[i]) * far) / reach);
}
