// The start: the strip at the top, and the view that the address names.

import { keepToken } from "./api.js";
import { calls } from "./calls.js";
import { doctor } from "./doctor.js";
import { complain, fill, h } from "./dom.js";
import { events } from "./events.js";
import { moment } from "./format.js";
import { inbox } from "./inbox.js";
import { lessons } from "./lessons.js";
import { Live } from "./live.js";
import { map } from "./map.js";
import { message } from "./message.js";
import { queue } from "./queue.js";
import { queues } from "./queues.js";
import { here, stay } from "./routes.js";
import { shell, shortcut } from "./shell.js";
import { time } from "./time.js";
import { topic } from "./topic.js";

const VIEWS = { map, queues, queue, message, topic, inbox, calls, events, doctor, time, lessons };
const TABS = /** @type {[string, string][]} */ ([["map", "Map"], ["queues", "Queues"], ["message", "Find a message"], ["inbox", "Inbox"], ["calls", "Calls"], ["events", "Events"], ["doctor", "Doctor"], ["time", "Time and trouble"], ["lessons", "Lessons"]]);
const LINKS = { live: "live", connecting: "connecting", paused: "paused", offline: "no connection: trying again", refused: "this server asks for a token: open the whole address that you got" };

const { view: asked, params: given } = here();
if (given.token) {
  const { token, ...others } = given;
  keepToken(token);
  stay(asked, others); // the address is seen by others, and kept
}

const live = new Live();
const state = live.state;

const link = h("span", { class: "link" });
const clock = h("span", { class: "clock" });
const accounts = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": "Account" }));
const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => live.pause(!live.paused) }, "Pause");
const tabs = shell(state, VIEWS, TABS, "Decaf");
fill(/** @type {HTMLElement} */ (document.getElementById("top")), h("a", { class: "brand", href: "#/" }, "Decaf"), tabs, h("div", { class: "strip" }, link, clock, accounts, pause));

fill(/** @type {HTMLElement} */ (document.getElementById("bottom")), shortcut());

accounts.addEventListener("change", () => live.follow(accounts.value));

function strip() {
  fill(link, LINKS[live.link]);
  link.className = `link ${live.link}`;
  fill(clock, `${moment(state.now(), state.now())} UTC${state.frozen ? " · stopped" : ""}`);
  pause.textContent = live.paused ? "Go on" : "Pause";
  pause.setAttribute("aria-pressed", String(live.paused));
  const known = state.accounts();
  const wanted = ["", ...known];
  if (JSON.stringify(wanted) !== JSON.stringify([...accounts.options].map((each) => each.value)) && !state.account) {
    fill(accounts, wanted.map((account) => h("option", { value: account, selected: account === state.account }, account || `All accounts (${known.length})`)));
  }
}

state.look(strip);
setInterval(strip, 1000);
// A browser has six connections to a server: a page that nobody sees gives its own back.
document.addEventListener("visibilitychange", () => {
  if (live.paused) return;
  if (document.hidden) live.disconnect("paused");
  else live.connect();
});

live.follow("").catch(complain);
