// The widget behind canvas.py: panels side by side, a live summary below. marks.js stands before this text in one module.

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

// Tick distance 1, 2 or 5 times a power of ten, about 60 pixels apart.
function tickStep(axis, length) {
  const raw = (60 * (axis.high - axis.low)) / length, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
  return axis.whole ? Math.max(1, Math.round(step)) : step;
}

function linearTicks(axis, length) {
  const step = tickStep(axis, length), places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), ticks = [];
  for (let i = Math.ceil(axis.low / step - 1e-9); i * step <= axis.high * (1 + 1e-9) + 1e-12; i++)
    ticks.push([i * step, (i * step).toFixed(places).replace("-", i ? "−" : "")]);
  return ticks;
}

function logTicks(axis) {
  const [low, high] = [Math.log10(axis.low), Math.log10(axis.high)], ticks = [];
  const skip = Math.ceil((high - low) / 6), steps = high - low < 2.6 ? [1, 2, 5] : [1];
  for (let k = Math.floor(low); k <= high + 1e-9; k++)
    for (const m of steps)
      if (k % skip === 0 && m * 10 ** k >= axis.low * 0.999 && m * 10 ** k <= axis.high * 1.001)
        ticks.push([m * 10 ** k, powerLabel(m, k)]);
  return ticks;
}

function powerLabel(m, k) {
  if (Math.abs(k) <= 3) return (m * 10 ** k).toFixed(Math.max(0, -k));
  return `${m > 1 ? m + "·" : ""}10${k < 0 ? "⁻" : ""}${[...String(Math.abs(k))].map((d) => DIGITS[d]).join("")}`;
}

// Data to pixels along one axis, and back.
function scale(axis, start, end) {
  const f = axis.log ? Math.log10 : (v) => v, low = f(axis.low), k = (end - start) / (f(axis.high) - low);
  return { to: (v) => start + (f(v) - low) * k, from: (p) => (axis.log ? 10 ** ((p - start) / k + low) : (p - start) / k + low) };
}

// Widens x or y so that a unit is as long on both.
function equalize(x, y, width, height) {
  const unit = Math.max((x.high - x.low) / width, (y.high - y.low) / height);
  const widen = (axis, length) => {
    const middle = (axis.low + axis.high) / 2, half = (unit * length) / 2;
    return { ...axis, low: middle - half, high: middle + half };
  };
  return [widen(x, width), widen(y, height)];
}

const LINE = 17; // pixels from one line of words above a panel to the next

// The words above a panel, in as many lines as they need: its title, then each name in the legend with room for a sample.
function headOf(panel, c, width) {
  const pieces = [], title = `600 13px ${c.family}`, plain = c.font;
  let x = 2, y = 3;
  const put = (words, font, space, sample = null, room = 0) => {
    c.font = font;
    const length = room + c.measureText(words).width;
    if (x > 2 && x + length > width) [x, y] = [2, y + LINE];
    pieces.push({ words, font, sample, x, y, room });
    x += length + space;
  };
  for (const word of panel.title.split(" ")) put(word, title, 4);
  x += 8;
  for (const mark of panel.marks)
    (mark.labels || []).forEach((name, k) => put(name, plain, 12, sampleOf(mark, k), mark.kind === "line" ? 24 : 15));
  c.font = plain;
  return { pieces, height: y + LINE };
}

function drawHead(c, pieces, ink) {
  c.textAlign = "left";
  for (const { words, font, sample, x, y, room } of pieces) {
    if (sample) MARKS[sample.kind](c, sample, (across, up) => [x + across * (room - 5), y + 7 - up], ink);
    c.font = font;
    c.textBaseline = "top";
    c.fillStyle = ink("ink");
    c.fillText(words, x + room, y);
  }
}

// Where everything stands in a panel of the given size, in CSS pixels.
function layout(panel, c, width, height) {
  const head = headOf(panel, c, width), top = head.height + (panel.y.label ? 23 : 6), bottom = height - (panel.x.label ? 40 : 24), right = width - 12;
  const ticksOf = (axis, length) => (panel.bare ? [] : axis.log ? logTicks(axis) : linearTicks(axis, length));
  let [x, y] = [panel.x, panel.y];
  const left = 12 + Math.max(...ticksOf(y, bottom - top).map(([, label]) => c.measureText(label).width), 8);
  if (panel.equal) [x, y] = equalize(x, y, right - left, bottom - top);
  const [sx, sy] = [scale(x, left, right), scale(y, bottom, top)];
  return {
    left, right, top, bottom, x, y, head,
    xTicks: ticksOf(x, right - left), yTicks: ticksOf(y, bottom - top), sx, sy,
    at: (vx, vy) => [sx.to(vx), sy.to(vy)],
    step: [tickStep(x, right - left) / 10, tickStep(y, bottom - top) / 10],
  };
}

