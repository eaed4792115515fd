// A drawing pad. Strokes are lists x0, y0, x1, y1, … in a square of 1 × 1, y downward; the model has them all.
const SIDE = 220, PEN = 0.07, STEP = 1 / 28;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "nnk-picture nnk-pad";
  const canvas = document.createElement("canvas");
  const scale = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: SIDE * scale, height: SIDE * scale, tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Drawing pad: arrow keys move the pen, space puts it down or lifts it, backspace takes back a stroke");
  const words = document.createElement("div");
  words.className = "nnk-pad-words";
  words.setAttribute("role", "status");
  root.append(canvas, words);
  el.append(root);

  let strokes = structuredClone(model.get("strokes"));
  let sent = null;          // what this pad sent last: only other changes come from Python
  let waiting = false;      // a frame is on its way
  let pen = [0.5, 0.5], down = false, focused = false;

  const paint = () => {
    const look = getComputedStyle(root), g = canvas.getContext("2d");
    g.setTransform(SIDE * scale, 0, 0, SIDE * scale, 0, 0);
    g.clearRect(0, 0, 1, 1);
    Object.assign(g, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: look.color });
    for (const s of strokes) {
      g.beginPath();
      g.moveTo(s[0], s[1]);
      for (let i = 0; i < s.length; i += 2) g.lineTo(s[i], s[i + 1]);
      g.stroke();
    }
    if (!focused) return;
    Object.assign(g, { lineWidth: 0.01, strokeStyle: look.getPropertyValue("--nnk-focus") });
    g.beginPath();
    g.arc(pen[0], pen[1], down ? PEN / 2 : PEN, 0, 7);
    g.stroke();
  };
  const say = (text) => { words.textContent = text; };
  const send = () => {      // at most once a frame
    paint();
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      sent = structuredClone(strokes);
      model.set("strokes", sent);
      model.save_changes();
    });
  };
  const put = (x, y) => {
    pen = [x, y].map((value) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000);
    if (down) strokes.at(-1).push(...pen);
  };
  const press = () => { down = true; strokes.push([...pen, ...pen]); };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };

  canvas.onpointerdown = (event) => {
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    down = false;
    put(...place(event));
    press();
    send();
  };
  canvas.onpointermove = (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) put(...place(part));
    send();
  };
  canvas.onpointerup = canvas.onpointercancel = () => { down = false; paint(); };
  canvas.onkeydown = (event) => {
    const arrow = ARROWS[event.key], far = event.shiftKey ? 3 * STEP : STEP;
    if (arrow) put(pen[0] + far * arrow[0], pen[1] + far * arrow[1]);
    else if (event.key === " ") down ? (down = false) : press();
    else if (event.key === "Backspace") { strokes.pop(); down = false; }
    else return;
    event.preventDefault();
    event.stopPropagation();
    say(`Pen ${down ? "down" : "up"}, ${Math.round(28 * pen[0])} from the left, ${Math.round(28 * pen[1])} from the top, of 28.`);
    if (arrow && !down) paint();
    else send();
  };
  canvas.onfocus = () => { focused = true; paint(); };
  canvas.onblur = () => { focused = down = false; paint(); };
  // Without this mark on the focused element JupyterLab would take the arrow keys.
  canvas.setAttribute("data-lm-suppress-shortcuts", "true");

  const changed = () => {
    if (model.get("strokes") === sent) return;
    strokes = structuredClone(model.get("strokes"));
    down = false;
    paint();
  };
  model.on("change:strokes", changed);
  const theme = new MutationObserver(paint);
  theme.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "data-vscode-theme-kind"] });
  paint();
  return () => { model.off("change:strokes", changed); theme.disconnect(); };
}

export default { render };
