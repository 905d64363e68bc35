// The view that the address names, with the tabs that lead to the others.

import { complain, fill, h } from "./dom.js";
import { here, link } from "./routes.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{ element: HTMLElement, dispose: () => void }} View */
/** @typedef {Record<string, (state: State, params: Record<string, string>) => View>} Views */

/**
 * Shows the view that the address names, now and whenever it changes; `tabs` are names of views and their labels.
 * Returns the element of the tabs. Each view fills `main`, and the title of the page begins with its heading.
 * @param {State} state @param {Views} views @param {[string, string][]} tabs @param {string} title
 */
export function shell(state, views, tabs, title) {
  const nav = h("nav", { "aria-label": "Views" });
  const main = /** @type {HTMLElement} */ (document.getElementById("main"));
  /** @type {View | null} */ let view = null;

  function open() {
    const { view: asked, params } = here();
    const name = views[asked] ? asked : "map";
    view?.dispose();
    try {
      view = views[name](state, params);
      fill(main, view.element);
    } catch (error) {
      complain(error);
    }
    fill(nav, tabs.map(([id, label]) => h("a", { href: link(id), "aria-current": name === id ? "page" : null }, label)));
    const heading = main.querySelector("h1")?.textContent;
    document.title = heading ? `${heading} · ${title}` : title;
  }

  addEventListener("hashchange", open);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || isOff() || isTyping(event) || event.ctrlKey || event.metaKey) return;
    const search = /** @type {HTMLElement | null} */ (document.querySelector('[data-key="/"], input[type=search]'));
    if (search) {
      event.preventDefault();
      search.focus();
    }
  });
  open();
  return nav;
}

const SHORTCUT = "decaf.shortcut";

function isOff() {
  try {
    return localStorage.getItem(SHORTCUT) === "off";
  } catch {
    return false; // a page without a place of its own, such as an artifact in a frame
  }
}

/** Returns the switch of the shortcut: who speaks to a computer, or hits keys by mistake, has to have one (WCAG 2.1.4). */
export function shortcut() {
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", checked: !isOff() }));
  input.addEventListener("change", () => localStorage.setItem(SHORTCUT, input.checked ? "on" : "off"));
  return h("label", {}, input, " The key / puts the cursor into the search");
}

/** Returns whether a key goes into a field. @param {Event} event */
export const isTyping = (event) => event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
