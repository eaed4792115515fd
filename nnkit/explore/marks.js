// How each mark of marks.py looks. Plain functions on a 2D context; `at` turns data coordinates into pixels.

const finite = (p) => Number.isFinite(p[0]) && Number.isFinite(p[1]);
const FAR = 1e5; // pixels; canvases misdraw coordinates beyond float precision

// Pixel positions of a mark; null where there is nothing to draw.
function pixels(mark, at) {
  const places = [];
  for (let i = 0; i < mark.xy.length; i += 2) {
    const p = at(mark.xy[i], mark.xy[i + 1]).map((v) => Math.max(-FAR, Math.min(FAR, v)));
    places.push(finite(p) ? p : null);
  }
  return places;
}

function trace(c, places) {
  c.beginPath();
  places.forEach((p, i) => p && (i && places[i - 1] ? c.lineTo(...p) : c.moveTo(...p)));
}

// Outlines of matplotlib's marker letters on a unit radius, scaled so that they look equally big.
function ring(n, turn, inner) {
  const count = inner ? 2 * n : n; // `inner`: radius of the notches of a star
  return Array.from({ length: count }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / count, r = inner && i % 2 ? inner : 1;
    return [r * Math.sin(angle), -r * Math.cos(angle)];
  });
}
const cross = [[-0.4, -1.1], [0.4, -1.1], [0.4, -0.4], [1.1, -0.4], [1.1, 0.4], [0.4, 0.4],
  [0.4, 1.1], [-0.4, 1.1], [-0.4, 0.4], [-1.1, 0.4], [-1.1, -0.4], [-0.4, -0.4]];
const diagonal = cross.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
const grow = (shape, k) => shape.map(([x, y]) => [k * x, k * y]);
const SHAPES = {
  s: grow(ring(4, Math.PI / 4), 1.28), D: grow(ring(4, 0), 1.28),
  "^": grow(ring(3, 0), 1.35), v: grow(ring(3, Math.PI), 1.35),
  "<": grow(ring(3, -Math.PI / 2), 1.35), ">": grow(ring(3, Math.PI / 2), 1.35),
  P: cross, X: diagonal, "*": grow(ring(5, 0, 0.45), 1.45),
};

function outline(c, marker, [x, y], radius) {
  c.beginPath();
  if (!SHAPES[marker]) return c.arc(x, y, radius, 0, 2 * Math.PI);
  SHAPES[marker].forEach(([dx, dy], i) => c[i ? "lineTo" : "moveTo"](x + radius * dx, y + radius * dy));
  c.closePath();
}

// A value on a unit scale to a color between evenly spaced stops [r, g, b, alpha], as a table of 256.
function table(stops, bands) {
  const colors = new Uint8ClampedArray(4 * 256);
  for (let i = 0; i < 256; i++) {
    const unit = bands ? Math.min(bands - 1, Math.floor((i / 255) * bands)) / Math.max(1, bands - 1) : i / 255;
    const place = unit * (stops.length - 1), k = Math.min(stops.length - 2, Math.floor(place)), part = place - k;
    for (let j = 0; j < 4; j++) colors[4 * i + j] = stops[k][j] + part * (stops[k + 1][j] - stops[k][j]);
  }
  return colors;
}

// What stands beside a name in the legend: its mark with a single point, or a short line of it, from 0 to 1.
function sampleOf(mark, k) {
  if (mark.kind === "line") return { ...mark, width: Math.min(mark.width, 3), xy: [0, 0, 1, 0] };
  return { ...mark, size: Math.max(8, Math.min(mark.size, 10)), xy: [0.5, 0], classes: [k] };
}