function drawAxes(c, box, panel, ink) {
  c.lineWidth = 1;
  c.textBaseline = "top";
  c.textAlign = "center";
  const crisp = (v) => Math.round(v) + 0.5; // a one-pixel line is sharp between two pixels
  const segment = (color, ...ends) => { trace(c, ends); c.strokeStyle = ink(color); c.stroke(); };
  for (const [value, label] of box.xTicks) {
    const px = crisp(box.sx.to(value));
    segment("grid", [px, box.top], [px, box.bottom]);
    segment("muted", [px, box.bottom], [px, box.bottom + 4]);
    c.fillStyle = ink("muted");
    c.fillText(label, px, box.bottom + 7);
  }
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const [value, label] of box.yTicks) {
    const py = crisp(box.sy.to(value));
    segment("grid", [box.left, py], [box.right, py]);
    segment("muted", [box.left - 4, py], [box.left, py]);
    c.fillStyle = ink("muted");
    c.fillText(label, box.left - 7, py);
  }
  c.textBaseline = "top";
  c.textAlign = "center";
  c.fillText(panel.x.label, (box.left + box.right) / 2, box.bottom + 24);
  c.textAlign = "left";
  c.fillText(panel.y.label, 2, box.head.height + 3);
  if (!panel.bare)
    segment("muted", [crisp(box.left), box.top], [crisp(box.left), crisp(box.bottom)], [box.right, crisp(box.bottom)]);
}

function drawPanel(canvas, panel, ink) {
  const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
  if (!width || !height) return null;
  return paint(canvas, panel, ink, { width, height, ratio, family: getComputedStyle(canvas).fontFamily });
}

// Colors as they are on this paper, each looked up once for a drawing: named ones, and the palette's hex, into which dark
// paper mixes a third of white, or the darkest of them would be lost.
function inks(named) {
  const dark = rgb(named("paper")).reduce((sum, part) => sum + part) < 3 * 128, found = new Map();
  const light = (hex) => `rgb(${rgb(hex).map((part) => Math.round(part + (255 - part) / 3))})`;
  const ink = (name) => {
    if (!found.has(name)) found.set(name, name[0] !== "#" ? named(name) : dark ? light(name) : name);
    return found.get(name);
  };
  return Object.assign(ink, { dark });
}

function paint(canvas, panel, named, { width, height, ratio, family }) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  c.family = family;
  c.font = `12px ${c.family}`;
  const box = layout(panel, c, width, height), ink = inks(named);
  c.inside = () => true;
  drawHead(c, box.head.pieces, ink);
  c.font = `12px ${c.family}`;
  c.inside = ([px, py]) => px > box.left - 1 && px < box.right + 1 && py > box.top - 1 && py < box.bottom + 1;
  drawAxes(c, box, panel, ink);
  for (const mark of panel.marks) {
    c.save();
    if (!["points", "text", "knobs"].includes(mark.kind)) {
      c.beginPath();
      c.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
      c.clip();
    }
    MARKS[mark.kind](c, mark, box.at, ink);
    c.restore();
  }
  return box;
}

// All panels in a row on white, small enough to be saved with the notebook: what is seen where no kernel runs.
const DAYLIGHT = { ink: "#1a1a1a", muted: "#666", grid: "#e0e0e0", paper: "#fff" };

function still(panels) {
  const sizes = panels.map((panel) => panel.size), sheet = document.createElement("canvas");
  sheet.width = sizes.reduce((sum, [width]) => sum + width, 0);
  sheet.height = Math.max(...sizes.map(([, height]) => height));
  const c = sheet.getContext("2d");
  c.fillStyle = DAYLIGHT.paper;
  c.fillRect(0, 0, sheet.width, sheet.height);
  let left = 0;
  panels.forEach((panel, i) => {
    const canvas = document.createElement("canvas"), [width, height] = sizes[i];
    paint(canvas, panel, (name) => DAYLIGHT[name], { width, height, ratio: 1, family: "system-ui, sans-serif" });
    c.drawImage(canvas, left, 0);
    left += width;
  });
  return sheet.toDataURL("image/webp", 0.8);
}

const REST = 1500; // milliseconds without a change

