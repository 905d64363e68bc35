// A long list of which only the rows in view are drawn, and which reads more as it is scrolled.

import { fill, h } from "./dom.js";

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
  let selected = -1;

  function draw() {
    const first = Math.max(0, Math.floor(outer.scrollTop / ROW) - AROUND);
    const last = Math.min(all.length, first + Math.ceil((outer.clientHeight || 400) / ROW) + 2 * AROUND);
    inner.style.height = `${Math.min(TALLEST, all.length * ROW)}px`;
    const visible = all.slice(first, last);
    fill(
      inner,
      visible.map((each, index) => {
        const place = first + index;
        const element = h("div", { class: "row", role: "option", id: `row-${place}`, "aria-selected": String(place === selected), "aria-posinset": String(place + 1), "aria-setsize": String(all.length) }, row(each));
        element.style.transform = `translateY(${place * ROW}px)`;
        element.addEventListener("click", () => select(place));
        return element;
      }),
    );
    if (last >= all.length - AROUND) more();
  }

  /** @param {number} place */
  function select(place) {
    if (place < 0 || place >= all.length) return;
    selected = place;
    const top = place * ROW;
    if (top < outer.scrollTop) outer.scrollTop = top;
    else if (top + ROW > outer.scrollTop + outer.clientHeight) outer.scrollTop = top + ROW - outer.clientHeight;
    outer.setAttribute("aria-activedescendant", `row-${place}`);
    draw();
    open(all[place]);
  }

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
