// A long list of which only the rows in view are drawn, and which reads more as it is scrolled.

import { h } from "./dom.js";

const ROW = 34; // pixels, as in the style sheet
const AROUND = 10; // rows drawn above and below those in view
const TALLEST = 15_000_000; // pixels: browsers have no taller elements

/**
 * @template T
 * @param {{ label: string, row: (each: T) => import("./dom.js").Child[], open: (each: T) => void, more: () => Promise<void> | void, key: (each: T) => unknown }} options
 * `key` says which of two lists' items are the same: the selected one stays selected.
 */
export function rows({ label, row, open, more, key }) {
  const inner = h("div", { class: "rows-inner" });
  const outer = h("div", { class: "rows", tabindex: "0", role: "listbox", "aria-label": label }, inner);
  /** @type {T[]} */ let all = [];
  /** @type {Map<unknown, HTMLElement>} the rows that are drawn, by key */ let drawn = new Map();
  let selected = -1;

  /** A row that is drawn stays the element that it is: one that went between the press of a button and its release would not be clicked. */
  function draw() {
    const first = Math.max(0, Math.floor(outer.scrollTop / ROW) - AROUND);
    const last = Math.min(all.length, first + Math.ceil((outer.clientHeight || 400) / ROW) + 2 * AROUND);
    inner.style.height = `${Math.min(TALLEST, all.length * ROW)}px`;
    if (selected < 0) outer.removeAttribute("aria-activedescendant");
    else outer.setAttribute("aria-activedescendant", `row-${selected}`);
    const before = drawn;
    drawn = new Map(all.slice(first, last).map((each, index) => [key(each), drawRow(before.get(key(each)), each, first + index)]));
    const kept = new Set(drawn.values());
    for (const element of before.values()) if (!kept.has(element)) element.remove();
    let place = inner.firstChild;
    for (const element of kept) {
      if (element === place) place = place.nextSibling;
      else inner.insertBefore(element, place);
    }
    if (last >= all.length - AROUND) more();
  }

  /** @param {HTMLElement | undefined} known @param {T} each @param {number} place */
  function drawRow(known, each, place) {
    const element = known ?? h("div", { class: "row", role: "option" });
    const attributes = { id: `row-${place}`, "aria-selected": place === selected, "aria-posinset": place + 1, "aria-setsize": all.length };
    for (const [name, value] of Object.entries(attributes)) if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
    element.style.transform = `translateY(${place * ROW}px)`;
    const cells = h("div", { class: "cells" }, row(each));
    if (!element.firstChild?.isEqualNode(cells)) element.replaceChildren(cells);
    return element;
  }

  /** @param {number} place */
  function select(place) {
    if (place < 0 || place >= all.length) return;
    selected = place;
    const top = place * ROW;
    if (top < outer.scrollTop) outer.scrollTop = top;
    else if (top + ROW > outer.scrollTop + outer.clientHeight) outer.scrollTop = top + ROW - outer.clientHeight;
    draw();
    open(all[place]);
  }

  inner.addEventListener("click", (event) => {
    const element = event.target instanceof Element ? event.target.closest(".row") : null;
    if (element) select(Number(element.id.slice("row-".length)));
  });
  outer.addEventListener("scroll", () => requestAnimationFrame(draw));
  outer.addEventListener("keydown", (event) => {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 });
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    select(Math.max(0, Math.min(all.length - 1, selected + step)));
  });
  return {
    element: outer,
    /** @param {T[]} items */
    set(items) {
      const chosen = selected < 0 ? null : key(all[selected]);
      all = items;
      selected = chosen === null ? -1 : all.findIndex((each) => key(each) === chosen);
      draw();
    },
    draw,
    atTop: () => outer.scrollTop < ROW,
    toTop() {
      outer.scrollTop = 0;
    },
  };
}
