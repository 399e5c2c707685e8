"use strict";
// What the page's tools share: elements, packed numbers, plots of lines. Text from data never becomes markup.

const byId = (id) => document.getElementById(id);
const embedded = (id) => JSON.parse(byId(id).textContent);
const within = (value, low, high) => Math.min(high, Math.max(low, value));
const LINES = ["", "6 3", "8 3 2 3", "2 3", "14 3", "10 3 2 3 2 3"]; // dashes, a second mark beside the colour
const NO_PICTURE = " (no picture)";
const COLOURS = 10; // --line0 … --line9 of the style sheet

/** An HTML element with properties and children; a child that is a string becomes text. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** An SVG element with attributes, at the end of its parent. */
function drawn(tag, attributes, parent, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
}

/** Offer [value, text] pairs in a select; where there is nothing to choose, its label disappears. */
function offer(select, pairs) {
  select.replaceChildren(...pairs.map(([value, text]) => make("option", { value, textContent: text })));
  select.closest("label").hidden = pairs.length < 2;
}

/** The numbers behind a text of drnn.report.player.packed: series after series, each of so many numbers. */
async function unpacked(text, Numbers, count) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const values = new Numbers(await new Response(whole).arrayBuffer());
  for (let i = 1; i < values.length; i++) if (i % count) values[i] += values[i - 1]; // wraps around, as packed
  return values;
}

/** A short line in a colour, a dash and a strength, as a mark in a legend. */
function sample(colour, dash = 0, strength = 1) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ class: "sample", viewBox: "0 0 26 8", "aria-hidden": true })) {
    svg.setAttribute(name, value);
  }
  drawn("path", { d: "M1 4H25", class: "line", style: look(colour, dash, strength) }, svg);
  return svg;
}

const look = (colour, dash, strength) =>
  `stroke: var(--line${colour % COLOURS}); opacity: ${strength}; ` +
  `stroke-dasharray: ${LINES[dash % LINES.length] || "none"}`;

/** About so many round numbers from low to high. */
function ticks(low, high, wanted) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, n) => Number(((first + n) * step).toPrecision(6)));
}

/**
 * Lines over 1 … count on a common axis, drawn into an SVG element in its present width.
 *
 * lines: [{name, colour, dash, strength, values, low, high}]; low and high, if there, are the edges of a band.
 * axes: {count, low, high, height, across, up}, of which `across` and `up` name the axes.
 * Gives what turns a number on the horizontal axis into a place, a place back into a number, and a line down at one.
 */
function plot(svg, lines, { count, low, high, height = 112, across = "", up = "" }) {
  const width = Math.max(svg.clientWidth, 200);
  const [left, right, top, bottom] = [up ? 62 : 46, 10, 8, across ? 38 : 22];
  const x = (n) => left + ((n - 1) / Math.max(count - 1, 1)) * (width - left - right);
  const y = (value) => height - bottom - ((value - low) / (high - low || 1)) * (height - top - bottom);
  const points = (values) => Array.from(values, (value, n) => `${x(n + 1).toFixed(1)} ${y(value).toFixed(1)}`);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  svg.replaceChildren();
  for (const value of ticks(low, high, height / 36)) {
    drawn("path", { d: `M${left} ${y(value)}H${width - right}`, class: "grid" }, svg);
    drawn("text", { x: left - 6, y: y(value) + 4, class: "tick end" }, svg, String(value));
  }
  for (const n of ticks(1, count, width / 75).filter((n) => n >= 1 && Number.isInteger(n))) {
    drawn("text", { x: x(n), y: height - bottom + 15, class: "tick middle" }, svg, String(n));
  }
  if (across) drawn("text", { x: width - right, y: height - 4, class: "tick end" }, svg, across);
  if (up) {
    const turned = `translate(12 ${(height - bottom + top) / 2}) rotate(-90)`;
    drawn("text", { transform: turned, class: "tick middle" }, svg, up);
  }
  for (const { name, colour, dash = 0, strength = 1, values, low: below, high: above } of lines) {
    if (below) {
      const edge = `M${points(above).join("L")}L${points(below).reverse().join("L")}Z`;
      drawn("path", { d: edge, class: "band", style: `fill: var(--line${colour % COLOURS})` }, svg);
    }
    const d = values.length > 1 ? `M${points(values).join("L")}` : `M${points(values)[0] ?? "0 0"}h0`;
    drawn("path", { d, class: "line", style: look(colour, dash, strength), "data-line": name }, svg);
  }
  return {
    number: (place) => Math.round(1 + within((place - left) / (width - left - right), 0, 1) * (count - 1)),
    down: (n) => `M${x(n).toFixed(1)} ${top}V${height - bottom}`,
  };
}
