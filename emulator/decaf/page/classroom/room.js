// The page of a room: learners come in by the code, and all see the board. The teacher's address has a key after the #.

import { button, fill, h, say, shown, typed } from "../static/dom.js";
import { counted, duration } from "../static/format.js";

/** @typedef {{ name: string, url: string, page: string, token: string, code: string }} Place */
/** @typedef {{ name: string, passed: number[], current: number | null, sentence: string, quiet: number | null, state: string }} Learner */
/** @typedef {{ lessons: { number: number, title: string }[], learners: Learner[], most: number, code: string | null }} Board */

const PLACE = "decaf.place";
const KEY = "decaf.teacher";
const LOOK = 2000; // milliseconds between two looks at the board

const main = /** @type {HTMLElement} */ (document.getElementById("main"));

/** Makes a call of the front. @param {string} method @param {string} path @param {string} key @param {any} [body] @returns {Promise<any>} */
async function call(method, path, key, body) {
  /** @type {Record<string, string>} */
  const headers = { "Content-Type": "application/json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** The teacher's key: taken from the address once, so that nobody reads it from the screen. */
function teachersKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

/** @returns {Place | null} */
function place() {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? "null");
  } catch {
    return null;
  }
}

function start() {
  const key = teachersKey();
  const mine = place();
  if (key) teaching(key);
  else if (mine) learning(mine);
  else joining("");
}

/** The form to come in. @param {string} reason why it is shown again */
function joining(reason) {
  const name = /** @type {HTMLInputElement} */ (h("input", { id: "name", autocomplete: "off", maxlength: "40", required: true }));
  const code = /** @type {HTMLInputElement} */ (h("input", { id: "code", autocomplete: "off", spellcheck: "false", autocapitalize: "characters", maxlength: "20", required: true }));
  const go = /** @type {HTMLButtonElement} */ (h("button", { type: "submit" }, "Come in"));
  const note = h("p", { class: "answer", role: "alert", hidden: !reason }, reason);
  const form = h("form", { class: "join" }, h("label", { for: "name" }, "Your name"), name, h("label", { for: "code" }, "The code that your teacher shows"), code, go, note);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    go.textContent = "Your server starts…";
    try {
      const known = place();
      const found = await call("POST", "join", "", { name: name.value, code: code.value, token: known?.token ?? "" });
      localStorage.setItem(PLACE, JSON.stringify({ ...found, code: code.value }));
      start();
    } catch (error) {
      note.hidden = false;
      fill(note, shown(error instanceof Error ? error.message : String(error)));
    } finally {
      go.disabled = false;
      go.textContent = "Come in";
    }
  });
  fill(main, h("section", {}, h("h1", {}, "Come in"), h("p", {}, "You get a server of your own for the lessons. Nobody else can change it."), form));
  name.focus();
}

/** What a learner sees who is in the room. @param {Place} mine */
function learning(mine) {
  const command = `decaf learn join ${location.origin} ${mine.code} --name ${quoted(mine.name)} --token ${mine.token}`;
  const leave = button("This is not me", () => {
    localStorage.removeItem(PLACE);
    location.reload();
  });
  const board = boardOf(mine.code, (reason) => {
    localStorage.removeItem(PLACE);
    joining(reason);
  }, null);
  fill(
    main,
    h(
      "section",
      {},
      h("h1", {}, "Hello, ", shown(mine.name)),
      h("p", {}, h("a", { class: "large", href: mine.page }, "Open your lessons")),
      h("details", {}, h("summary", {}, "Or in a terminal"), h("p", {}, "With Decaf installed on your machine. From then on, ", h("code", {}, "decaf learn"), " plays the lessons in this room."), h("pre", {}, shown(command))),
      h("h2", {}, "Everyone"),
      board,
      h("p", {}, leave),
    ),
  );
}

/** Returns a text as a shell takes it. @param {string} text */
const quoted = (text) => `'${text.replace(/'/g, "'\\''")}'`;

