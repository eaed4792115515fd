// Plays what bake.py has kept: marks.js and canvas.js stand before this text in one module.

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function unpack(text) {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// A mark as the canvas takes it: raw bytes, heat maps as numbers again.
function revive(mark) {
  const alive = { ...mark };
  for (const name of ["xy", "classes"]) if (mark[name]) alive[name] = bytes(mark[name]);
  if (mark.values) {
    const [low, high] = mark.limits, steps = bytes(mark.values);
    alive.values = new Uint8Array(Float32Array.from(steps, (step) => low + (step / 255) * (high - low)).buffer);
  }
  return alive.drag && !alive.turn ? { ...alive, drag: null } : alive; // no states are kept for dragged points
}

// What the canvas knows of a widget's model: values by name, and who wants to hear of a change.
class Model {
  constructor(values) { Object.assign(this, { values, hears: {} }); }
  get(name) { return this.values[name]; }
  set(name, value) {
    this.values[name] = value;
    for (const act of this.hears[`change:${name}`] || []) act();
  }
  save_changes() {}
  on(event, act) { (this.hears[event] ||= []).push(act); }
  off() {}
}

class Baked {
  constructor(root, data) {
    const model = new Model({ panels: [], summary: "", moved: [], pressed: [], answered: 0 });
    Object.assign(this, { root, data, model, marks: data.marks.map(revive), controls: [] });
    this.note = root.querySelector(".nnk-kept");
    const view = root.querySelector(".nnk-view"), place = root.querySelector(".nnk-moved");
    view.replaceChildren();
    data.controls.forEach((control, k) => this.controls.push(this[control.kind](place, control, k)));
    data.buttons.forEach((name, k) => this.button(place, name, () => this.press(k)));
    this.show(0);
    model.on("change:moved", () => this.turned(...model.get("moved")));
    render({ model: this.model, el: view });
  }

  button(parent, name, act) {
    const node = element("button", "", parent);
    Object.assign(node, { type: "button", textContent: name, onclick: act });
    return node;
  }

  range(parent, control, k) {
    const label = element("label", "", parent), name = element("span", "", label), input = element("input", "", label);
    const shown = element("output", "", label);
    name.textContent = control.name;
    Object.assign(input, { type: "range", min: 0, max: control.stops.length - 1, step: 1 });
    const put = (at) => { input.value = at; shown.textContent = control.stops[at]; input.setAttribute("aria-valuetext", control.stops[at]); };
    input.oninput = () => this.turn(k, Number(input.value));
    if (control.stops.length > 4 && this.data.controls.filter((each) => each.kind === "range").length < 5)
      this.player(parent, control, k);
    return put;
  }

  // Runs a range from its start to its end, once.
  player(parent, control, k) {
    const node = this.button(parent, "▶", () => {
      clearInterval(this.timer);
      if (node.textContent === "‖") { node.textContent = "▶"; return; }
      let at = 0;
      node.textContent = "‖";
      this.timer = setInterval(() => {
        this.turn(k, at);
        if (++at < control.stops.length) return;
        clearInterval(this.timer);
        node.textContent = "▶";
      }, 400);
    });
    node.setAttribute("aria-label", `play ${control.name}`);
  }

  choice(parent, control, k) {
    const group = element("span", "nnk-choice", parent);
    group.setAttribute("role", "group");
    const nodes = control.stops.map((name, at) => this.button(group, name, () => this.turn(k, at)));
    return (at) => nodes.forEach((node, n) => node.setAttribute("aria-pressed", String(n === at)));
  }

  knob() { return () => {}; } // the picture shows where it stands

  // A knob in the picture is turned: to its next stop on that side, for stops are farther apart than the steps of a key.
  turned(panel, i, value, _, serial) {
    this.model.values.answered = serial; // or the picture would keep to what was asked for
    const { drag } = this.model.get("panels")[panel].marks.find((mark) => mark.turn);
    const k = this.data.controls.findIndex(({ kind, name }) => kind === "knob" && name === drag[i]);
    const stops = this.data.controls[k].stops.map(Number), now = this.data.states[this.now].at[k];
    const beyond = value > stops[now] ? stops.findIndex((stop) => stop >= value) : stops.findLastIndex((stop) => stop <= value);
    this.turn(k, beyond < 0 ? now : beyond);
  }

  // A control is moved: the state with these values, or the nearest one, which keeps what was moved if it can.
  turn(k, at) {
    const wanted = this.data.states[this.now].at.with(k, at);
    const far = (state) => state.at.reduce((sum, place, n) =>
      sum + Math.abs(place - wanted[n]) / Math.max(1, this.data.controls[n].stops.length - 1) * (n === k ? 1000 : 1), 0);
    let best = 0;
    this.data.states.forEach((state, n) => { if (far(state) < far(this.data.states[best]) - 1e-9) best = n; });
    this.show(best);
    this.note.textContent = far(this.data.states[best]) < 1e-9 ? "" : "This combination is not kept in the page: here is the nearest one that is. In the notebook all are there.";
  }

  press(k) {
    const next = this.data.states[this.now].after[k], first = this.data.states[0].after[k];
    this.note.textContent = next !== undefined ? "" : "The page does not go on from here: this begins again.";
    if (next !== undefined || first !== undefined) this.show(next ?? first);
  }

  show(number) {
    const state = this.data.states[number];
    this.now = number;
    this.controls.forEach((put, k) => put(state.at[k]));
    this.model.set("panels", state.panels.map((panel) => ({ ...panel, marks: panel.marks.map((n) => this.marks[n]) })));
    this.model.set("summary", state.summary);
  }
}

const played = (root) => unpack(root.querySelector("script").textContent);
for (const root of document.querySelectorAll(".nnk-baked")) played(root).then((data) => new Baked(root, data));
for (const root of document.querySelectorAll(".nnk-alone"))
  played(root).then(async ({ program, values }) => {
    const module = await import(URL.createObjectURL(new Blob([program], { type: "text/javascript" })));
    root.replaceChildren();
    module.default.render({ model: new Model(values), el: root });
  });
