"use strict";
// Finding one's way: the contents mark where one is, tables open where they are asked for and save as files.

/** Mark the link to the section that is read: the one asked for while its heading is on the screen, else the one that
 * crosses a line near the top. */
function marks(nav) {
  const links = [...nav.querySelectorAll("a:not([hidden])")];
  const sections = links.map((link) => document.querySelector(link.hash));
  const crossing = new Set();
  const headed = (section) => {
    const { top } = section.getBoundingClientRect();
    return top > -40 && top < innerHeight - 80;
  };
  const show = () => {
    const asked = sections.find((section) => `#${section.id}` === location.hash && headed(section));
    const found = sections.indexOf(asked ?? sections.find((section) => crossing.has(section)));
    if (found < 0 && nav.querySelector("[aria-current]")) return; // between two sections it is still the one before
    const here = Math.max(found, 0);
    for (const link of links) link.removeAttribute("aria-current");
    links[here].setAttribute("aria-current", "location");
    nav.scrollTo({ left: links[here].offsetLeft - nav.clientWidth / 3 });
  };
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) crossing[isIntersecting ? "add" : "delete"](target);
    show();
  }, { rootMargin: "-12% 0px -87% 0px" });
  for (const section of sections) observer.observe(section);
  addEventListener("hashchange", show);
}

/** Open the fold that an address leads into, all folds by the button, and all for who prints. */
function folds(button) {
  const all = [...document.querySelectorAll("details")];
  const label = () => (all.every(({ open }) => open) ? "Close all" : "Open all");
  const lead = () => {
    const target = byId(location.hash.slice(1));
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };
  button.onclick = () => {
    const open = !all.every(({ open }) => open);
    for (const fold of all) fold.open = open;
  };
  for (const fold of all) fold.addEventListener("toggle", () => (button.textContent = label()));
  button.hidden = false;
  addEventListener("hashchange", lead);
  lead();
}

/** Beside each table a button that saves it as CSV. */
function saves() {
  for (const table of document.querySelectorAll("details.table")) {
    const name = table.querySelector("h3").textContent;
    const button = make("button", { type: "button", className: "save", textContent: "CSV" });
    button.setAttribute("aria-label", `${name}, as CSV`);
    button.onclick = () => save(`${name.replace(/[^\p{L}\p{N}]+/gu, "_")}.csv`, csv(table.querySelector("table")));
    table.querySelector(".scroll").after(button);
  }
}

/** Beside each figure's files a button that prints it alone, on paper of its size, which browsers save as PDF. */
function prints() {
  for (const figure of document.querySelectorAll("figure")) {
    const button = make("button", { type: "button", className: "save", textContent: "PDF" });
    button.setAttribute("aria-label", "This figure, printed or saved as PDF");
    button.onclick = () => {
      alone(figure);
      print();
    };
    figure.querySelector(".files").append(button);
  }
}

/** Let the next print hold one figure and nothing else. */
function alone(figure) {
  const { width, height } = figure.querySelector("svg").viewBox.baseVal;
  const sheet = make("style", { textContent: `@page { size: ${width}pt ${height}pt; margin: 0; }` });
  const marked = [document.documentElement, figure];
  document.head.append(sheet);
  for (const element of marked) element.classList.add("alone");
  addEventListener("afterprint", () => {
    sheet.remove();
    for (const element of marked) element.classList.remove("alone");
  }, { once: true });
}

function csv(table) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => quoted(cell.textContent)).join(","));
  return `${rows.join("\n")}\n`;
}

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  make("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
