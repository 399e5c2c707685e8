"use strict";
// The player: one test sequence at a time, its skeleton or video, and below it what the model does, frame by frame.

const RATE = 15; // frames a second, of MSR Action3D's camera
const CALM = 3; // the same for who asks for less motion
const SHOWN = 3; // classes in the plot, besides the true one
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const GATES = ["input gate i", "forget gate f", "output gate o"];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const norm = (order) => ({ 1: "‖vₜ‖", 2: "‖aₜ‖" })[order] ?? `‖d${SUPERSCRIPTS[order]}sₜ‖`;

class Player {
  constructor(datasets) {
    Object.assign(this, { datasets, dataset: -1, sequence: 0, frame: 0, turn: 0, playing: false, asked: 0 });
    this.canvas = byId("player-canvas");
    this.slider = byId("player-slider");
    this.play = byId("player-play");
    this.plots = ["norms", "gates", "scores"].map((kind) => ({ kind, svg: byId(`player-${kind}`), lines: [] }));
    offer(byId("player-dataset"), datasets.map(({ title }, n) => [n, title]));
    byId("player-dataset").onchange = (event) => this.open(Number(event.target.value));
    byId("player-class").onchange = () => {
      this.list();
      this.open(this.dataset, Number(byId("player-sequence").value));
    };
    byId("player-sequence").onchange = (event) => this.open(this.dataset, Number(event.target.value));
    this.slider.oninput = () => this.seek(Number(this.slider.value) - 1);
    this.play.onclick = () => this.run(!this.playing);
    this.plots.forEach((plot) => this.follow(plot));
    this.turning();
    new ResizeObserver(() => this.ready && this.draw()).observe(byId("player"));
  }

  /** Show a sequence of a dataset, by default the one that is traced in the figures. */
  async open(dataset, sequence = this.datasets[dataset].first) {
    const asked = ++this.asked;
    this.run(false);
    const data = this.datasets[dataset];
    data.curves ??= this.unpack(data);
    const curves = await data.curves;
    if (asked !== this.asked) return; // another one was asked for meanwhile
    const changed = dataset !== this.dataset;
    Object.assign(this, { dataset, sequence, data, frame: 0, turn: 0, length: data.lengths[sequence], ready: true });
    if (changed) this.offer();
    const chosen = byId("player-class").value;
    if (chosen !== "" && Number(chosen) !== data.labels[sequence]) byId("player-class").value = "";
    this.list();
    this.curves = curves;
    this.start = curves.starts[sequence];
    const first = data.poses[sequence];
    this.pose = first < 0 ? null : posed(curves, first, this.length);
    this.describe();
    this.arrange();
    this.draw();
  }

  /** The numbers of a dataset, and where its sequences begin. */
  async unpack(data) {
    const starts = [0];
    for (const length of data.lengths) starts.push(starts.at(-1) + length);
    const frames = starts.at(-1);
    const posed = data.lengths.reduce((sum, length, n) => sum + (data.poses[n] < 0 ? 0 : length), 0);
    const [norms, gates, scores, joints] = await Promise.all([
      unpacked(data.norms, Uint16Array, frames),
      unpacked(data.gates, Uint8Array, frames),
      unpacked(data.scores, Uint8Array, frames),
      data.joints ? unpacked(data.joints, Int16Array, posed) : [],
    ]);
    return { starts, frames, posed, norms, gates, scores, joints };
  }

  offer() {
    const { classes, labels } = this.data;
    const tested = [...new Set(labels)].sort((a, b) => a - b);
    byId("player-dataset").value = this.dataset;
    offer(byId("player-class"), [["", "all actions"], ...tested.map((label) => [label, classes[label]])]);
  }

  /** Does the page hold joints or pictures of a sequence? */
  pictured(dataset, sequence) {
    const { poses, pictures, names } = this.datasets[dataset];
    return poses[sequence] >= 0 || pictures?.sequence === names[sequence];
  }

  /** Offer the sequences of the chosen action. */
  list() {
    const { names, labels, recognised, classes } = this.data;
    const chosen = byId("player-class").value;
    const wanted = names.map((_, n) => n).filter((n) => chosen === "" || labels[n] === Number(chosen));
    const verdict = (n) => (recognised[n] === labels[n] ? "✓" : `→ ${classes[recognised[n]] ?? "?"}`);
    const select = byId("player-sequence");
    const lacking = (n) => (this.pictured(this.dataset, n) ? "" : NO_PICTURE);
    offer(select, wanted.map((n) => [n, `${names[n]} · ${classes[labels[n]]} ${verdict(n)}${lacking(n)}`]));
    select.closest("label").hidden = false;
    if (wanted.includes(this.sequence)) select.value = this.sequence;
  }

  describe() {
    const { names, labels, recognised, classes, about, title, model } = this.data;
    const [label, said] = [labels[this.sequence], recognised[this.sequence]];
    byId("player-title").textContent = `${names[this.sequence]}: ${classes[label]}`;
    const verdict = said === label ? "recognised" : `taken for ${classes[said]}`;
    byId("player-verdict").textContent = said == null ? "" : `${verdict} by ${model}`;
    byId("player-verdict").className = said === label ? "right" : "wrong";
    byId("player-about").textContent = `${title}. ${about}`;
    this.slider.max = this.length;
    this.canvas.setAttribute("aria-label", `The recording of ${names[this.sequence]}, ${classes[label]}`);
  }

