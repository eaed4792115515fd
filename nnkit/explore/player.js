// Play and pause. A step is asked for when the last one is answered, so that a slow kernel is never run over.
function render({ model, el }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "nnk-play" });
  el.append(button);
  let timer = 0;
  const ask = () => {
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
  };
  const later = () => {
    clearTimeout(timer);
    if (model.get("playing")) timer = setTimeout(ask, model.get("pause"));
  };
  const show = () => {
    const playing = model.get("playing"), name = `${playing ? "Pause" : "Play"} ${model.get("name")}`;
    button.textContent = playing ? "⏸" : "▶";
    button.title = name;
    button.setAttribute("aria-label", name);
    later();
  };
  button.onclick = () => {
    model.set("playing", !model.get("playing"));
    model.save_changes();
  };
  model.on("change:playing", show);
  model.on("change:answered", later);
  show();
  return () => {
    clearTimeout(timer);
    model.off("change:playing", show);
    model.off("change:answered", later);
  };
}

export default { render };
