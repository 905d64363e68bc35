// The start: the strip at the top, and the view that the address names.

import { complain, fill, h } from "./dom.js";
import { events } from "./events.js";
import { moment } from "./format.js";
import { inbox } from "./inbox.js";
import { map } from "./map.js";
import { message } from "./message.js";
import { queue } from "./queue.js";
import { queues } from "./queues.js";
import { here, link } from "./routes.js";
import { State } from "./state.js";
import { time } from "./time.js";
import { topic } from "./topic.js";

/** @typedef {{ element: HTMLElement, dispose: () => void }} View */

const VIEWS = /** @type {Record<string, (state: State, params: Record<string, string>) => View>} */ ({ map, queues, queue, message, topic, inbox, events, time });
const TABS = /** @type {[string, string][]} */ ([["map", "Map"], ["queues", "Queues"], ["message", "Find a message"], ["inbox", "Inbox"], ["events", "Events"], ["time", "Time and trouble"]]);
const LINKS = { live: "live", connecting: "connecting", paused: "paused", offline: "no connection: trying again" };

const state = new State();
/** @type {View | null} */ let view = null;

const link_ = h("span", { class: "link" });
const clock = h("span", { class: "clock" });
const accounts = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": "Account" }));
const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => state.pause(!state.paused) }, "Pause");
const tabs = h("nav", { "aria-label": "Views" });
fill(/** @type {HTMLElement} */ (document.getElementById("top")), h("a", { class: "brand", href: "#/" }, "Decaf"), tabs, h("div", { class: "strip" }, link_, clock, accounts, pause));

accounts.addEventListener("change", () => state.follow(accounts.value));

function open() {
  const { view: name, params } = here();
  const make = VIEWS[name] ?? map;
  view?.dispose();
  const main = /** @type {HTMLElement} */ (document.getElementById("main"));
  try {
    view = make(state, params);
    fill(main, view.element);
  } catch (error) {
    complain(error);
  }
  fill(tabs, TABS.map(([id, label]) => h("a", { href: link(id), "aria-current": (VIEWS[name] ? name : "map") === id ? "page" : null }, label)));
  const heading = main.querySelector("h1")?.textContent;
  document.title = heading ? `${heading} · Decaf` : "Decaf";
}

function strip() {
  fill(link_, LINKS[state.link]);
  link_.className = `link ${state.link}`;
  fill(clock, `${moment(state.now(), state.now())} UTC${state.frozen ? " · stopped" : ""}`);
  pause.textContent = state.paused ? "Go on" : "Pause";
  pause.setAttribute("aria-pressed", String(state.paused));
  const known = state.accounts();
  const wanted = ["", ...known];
  if (wanted.join() !== [...accounts.options].map((each) => each.value).join() && !state.account) {
    fill(accounts, wanted.map((account) => h("option", { value: account, selected: account === state.account }, account || `All accounts (${known.length})`)));
  }
}

state.look(strip);
setInterval(strip, 1000);
addEventListener("hashchange", open);
// A browser has six connections to a server: a page that nobody sees gives its own back.
document.addEventListener("visibilitychange", () => {
  if (state.paused) return;
  if (document.hidden) state.disconnect("paused");
  else state.connect();
});
addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
  const search = /** @type {HTMLElement | null} */ (document.querySelector('[data-key="/"], input[type=search]'));
  if (search) {
    event.preventDefault();
    search.focus();
  }
});

open();
state.follow("").catch(complain);
