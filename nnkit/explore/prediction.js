// A question with radio buttons, none chosen, and one button that commits.
function render({ model, el }) {
  const make = (tag, parent, properties = {}) => {
    const node = Object.assign(document.createElement(tag), properties);
    parent.append(node);
    return node;
  };
  const root = make("form", el, { className: "nnk-prediction" });
  // Arrow keys choose an option; without this mark on the focused element JupyterLab would move the cell selection.
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  const group = make("fieldset", root);
  make("legend", group, { textContent: model.get("question") });
  const choices = model.get("options").map((option) => {
    const label = make("label", group);
    const radio = make("input", label, { type: "radio", name: `nnk-${model.get("question")}`, value: option, required: true });
    make("span", label, { textContent: option });
    return radio;
  });
  make("button", group, { type: "submit", textContent: "Record my prediction" });
  const hint = make("span", group, { className: "nnk-hint" });
  hint.setAttribute("role", "status");
  root.noValidate = true;
  root.onsubmit = (event) => {
    event.preventDefault();
    const chosen = choices.find((radio) => radio.checked);
    hint.textContent = chosen ? "" : "Choose one option first.";
    if (!chosen) return choices[0].focus();
    model.set("recorded", chosen.value);
    model.save_changes();
  };
}

export default { render };