// Buffers arrive as views into a message, not always aligned.
function decode(panel) {
  const copy = (view) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  const marks = panel.marks.map((mark) => ({
    ...mark,
    ...(mark.xy && { xy: new Float32Array(copy(mark.xy)) }),
    ...(mark.values && { values: new Float32Array(copy(mark.values)) }),
    ...(mark.classes && { classes: new Uint8Array(copy(mark.classes)) }),
    ...(mark.turn && { turn: { ...mark.turn, values: [...mark.turn.values] } }),
  }));
  return { ...panel, marks };
}

const element = (tag, className, parent) => {
  const node = document.createElement(tag);
  node.className = className;
  parent.append(node);
  return node;
};

// One panel on the page: its canvas, and over each point that can be dragged a button, over each knob a slider, so that it
// has focus, keys and a name.
class Panel {
  constructor(parent, index, moved, pressed) {
    this.root = element("div", "nnk-panel", parent);
    this.canvas = element("canvas", "", this.root);
    this.canvas.setAttribute("role", "img");
    this.handles = [];
    this.canvas.onclick = (event) => {
      const frame = this.canvas.getBoundingClientRect();
      const place = [this.box.sx.from(event.clientX - frame.left), this.box.sy.from(event.clientY - frame.top)];
      if (this.panel.click) pressed([index, ...place.map((v) => Number(v.toFixed(3)))]);
    };
    const clamp = (v, { low, high }) => Number(Math.max(low, Math.min(high, v)).toFixed(3));
    const tell = (i, x, y) => {
      this.put(i, x, y); // at once, so that fast keys add up before the kernel answers
      if (this.dragged.turn) this.follow();
      else this.draw();
      moved([index, i, x, y]);
    };
    this.move = (i, x, y) => tell(i, clamp(x, this.box.x), clamp(y, this.box.y));
    this.turn = (i, value) => {
      const { turn } = this.dragged, next = clamp(Math.round(value / turn.step) * turn.step, turn);
      if (next !== turn.values[i]) tell(i, next, 0);
    };
  }

  show(panel, ink, pending) {
    Object.assign(this, { panel: decode(panel), ink });
    this.dragged = this.panel.marks.find((mark) => mark.drag);
    if (pending) this.put(...pending.slice(1, 4));
    const [width, height] = panel.size;
    this.root.style.cssText = `flex: ${width} 1 ${0.8 * width}px; max-width: ${1.25 * width}px; height: ${height}px`;
    this.canvas.setAttribute("aria-label", panel.alt);
    this.canvas.style.cursor = panel.click ? "pointer" : "";
    this.draw();
  }

  put(i, x, y) {
    if (this.dragged.turn) this.dragged.turn.values[i] = x;
    else this.dragged.xy.set([x, y], 2 * i);
  }

  draw() {
    if (!this.panel) return;
    this.box = drawPanel(this.canvas, this.panel, this.ink);
    this.follow();
  }

  // Handles go where the points are, and say what the knobs are at.
  follow() {
    const names = this.dragged ? this.dragged.drag : [];
    while (this.handles.length > names.length) this.handles.pop().remove();
    while (this.handles.length < names.length) {
      const i = this.handles.length;
      this.handles.push(this.dragged.turn ? this.knob(i) : this.handle(i));
    }
    if (!this.box) return;
    names.forEach((name, i) => {
      const [x, y] = this.dragged.xy.subarray(2 * i, 2 * i + 2), [px, py] = this.box.at(x, y), handle = this.handles[i];
      const { turn } = this.dragged, says = (key, words) => handle.setAttribute(`aria-${key}`, words);
      handle.style.transform = `translate(${px}px, ${py}px)`;
      says("label", turn ? name : `${name} at ${x.toFixed(2)}, ${y.toFixed(2)}. Arrow keys move it.`);
      if (turn) for (const [key, value] of [["min", turn.low], ["max", turn.high], ["now", turn.values[i]]]) says(`value${key}`, value);
    });
  }

  handle(i) {
    const button = element("button", "nnk-handle", this.root);
    button.type = "button";
    button.onpointerdown = (event) => { button.focus({ preventScroll: true }); button.setPointerCapture(event.pointerId); };
    button.onpointermove = (event) => {
      if (!button.hasPointerCapture(event.pointerId)) return;
      const frame = this.canvas.getBoundingClientRect();
      this.move(i, this.box.sx.from(event.clientX - frame.left), this.box.sy.from(event.clientY - frame.top));
    };
    button.onkeydown = (event) => {
      const direction = ARROWS[event.key], far = event.shiftKey ? 5 : 1;
      if (!direction) return;
      event.preventDefault();
      const [x, y] = this.dragged.xy.subarray(2 * i, 2 * i + 2), [dx, dy] = this.box.step;
      this.move(i, x + far * direction[0] * dx, y + far * direction[1] * dy);
    };
    return button;
  }

