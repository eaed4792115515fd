// Questions, a button for each option: pressing one says whether it is right, and why. Any number of tries.
function render({ model, el }) {
  const root = frame("div", el, "nnk-quiz");
  const questions = model.get("questions");
  const rows = questions.map(({ question, options }, number) => {
    const group = make("fieldset", root);
    make("legend", group, { textContent: `${number + 1}. ${question}` });
    const buttons = options.map((option, place) => {
      const choose = () => {
        model.set("chosen", model.get("chosen").map((old, other) => (other === number ? place : old)));
        model.save_changes();
      };
      return make("button", group, { type: "button", textContent: option, onclick: choose });
    });
    const said = make("p", group);
    said.setAttribute("role", "status");
    return { buttons, said };
  });
  const score = make("p", root, { className: "nnk-score" });
  score.setAttribute("role", "status");
  const show = () => {
    const chosen = model.get("chosen");
    rows.forEach(({ buttons, said }, number) => {
      const { right, reasons } = questions[number];
      const place = chosen[number];
      const verdict = place === right ? "right" : "wrong";
      buttons.forEach((button, other) => {
        button.setAttribute("aria-pressed", other === place);
        button.className = other === place ? `nnk-${verdict}` : "";
      });
      said.className = `nnk-said nnk-${verdict}`;
      said.textContent = place < 0 ? "" : `${verdict === "right" ? "✓ Right." : "✗ Not quite."} ${reasons[place]}`;
    });
    const done = questions.filter(({ right }, number) => chosen[number] === right).length;
    score.textContent = chosen.some((place) => place >= 0) ? `${done} of ${questions.length} right` : "";
  };
  model.on("change:chosen", show);
  show();
  return () => model.off("change:chosen", show);
}

export default { render };
