// Elements. Texts of users become text nodes and nothing else: the browser refuses HTML here (Trusted Types).

/** @typedef {Node | string | number | null | undefined | false | any[]} Child */

/**
 * Returns an element. A property that starts with `on` is a listener; `null` and `false` leave an attribute away.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(name, properties = {}, ...children) {
  return /** @type {HTMLElement} */ (filled(document.createElement(name), properties, children));
}

/**
 * Returns an element of an SVG picture.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(name, properties = {}, ...children) {
  return /** @type {SVGElement} */ (filled(document.createElementNS("http://www.w3.org/2000/svg", name), properties, children));
}

/** @param {Element} element @param {Record<string, any>} properties @param {Child[]} children */
function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

/** @param {Element} element @param {Child[]} children */
function add(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child));
  }
}

/** Puts children in the place of all that an element has. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Returns a user's text as nodes: characters that cannot be seen, or that turn the direction of others, as marks.
 * @param {string} text
 * @returns {HTMLElement}
 */
export function shown(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(INVISIBLE)) {
    if (found[0] === "\n" || found[0] === "\t") continue;
    parts.push(text.slice(from, found.index));
    const code = /** @type {number} */ (found[0].codePointAt(0)).toString(16).toUpperCase().padStart(4, "0");
    parts.push(h("span", { class: "code-point", title: `U+${code}` }, `U+${code}`));
    from = /** @type {number} */ (found.index) + found[0].length;
  }
  return h("bdi", { dir: "auto" }, parts, text.slice(from));
}

/** Tells people who do not see the page. @param {string} sentence */
export function say(sentence) {
  const place = document.getElementById("said");
  if (place) place.textContent = sentence;
}

/**
 * Returns a button that says what failed when its work fails, and is off while it works.
 * @param {string} label
 * @param {() => Promise<unknown> | unknown} work
 * @param {Record<string, any>} [properties]
 */
export function button(label, work, properties = {}) {
  const element = /** @type {HTMLButtonElement} */ (h("button", { type: "button", ...properties }, label));
  element.addEventListener("click", async () => {
    element.disabled = true;
    try {
      await work();
    } catch (error) {
      complain(error);
    } finally {
      element.disabled = false;
    }
  });
  return element;
}

/** Shows an error until it is closed. @param {unknown} error */
export function complain(error) {
  const text = error instanceof Error ? error.message : String(error);
  const note = h("div", { class: "complaint", role: "alert" }, shown(text));
  note.append(button("Close", () => note.remove()));
  document.body.append(note);
}

/**
 * Asks for a name to be typed before something is lost. Resolves to whether it was.
 * @param {string} question @param {string} name @param {string} verb
 * @returns {Promise<boolean>}
 */
export function typed(question, name, verb) {
  return new Promise((resolve) => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const input = /** @type {HTMLInputElement} */ (h("input", { autocomplete: "off", spellcheck: "false", "aria-label": `Type ${name}` }));
    const go = /** @type {HTMLButtonElement} */ (h("button", { type: "submit", class: "danger" }, verb));
    go.disabled = true;
    input.addEventListener("input", () => (go.disabled = input.value !== name));
    const form = h("form", { method: "dialog" }, h("p", {}, shown(question)), h("p", {}, "Type ", h("code", {}, shown(name)), " to go on."), input, h("menu", {}, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), go));
    const dialog = /** @type {HTMLDialogElement} */ (h("dialog", {}, form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.returnValue = "yes";
      dialog.close("yes");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
  });
}