  knob(i) {
    const knob = element("div", "nnk-handle nnk-knob", this.root);
    let from = null; // the value and the height at which a drag began
    knob.setAttribute("role", "slider");
    knob.tabIndex = 0;
    knob.onpointerdown = (event) => {
      knob.focus({ preventScroll: true });
      knob.setPointerCapture(event.pointerId);
      from = [this.dragged.turn.values[i], event.clientY];
    };
    knob.onpointermove = (event) => {
      if (knob.hasPointerCapture(event.pointerId)) this.turn(i, from[0] + ((from[1] - event.clientY) * this.dragged.turn.step) / 2);
    };
    knob.onkeydown = (event) => {
      const direction = ARROWS[event.key], far = event.shiftKey ? 5 : 1, { values, step } = this.dragged.turn;
      if (!direction) return;
      event.preventDefault();
      this.turn(i, values[i] + far * step * (direction[0] + direction[1]));
    };
    return knob;
  }
}

// JupyterLab looks for this mark on the focused element; without it arrows move the cell selection, d d deletes a cell.
const quiet = (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true");

// What the controls of an explorer need from their frame: peace from shortcuts, and names for sliders, which have none.
function settle(frame) {
  frame.addEventListener("focusin", quiet);
  for (const slider of frame.querySelectorAll(".widget-slider"))
    slider.querySelector("[role=slider]").setAttribute("aria-label", slider.querySelector("label").textContent);
}

function render({ model, el }) {
  const root = element("div", "nnk-picture", el), row = element("div", "nnk-panels", root);
  const summary = element("p", "nnk-summary", root);
  summary.setAttribute("aria-live", "polite");
  summary.tabIndex = -1;
  const style = getComputedStyle(root); // live: it follows the theme
  const ink = (name) => style.getPropertyValue(`--nnk-${name}`).trim();
  const tells = (trait) => (event) => {
    model.set(trait, [...event, (model.get(trait).at(-1) || 0) + 1]);
    model.save_changes();
  };
  let panels = [], resting = 0;

  const keep = () => {
    model.set("still", still(panels.map((each) => each.panel)));
    model.save_changes();
  };
  // The kernel is gone: nothing here can be moved any more, and what will help is said.
  const sleep = () => {
    clearTimeout(resting);
    const frame = el.closest(".nnk-explorer") || root;
    for (const part of [...frame.children, row, summary]) if (!part.contains(root)) part.inert = true;
    row.classList.add("nnk-asleep");
    if (!root.querySelector(".nnk-wake"))
      Object.assign(element("p", "nnk-wake", root), { textContent: "The kernel was restarted: run this cell to wake it." });
  };
  const show = () => {
    const wanted = model.get("panels");
    if (panels.length !== wanted.length) {
      row.replaceChildren();
      panels = wanted.map((_, i) => new Panel(row, i, tells("moved"), tells("pressed")));
    }
    // An answer to an earlier move must not pull the point back from under the mouse.
    const pending = model.get("moved")[4] > model.get("answered") ? model.get("moved") : [];
    panels.forEach((panel, i) => panel.show(wanted[i], ink, i === pending[0] ? pending : null));
    clearTimeout(resting);
    resting = setTimeout(keep, REST);
  };
  const tell = () => { summary.textContent = model.get("summary"); };
  const redraw = () => panels.forEach((panel) => panel.draw());

  model.on("change:panels", show);
  model.on("change:summary", tell);
  model.on("comm_live_update", sleep); // it was alive when this began
  root.onkeydown = (event) => { if (event.key === "Escape") summary.focus(); }; // past all points in one key
  const sizes = new ResizeObserver(() => {
    settle(el.closest(".nnk-explorer") || root); // only now are we part of the page
    redraw();
  });
  sizes.observe(row);
  const theme = new MutationObserver(() => requestAnimationFrame(redraw));
  theme.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "data-vscode-theme-kind"] });
  show();
  tell();
  return () => {
    clearTimeout(resting);
    model.off("change:panels", show);
    model.off("change:summary", tell);
    model.off("comm_live_update", sleep);
    sizes.disconnect();
    theme.disconnect();
  };
}

export default { render };
