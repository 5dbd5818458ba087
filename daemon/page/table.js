// A table whose rows keep their place in the page while their cells change, sorted by any column.

import { el, mark, say } from "./dom.js";
import { address, setAddress } from "./model.js";
import { language, t } from "./text.js";

/** How often rows change places by themselves: more often, and nobody could click one. */
const SORT_EVERY_MS = 2000;

/**
 * `columns`: { key, text, number, value(row) to sort by, show(cell, row) }.
 * `sortKey`: the name in the address under which the order is kept.
 */
export function table(node, columns, { sortKey, usual, rowClass }) {
  const rows = new Map();
  let shown = "";
  let sorted_ms = -Infinity;

  function order() {
    const [key, way] = (address().get(sortKey) ?? usual).split(":");
    const column = columns.find((one) => one.key === key) ?? columns[0];
    return { column, down: way === "down" };
  }

  function head() {
    const { column, down } = order();
    const want = [language(), column.key, down].join();
    if (shown === want) return;
    shown = want;
    const cells = columns.map((one) => {
      const here = one === column;
      const button = el("button", { type: "button", onclick: () => {
        // Of figures, the largest come first.
        const first = one.number ? "down" : "up";
        const turned = down ? "up" : "down";
        setAddress(sortKey, `${one.key}:${here ? turned : first}`);
        sorted_ms = -Infinity;
        draw([...rows.values()].map((known) => known.row));
      } }, t(one.text), el("span", { class: "way", "aria-hidden": "true" }, here ? (down ? " ▾" : " ▴") : ""));
      const sort = here ? (down ? "descending" : "ascending") : null;
      return el("th", { scope: "col", class: one.number ? "number" : null, "aria-sort": sort }, button);
    });
    const held = [...node.tHead.querySelectorAll("button")].indexOf(document.activeElement);
    node.tHead.replaceChildren(el("tr", {}, ...cells));
    node.tHead.querySelectorAll("button")[held]?.focus();
    // The words of the cells may be of another language too.
    for (const known of rows.values()) known.tr.remove();
    rows.clear();
    sorted_ms = -Infinity;
  }

  function draw(list) {
    head();
    const names = new Set(list.map((row) => row.name));
    for (const [name, known] of rows) {
      if (!names.has(name)) { known.tr.remove(); rows.delete(name); sorted_ms = -Infinity; }
    }
    for (const row of list) {
      const known = rows.get(row.name) ?? make(row);
      known.row = row;
      mark(known.tr, "class", rowClass(row) || null);
      columns.forEach((column, index) => column.show(known.tr.cells[index], row));
    }
    if (performance.now() - sorted_ms > SORT_EVERY_MS) sort();
  }

  function make(row) {
    const cells = columns.map((column, index) => index === 0
      ? el("th", { scope: "row" })
      : el("td", { class: column.number ? "number" : column.wide ? "wide" : null }));
    const known = { row, tr: el("tr", {}, ...cells) };
    rows.set(row.name, known);
    sorted_ms = -Infinity;
    return known;
  }

  function sort() {
    sorted_ms = performance.now();
    const { column, down } = order();
    const compare = new Intl.Collator(language(), { numeric: true }).compare;
    const by = (a, b) => {
      const [x, y] = [column.value(a.row), column.value(b.row)];
      // What is not known stands last, whichever way.
      if (x === null || y === null) return (x === null) - (y === null);
      const way = typeof x === "number" ? x - y : compare(x, y);
      return (down ? -way : way) || compare(a.row.name, b.row.name);
    };
    const wanted = [...rows.values()].sort(by);
    const held = node.tBodies[0].contains(document.activeElement) ? document.activeElement : null;
    wanted.forEach((known, index) => {
      const there = node.tBodies[0].rows[index];
      if (there !== known.tr) node.tBodies[0].insertBefore(known.tr, there ?? null);
    });
    held?.focus({ preventScroll: true });
  }

  return { draw };
}

/** Shows a number with so many digits behind the point, or a dash where it is not known. */
export function figure(cell, value, digits = 0) {
  say(cell, value === null || value === undefined ? "–" : value.toFixed(digits));
}
