"use strict";
// The rest of the page: theme, what lies behind a number, confusion matrices, loss curves; and the start of it all.

const THEMES = ["auto", "light", "dark"];

/** A button that goes from the system's colours to light and to dark ones, and says which are on. */
function theme(button, changed) {
  const set = (name) => {
    document.documentElement.dataset.theme = name;
    button.textContent = `Theme: ${name}`;
    try {
      localStorage.setItem("theme", name);
    } catch {
      // A page from a file may have no storage: the choice then lasts as long as the page.
    }
    changed();
  };
  let kept = null;
  try {
    kept = localStorage.getItem("theme");
  } catch {
    // As above.
  }
  set(THEMES.includes(kept) ? kept : "auto");
  button.onclick = () => set(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

/** Show what lies behind a number beside it, under the pointer or with the keyboard's focus. */
function abouts(tip) {
  for (const cell of document.querySelectorAll("td[title]")) {
    cell.dataset.about = cell.title;
    cell.setAttribute("aria-description", cell.title);
    cell.removeAttribute("title"); // or the browser would show it a second time
  }
  let cell = null;
  const place = () => {
    tip.hidden = !cell;
    if (!cell) return;
    tip.textContent = cell.dataset.about;
    const box = cell.getBoundingClientRect();
    const left = within(box.left, 8, innerWidth - tip.offsetWidth - 8);
    const above = box.bottom + tip.offsetHeight + 12 > innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${above ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`;
  };
  const show = (...elements) => {
    cell = elements.map((element) => element?.closest?.("[data-about]")).find(Boolean);
    place();
  };
  document.addEventListener("pointerover", (event) => show(event.target, document.activeElement));
  document.addEventListener("focusin", (event) => show(event.target));
  document.addEventListener("focusout", () => show());
  document.addEventListener("keydown", (event) => event.key === "Escape" && show());
  document.addEventListener("scroll", place, true); // the focus may have scrolled the cell into view
}

/** Confusion matrices: a cell lists the sequences behind it, and a sequence opens in the player. */
class Confusion {
  constructor(datasets, player) {
    Object.assign(this, { datasets, player });
    this.places = [byId("confusion-dataset"), byId("confusion-model")];
    offer(this.places[0], datasets.map(({ title }, n) => [n, title]));
    this.places[0].onchange = () => this.choose();
    this.places[1].onchange = () => this.show();
    this.choose();
  }

  choose() {
    this.data = this.datasets[Number(this.places[0].value)];
    offer(this.places[1], this.data.models.map(({ title }, n) => [n, title]));
    this.places[1].value = this.data.first;
    this.show();
  }

  show() {
    const { classes, models } = this.data;
    this.model = models[Number(this.places[1].value)];
    const head = classes.map((name) => make("th", { scope: "col" }, make("span", {}, name)));
    const cells = (row) => classes.map((_, column) => make("td", {}, this.cell(row, column)));
    const rows = classes.map((name, row) => make("tr", {}, make("th", { scope: "row" }, name), ...cells(row)));
    const corner = make("td", {}, "true ↓ taken for →");
    const table = byId("confusion-matrix");
    table.replaceChildren(make("thead", {}, make("tr", {}, corner, ...head)), make("tbody", {}, ...rows));
    table.querySelector("button").tabIndex = 0; // Tab enters the matrix once; the arrow keys move in it
    table.onkeydown = (event) => this.move(event);
    byId("confusion-list").replaceChildren(make("p", { className: "note" }, "Choose a cell to list its sequences."));
  }

  cell(row, column) {
    const rate = this.model.rates[row]?.[column] ?? 0;
    const words = `${this.data.classes[row]} taken for ${this.data.classes[column]}: ${rate} %`;
    const button = make("button", { type: "button", title: words, tabIndex: -1 }, rate >= 0.5 ? rate.toFixed(0) : "");
    button.setAttribute("aria-label", words);
    button.style.setProperty("--rate", rate / 100);
    button.onclick = () => this.list(row, column, button);
    return button;
  }

  move(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell) return;
    event.preventDefault();
    const row = event.currentTarget.rows[cell.parentElement.rowIndex + step[0]];
    const next = row?.cells[cell.cellIndex + step[1]]?.querySelector("button");
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  /** The sequences of a true class that some runs took for a class, those of most runs first. */
  list(row, column, button) {
    const { classes, names, labels } = this.data;
    byId("confusion-matrix").querySelector(".chosen")?.classList.remove("chosen");
    button.classList.add("chosen");
    const found = this.model.said.map((pairs, n) => ({ n, said: runsFor(pairs, column), runs: runsFor(pairs) }));
    const here = found.filter(({ n, said }) => labels[n] === row && said).sort((a, b) => b.said - a.said);
    const words = (n, said, runs) => ` ${said} of ${runs} ${runs === 1 ? "run" : "runs"}${this.lacking(names[n])}`;
    const items = here.map(({ n, said, runs }) => make("li", {}, this.opener(names[n]), words(n, said, runs)));
    const [truth, taken] = [classes[row], row === column ? "recognised" : `taken for ${classes[column]}`];
    const count = here.length === 1 ? "1 sequence" : `${here.length} sequences`;
    byId("confusion-list").replaceChildren(make("h4", {}, `${truth}, ${taken}: ${count}`), make("ol", {}, ...items));
  }

  /** A sequence's dataset and place in the player; −1: the player does not have it, or the page has no player. */
  place(name) {
    if (!this.player) return [-1, -1];
    const dataset = this.player.datasets.findIndex((one) => one.name === this.data.name);
    return [dataset, this.player.datasets[dataset]?.names.indexOf(name) ?? -1];
  }

  /** What the player has no picture of says so. */
  lacking(name) {
    const [dataset, sequence] = this.place(name);
    return sequence < 0 || this.player.pictured(dataset, sequence) ? "" : NO_PICTURE;
  }

  /** A button that opens a sequence in the player, or its name where the player does not have it. */
  opener(name) {
    const [dataset, sequence] = this.place(name);
    const lacking = this.player ? "not in the player: another split tests it" : "";
    if (sequence < 0) return make("span", { title: lacking }, name);
    const button = make("button", { type: "button", textContent: name });
    button.onclick = async () => {
      await this.player.open(dataset, sequence);
      byId("player").scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
      byId("player-play").focus({ preventScroll: true });
    };
    return button;
  }
}

/** Of [class, runs, class, runs, …] the runs of a class, or all. */
function runsFor(pairs, wanted = null) {
  return pairs.reduce((sum, count, n) => sum + (n % 2 && (wanted === null || pairs[n - 1] === wanted) ? count : 0), 0);
}

/** Training losses of the chosen protocols, recipes and models in one plot. */
class Losses {
  constructor(datasets) {
    this.datasets = datasets;
    this.select = byId("loss-dataset");
    offer(this.select, datasets.map(({ title }, n) => [n, title]));
    this.select.onchange = () => this.choose();
    this.choose();
    new ResizeObserver(() => this.draw()).observe(byId("losses"));
  }

  choose() {
    const { curves, models } = this.datasets[Number(this.select.value)];
    const where = ({ protocol, recipe }) => `${protocol}, ${recipe}`;
    const places = [...new Set(curves.map(where))];
    this.lines = curves.map((curve) => {
      const [place, model] = [where(curve), models.indexOf(curve.model)];
      const look = { colour: model, dash: model, strength: 0.65 ** places.indexOf(place) };
      return { ...curve, ...look, name: `${place}, ${curve.model}`, place, values: curve.mean };
    });
    const boxes = (place) => this.lines.filter((line) => line.place === place).map((line) => this.box(line));
    const sets = places.map((place) => make("fieldset", {}, make("legend", {}, place), ...boxes(place)));
    byId("loss-models").replaceChildren(...sets);
    this.draw();
  }

  box(line) {
    const box = make("input", { type: "checkbox", checked: line.shown });
    box.onchange = () => {
      line.shown = box.checked;
      this.draw();
    };
    const last = make("small", {}, line.values.at(-1)?.toFixed(3) ?? "");
    return make("label", {}, box, sample(line.colour, line.dash, line.strength), ` ${line.model} `, last);
  }

  draw() {
    const lines = this.lines.filter((line) => line.shown);
    const [lows, highs] = ["low", "high"].map((edge) => lines.flatMap((line) => line[edge]));
    const count = Math.max(2, ...lines.map((line) => line.values.length));
    const [low, high] = [Math.min(...lows), Math.max(...highs)];
    const chart = byId("loss-plot");
    byId("loss-none").hidden = lines.length;
    chart.toggleAttribute("hidden", !lines.length);
    if (lines.length) plot(chart, lines, { count, low, high, height: 320, across: "epoch", up: "training loss" });
    else chart.replaceChildren();
  }
}

const players = embedded("data-players");
const player = players.length ? new Player(players) : null; // the committed record holds no sequences
theme(byId("theme"), () => player?.ready && player.show());
abouts(byId("tip"));
byId("look").hidden = byId("theme").hidden = document.querySelector("a[href='#look']").hidden = false;
new Confusion(embedded("data-confusions"), player);
new Losses(embedded("data-losses"));
saves();
prints();
folds(byId("unfold"));
marks(document.querySelector("nav"));
player?.open(0);