const MARKS = {
  line(c, mark, at, ink) {
    trace(c, pixels(mark, at));
    c.strokeStyle = ink(mark.color);
    c.lineWidth = mark.width;
    c.setLineDash(mark.dashed ? [5, 4] : []);
    c.stroke();
    c.setLineDash([]);
  },

  area(c, mark, at, ink) {
    trace(c, pixels(mark, at));
    c.globalAlpha = ink.dark ? Math.min(0.8, 2 * mark.opacity) : mark.opacity; // black swallows a tint
    c.fillStyle = ink(mark.color);
    c.fill();
    c.globalAlpha = 1;
  },

  arrow(c, mark, at, ink) {
    const places = pixels(mark, at), head = 4 + 2 * mark.width;
    c.strokeStyle = c.fillStyle = ink(mark.color);
    c.lineWidth = mark.width;
    for (let i = 0; i < places.length; i += 2) {
      const [from, to] = [places[i], places[i + 1]];
      if (!from || !to) continue;
      const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
      if (length < 1) continue;
      const [ux, uy] = [dx / length, dy / length], back = [to[0] - head * ux, to[1] - head * uy];
      trace(c, [from, back]);
      c.stroke();
      trace(c, [to, [back[0] - 0.5 * head * uy, back[1] + 0.5 * head * ux],
        [back[0] + 0.5 * head * uy, back[1] - 0.5 * head * ux]]);
      c.fill();
    }
  },

  points(c, mark, at, ink) {
    pixels(mark, at).forEach((p, i) => {
      if (!p || !c.inside(p)) return;
      const [color, marker] = mark.styles[mark.classes[i]];
      outline(c, marker, p, mark.size / 2);
      c.fillStyle = ink(color);
      c.lineWidth = mark.hollow ? Math.max(1, mark.size / 10) : 1;
      c.strokeStyle = mark.hollow ? ink(color) : "#fff"; // a rim sets a point off from ground of its own color
      if (!mark.hollow) c.fill();
      if (mark.hollow || mark.size > 6) c.stroke();
    });
  },

  text(c, mark, at, ink) {
    c.font = `${mark.size}px ${c.family}`;
    c.textAlign = mark.anchor;
    c.textBaseline = "middle";
    c.lineWidth = 3;
    c.lineJoin = "round";
    pixels(mark, at).forEach((p, i) => {
      if (!p || !c.inside(p)) return;
      c.strokeStyle = ink("paper"); // a halo keeps words readable on any ground
      c.strokeText(mark.words[i], ...p);
      c.fillStyle = ink(mark.color);
      c.fillText(mark.words[i], ...p);
    });
  },

  // Words that can be turned, in a box each.
  knobs(c, mark, at, ink) {
    c.font = `12px ${c.family}`;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineWidth = 1;
    pixels(mark, at).forEach(([x, y], i) => {
      const width = c.measureText(mark.words[i]).width + 12;
      c.beginPath();
      c.roundRect(x - width / 2, y - 10, width, 20, 4);
      c.fillStyle = ink("paper");
      c.fill();
      c.strokeStyle = ink("muted");
      c.stroke();
      c.fillStyle = ink("ink");
      c.fillText(mark.words[i], x, y);
    });
  },

  // Bilinear interpolation for every pixel, so that bands have smooth edges on a coarse grid.
  heat(c, mark, at, ink) {
    const [low, high] = mark.limits, v = mark.values, k = 255 / (high - low);
    const stops = mark.colors.map(([color, opacity]) => [...rgb(ink(color)), 255 * opacity]);
    const colors = new Uint32Array(table(stops, mark.bands).buffer);
    raster(c, mark, at, (out, start, i, j, fr, parts) => {
      const left = v[i] + fr * (v[j] - v[i]), right = v[i + 1] + fr * (v[j + 1] - v[i + 1]);
      for (let n = 0; n < parts.length; n++) {
        const value = left + parts[n] * (right - left);
        out[start + n] = colors[Math.max(0, Math.min(255, Math.round((value - low) * k)))];
      }
    });
  },

  // One color per class. Between grid points of different classes, the class with the largest bilinear share wins.
  regions(c, mark, at, ink) {
    const none = mark.colors.length, labels = mark.classes.map((label) => Math.min(none, label));
    const tints = mark.colors.flatMap((color) => [...rgb(ink(color)), 255 * mark.opacity]);
    const colors = new Uint32Array(new Uint8ClampedArray([...tints, 0, 0, 0, 0]).buffer);
    raster(c, mark, at, (out, start, i, j, fr, parts) => {
      const a = labels[i], b = labels[i + 1], d = labels[j], e = labels[j + 1], plain = a === b && a === d && a === e;
      for (let n = 0; n < parts.length; n++) out[start + n] = colors[plain ? a : winner(a, b, d, e, fr, parts[n])];
    });
  },
};

// The class with the largest share of a pixel that is fr of the way up and fq of the way right between four corners.
function winner(a, b, d, e, fr, fq) {
  const share = (k) =>
    (a === k) * (1 - fr) * (1 - fq) + (b === k) * (1 - fr) * fq + (d === k) * fr * (1 - fq) + (e === k) * fr * fq;
  const larger = (k, l) => (share(l) > share(k) ? l : k);
  return larger(larger(a, b), larger(d, e));
}

// Paint all pixels over a grid, a stretch at a time: `paint(out, start, i, j, fr, parts)` is to set out[start + n] for
// the pixels of one row in one cell. i, i + 1 are the grid points below them, j, j + 1 those above, fr and parts[n] how
// far they are on the way up and to the right.
function raster(c, mark, at, paint) {
  const [rows, columns] = mark.shape;
  const [left, bottom] = at(mark.x[0], mark.y[0]), [right, top] = at(mark.x[1], mark.y[1]);
  const width = Math.max(1, Math.round(right - left)), height = Math.max(1, Math.round(bottom - top));
  const image = new ImageData(width, height), out = new Uint32Array(image.data.buffer);
  const across = cells(width, columns), up = cells(height, rows);
  up.forEach((line, r) => line.parts.forEach((fr, n) => {
    const row = (height - 1 - line.start - n) * width;
    across.forEach((cell, q) => {
      const i = r * columns + q;
      paint(out, row + cell.start, i, i + columns, fr, cell.parts);
    });
  }));
  const sheet = new OffscreenCanvas(width, height);
  sheet.getContext("2d").putImageData(image, 0, 0);
  c.drawImage(sheet, left, top, right - left, bottom - top);
}

// The m − 1 cells between m grid points under n pixels: the first pixel in each, and how far on the way its pixels are.
function cells(n, m) {
  const list = Array.from({ length: m - 1 }, () => ({ start: n, parts: [] }));
  for (let pixel = n - 1; pixel >= 0; pixel--) {
    const place = ((pixel + 0.5) / n) * (m - 1), q = Math.min(m - 2, Math.floor(place));
    list[q].start = pixel;
    list[q].parts.unshift(place - q);
  }
  return list;
}

// Any CSS color to [red, green, blue].
const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const known = new Map();
function rgb(color) {
  if (!known.has(color)) {
    probe.fillStyle = color;
    probe.fillRect(0, 0, 1, 1);
    known.set(color, [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
  }
  return known.get(color);
}