/** What the teacher sees. @param {string} key */
function teaching(key) {
  const code = h("strong", { class: "code" });
  const board = boardOf(key, (reason) => {
    sessionStorage.removeItem(KEY);
    joining(reason);
  }, {
    show: (found) => fill(code, found ?? ""),
    readmit: async (name) => {
      await call("POST", "readmit", key, { name });
      say(`${name} can come back by name once`);
    },
    remove: async (name) => {
      if (await typed(`This removes ${name}, with all that is on the server of ${name}.`, name, "Remove")) await call("POST", "remove", key, { name });
    },
  });
  fill(main, h("section", {}, h("h1", {}, "The room"), h("p", { class: "invite" }, "Come in at ", h("strong", { class: "code" }, `${location.origin}/`), " with the code ", code), board));
}

/** @typedef {{ show: (code: string | null) => void, readmit: (name: string) => Promise<void>, remove: (name: string) => Promise<void> }} Acts */

/**
 * Returns the board, which is read again and again while somebody sees it.
 * @param {string} key @param {(reason: string) => void} shutOut called when the room does not know the key any more
 * @param {Acts | null} acts the teacher's
 */
function boardOf(key, shutOut, acts) {
  const note = h("p", { class: "note" });
  const body = h("tbody");
  const table = h("table", { class: "board" }, h("thead", {}, h("tr", {}, ["Learner", "Passed", "Now", "What the check says", "Quiet for", acts ? "" : null].filter((each) => each !== null).map((each) => h("th", { scope: "col" }, each || h("span", { class: "hidden" }, "Acts"))))), body);
  const element = h("div", {}, note, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Board" }, table));
  /** @type {Map<string, ReturnType<typeof row>>} */ const rows = new Map();

  async function read() {
    if (!element.isConnected) return;
    try {
      if (!document.hidden) draw(await call("GET", "board", key));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text.includes("code of the room")) return shutOut("The room is another one now: come in again.");
      fill(note, "The room does not answer. This page tries again. (", shown(text), ")");
    }
    setTimeout(read, LOOK);
  }

  /** @param {Board} board */
  function draw(board) {
    acts?.show(board.code);
    fill(note, board.learners.length ? `${counted(board.learners.length, "learner")} of at most ${board.most}` : "Nobody is here yet.");
    const names = new Set(board.learners.map((each) => each.name));
    for (const [name, { element }] of rows) {
      if (names.has(name)) continue;
      element.remove();
      rows.delete(name);
    }
    for (const learner of board.learners) {
      const known = rows.get(learner.name) ?? row(learner.name, acts);
      if (!rows.has(learner.name)) body.append(known.element);
      rows.set(learner.name, known);
      known.update(learner, board.lessons);
    }
  }
  setTimeout(read);
  return element;
}

/** Returns the row of a learner, whose buttons stay the same elements. @param {string} name @param {Acts | null} acts */
function row(name, acts) {
  const passed = h("td");
  const now = h("td");
  const says = h("td", { class: "says" });
  const quiet = h("td");
  const buttons = acts && h("td", {}, button("Let in again", () => acts.readmit(name), { "aria-label": `Let ${name} in again` }), " ", button("Remove", () => acts.remove(name), { class: "danger", "aria-label": `Remove ${name}` }));
  const element = h("tr", {}, h("th", { scope: "row" }, shown(name)), passed, now, says, quiet, buttons);

  /** @param {Learner} learner @param {Board["lessons"]} lessons */
  function update(learner, lessons) {
    const title = lessons.find((each) => each.number === learner.current)?.title ?? "";
    fill(passed, `${learner.passed.length} of ${lessons.length}`, stripOf(learner, lessons));
    fill(now, learner.state !== "ready" ? `server ${learner.state}` : learner.current ? `${learner.current} ${title}` : "not begun");
    fill(says, shown(learner.sentence));
    fill(quiet, learner.quiet === null ? "" : duration(learner.quiet));
  }
  return { element, update };
}

/** @param {Learner} learner @param {Board["lessons"]} lessons */
function stripOf(learner, lessons) {
  const passed = new Set(learner.passed);
  return h("span", { class: "strip-of-lessons", "aria-hidden": "true" }, lessons.map((each) => {
    const look = passed.has(each.number) ? "passed" : each.number === learner.current ? "current" : "open";
    return h("span", { class: look, title: `${each.number} ${each.title}` }, look === "passed" ? "✓" : each.number);
  }));
}

addEventListener("hashchange", start);
start();
