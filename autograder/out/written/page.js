"use strict";

const answers = [...document.querySelectorAll(".answer")];

class Answer {
  constructor(element) {
    this.element = element;
    this.most = Number(element.dataset.most);
    this.buttons = [...element.querySelectorAll(".lines button")];
    this.points = element.querySelector("input");
    this.comment = element.querySelector("textarea");
    this.state = element.querySelector(".state");
    this.saving = Promise.resolve();
    this.timer = 0;
    this.shares = this.buttons.map(() => 0);
    this.buttons.forEach((button, line) => button.addEventListener("click", () => this.press(line)));
    for (const field of [this.points, this.comment]) {
      field.addEventListener("change", () => this.save());
      field.addEventListener("input", () => this.saveSoon());
    }
  }

  // A line gives its points; pressed again, half a point less, down to nothing.
  press(line) {
    const all = Number(this.buttons[line].dataset.points);
    this.shares[line] = this.shares[line] > 0 ? Math.max(0, this.shares[line] - 0.5) : all;
    this.show(line);
    this.give(this.shares.reduce((sum, share) => sum + share, 0));
  }

  show(line) {
    const button = this.buttons[line], share = this.shares[line], all = Number(button.dataset.points);
    button.setAttribute("aria-pressed", share === 0 ? "false" : share === all ? "true" : "mixed");
    button.querySelector(".share").textContent = share || all;
  }

  // All or nothing, whatever the lines say.
  giveAll(points) {
    this.buttons.forEach((button, line) => {
      this.shares[line] = points ? Number(button.dataset.points) : 0;
      this.show(line);
    });
    this.give(points);
  }

  give(points) {
    this.points.value = Math.min(points, this.most);
    this.save();
  }

  saveSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 500);
  }

  // One after the other, so that what was typed last is what is kept.
  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    const said = { points: this.points.value === "" ? null : Number(this.points.value), comment: this.comment.value };
    this.saving = this.saving.then(() => this.send(said));
    return this.saving;
  }

  async send(said) {
    let problem = this.points.validity.badInput ? "points are a number" : "";
    if (!problem) {
      try {
        const reply = await fetch(this.element.dataset.place, {
          method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(said),
        });
        if (!reply.ok) problem = (await reply.json().catch(() => ({}))).problem || `refused (${reply.status})`;
      } catch {
        problem = "nobody answers: is the command still running?";
      }
    }
    this.element.dataset.state = problem ? "unsaved" : said.points === null ? "waits" : "given";
    this.state.textContent = problem ? `not saved: ${problem}` : said.points === null ? "" : `saved, ${said.points}`;
    const waiting = answers.filter((element) => element.dataset.state !== "given").length;
    document.getElementById("waiting").textContent = waiting;
  }
}

const marks = new Map(answers.map((element) => [element, new Answer(element)]));

function go(element) {
  if (!element) return;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "start" });
}

function nextWaiting(from) {
  const place = answers.indexOf(from);
  const order = [...answers.slice(place + 1), ...answers.slice(0, place + 1)];
  return order.find((element) => ["waits", "again", "unsaved"].includes(element.dataset.state));
}

const KEYS = {
  f: (mark) => mark.giveAll(mark.most),
  0: (mark) => mark.giveAll(0),
  t: (mark) => mark.points.select(),
  c: (mark) => mark.comment.focus(),
  n: (_, element) => go(answers[answers.indexOf(element) + 1]),
  p: (_, element) => go(answers[answers.indexOf(element) - 1]),
  w: (_, element) => go(nextWaiting(element)),
};

document.addEventListener("keydown", async (event) => {
  const element = event.target.closest(".answer");
  if (!element || event.altKey || event.metaKey) return;
  const mark = marks.get(element), typing = event.target.matches("input, textarea");
  if (event.key === "Enter" && (event.ctrlKey || event.target === mark.points)) {
    event.preventDefault();
    go(nextWaiting(element));  // whoever types fast is there at once
    await mark.save();
    if (element.dataset.state !== "given") go(element);
  } else if (event.key === "Escape" && typing) {
    element.focus();
  } else if (!typing && !event.ctrlKey) {
    const line = Number(event.key) - 1;
    if (mark.buttons[line]) mark.press(line);
    else if (Object.hasOwn(KEYS, event.key)) KEYS[event.key](mark, element);
    else return;
    event.preventDefault();
  }
});

addEventListener("beforeunload", (event) => {
  const open = (element) => element.dataset.state === "unsaved" || marks.get(element).timer;
  if (answers.some(open)) event.preventDefault();
});

go(nextWaiting(answers.at(-1)));
