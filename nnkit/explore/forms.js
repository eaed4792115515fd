// What a quiz and a prediction have in common; it stands before either in one module.

const make = (tag, parent, properties = {}) => {
  const node = Object.assign(document.createElement(tag), properties);
  parent.append(node);
  return node;
};

// JupyterLab looks for this mark on the focused element; without it arrows, Enter and Space would be its own.
function frame(tag, parent, className) {
  const root = make(tag, parent, { className });
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  return root;
}

