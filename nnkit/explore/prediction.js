// A question with radio buttons, none chosen, and one button that commits.
function render({ model, el }) {
  const root = frame("form", el, "nnk-prediction");
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