  /** A series of the sequence: of `norms`, `gates` or `scores` the one of this number, in its own units. */
  series(kind, number) {
    const first = number * this.curves.frames + this.start;
    const unit = kind === "norms" ? this.data.tops[number] / 65535 : 1 / 255;
    return Float64Array.from(this.curves[kind].subarray(first, first + this.length), (value) => value * unit);
  }

  /** Which lines the three plots have, and their legends. */
  arrange() {
    const { classes, labels, tops } = this.data;
    const all = classes.map((_, n) => this.series("scores", n));
    const mean = all.map((values) => values.reduce((sum, value) => sum + value, 0));
    const label = labels[this.sequence];
    const best = mean.map((_, n) => n).filter((n) => n !== label).sort((a, b) => mean[b] - mean[a]).slice(0, SHOWN);
    this.scores = all;
    this.highest = Math.max(1e-9, ...all.map((values) => Math.max(...values)));
    const bar = (name, n) => make("li", { className: n === label ? "true" : "" }, make("span", {}, name), make("i"));
    this.bars = classes.map(bar);
    byId("player-bars").replaceChildren(...this.bars);
    const lines = {
      norms: tops.map((_, n) => [`${norm(n + 1)}, order ${n + 1}`, n + 1, this.series("norms", n)]),
      gates: GATES.map((name, n) => [name, n + 3, this.series("gates", n)]),
      scores: [
        [`${classes[label]} (true)`, 1, all[label]],
        ...best.map((n, place) => [classes[n], [2, 3, 5][place], all[n]]),
      ],
    };
    for (const shown of this.plots) {
      shown.lines = lines[shown.kind].map(([name, colour, values], dash) => ({ name, colour, dash, values }));
      shown.values = shown.lines.map(() => make("b"));
      const words = ({ name, colour, dash }, n) => make("span", {}, sample(colour, dash), `${name} `, shown.values[n]);
      byId(`player-${shown.kind}-legend`).replaceChildren(...shown.lines.map(words));
    }
    if (!tops.length) byId("player-norms-legend").textContent = "The model has order 0: no derivative of states.";
  }

  /** Everything anew, as after a change of size. */
  draw() {
    for (const shown of this.plots) {
      const highest = Math.max(1e-9, ...shown.lines.flatMap(({ values }) => Array.from(values)));
      const axes = { count: this.length, low: 0, high: shown.kind === "gates" ? 1 : highest };
      shown.scale = plot(shown.svg, shown.lines, axes);
      shown.cursor = drawn("path", { class: "cursor" }, shown.svg);
    }
    this.show();
  }

  /** Go to a frame, counted from 0. */
  seek(frame) {
    this.frame = within(frame, 0, this.length - 1);
    this.show();
  }

  /** The frame that is due: figure, slider, cursors, values. */
  show() {
    const t = Math.floor(this.frame);
    this.slider.value = t + 1;
    this.slider.setAttribute("aria-valuetext", `frame ${t + 1} of ${this.length}`);
    byId("player-frame").textContent = `t = ${t + 1} / ${this.length}`;
    for (const { lines, values, scale, cursor } of this.plots) {
      cursor.setAttribute("d", scale.down(t + 1));
      lines.forEach((line, n) => (values[n].textContent = line.values[t].toFixed(2)));
    }
    this.bars.forEach((bar, n) => bar.style.setProperty("--score", this.scores[n][t] / this.highest));
    this.picture(t);
  }

  picture(t) {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const ratio = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { bones, head, pictures, names } = this.data;
    const filmed = pictures?.sequence === names[this.sequence];
    byId("player-empty").hidden = this.pose || filmed;
    if (this.pose) figure(context, { bones, head, pose: this.pose, turn: this.turn }, t, [width, height]);
    else if (filmed) film(context, pictures, t, [width, height], () => this.show());
  }

  /** Play or pause; at the end it begins anew. */
  run(playing) {
    this.playing = playing;
    this.play.textContent = playing ? "Pause" : "Play";
    this.play.classList.toggle("playing", playing);
    if (!playing) return;
    if (this.frame >= this.length - 1) this.seek(0);
    let before = null;
    const step = (now) => {
      if (!this.playing) return;
      const passed = (now - (before ?? now)) / 1000;
      before = now;
      this.seek(this.frame + passed * (calm.matches ? CALM : RATE));
      if (this.frame >= this.length - 1) this.run(false);
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** A click into a plot, or a drag over it, moves the slider. */
  follow(shown) {
    const go = (event) => {
      if (!this.ready || (event.type === "pointermove" && !event.buttons)) return;
      this.run(false);
      this.seek(shown.scale.number(event.clientX - shown.svg.getBoundingClientRect().left) - 1);
    };
    shown.svg.onpointerdown = shown.svg.onpointermove = go;
  }

  /** Dragging the figure, or the arrow keys on it, turn it; the space bar plays. */
  turning() {
    const turn = (angle) => {
      this.turn += angle;
      this.show();
    };
    this.canvas.onpointermove = (event) => event.buttons && this.ready && turn(event.movementX / 120);
    this.canvas.ondblclick = () => turn(-this.turn);
    this.canvas.onkeydown = (event) => {
      const angle = { ArrowLeft: -0.15, ArrowRight: 0.15 }[event.key];
      if (angle) turn(angle);
      if (angle) event.preventDefault();
    };
    byId("player").addEventListener("keydown", (event) => {
      if (event.key !== " " || ["SELECT", "BUTTON"].includes(event.target.tagName)) return;
      event.preventDefault();
      this.run(!this.playing);
    });
  }
}
