// All queues as a table, with how much comes in and goes out.

import { fill, h, shown } from "./dom.js";
import { accountOf, duration, regionOf } from "./format.js";
import { link } from "./routes.js";

const NUMBERS = new Set(["Visible", "In flight", "Delayed", "Received", "Deleted", "Waiting consumers"]);

/** @param {import("./state.js").State} state */
export function queues(state) {
  const body = h("tbody");
  const search = /** @type {HTMLInputElement} */ (h("input", { type: "search", placeholder: "Search", "aria-label": "Search queues by name" }));
  const note = h("p", { class: "note" });
  const heads = ["Queue", "Visible", "In flight", "Delayed", "Received", "Deleted", "Oldest", "Waiting consumers", "Account", "Region"];
  const table = h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", class: NUMBERS.has(head) ? "number" : null }, head)))), body);
  const element = h("section", {}, h("h1", {}, "Queues"), search, note, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of queues" }, table));

  function draw() {
    const all = [...state.queues.values()];
    const found = all.filter((queue) => queue.name.includes(search.value));
    fill(note, search.value ? `${found.length} of ${all.length}` : all.length ? "" : "There is no queue.");
    fill(body, found.slice(0, 500).map((queue) => row(state, queue)), found.length > 500 ? h("tr", {}, h("td", { colspan: "10" }, `${found.length - 500} more: search for them`)) : null);
  }
  search.addEventListener("input", draw);
  const ended = state.look(draw);
  draw();
  return { element, dispose: ended };
}

/** @param {import("./state.js").State} state @param {Record<string, any>} queue */
function row(state, queue) {
  const oldest = queue.oldest_at ?? (queue.oldest === null ? null : state.now() - queue.oldest);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: link("queue", { arn: queue.arn }) }, shown(queue.name))),
    [queue.visible, queue.in_flight, queue.delayed, state.total(queue.arn, "MessageReceived"), state.total(queue.arn, "MessageDeleted")].map((count) => h("td", { class: "number" }, count.toLocaleString("en"))),
    h("td", {}, queue.visible + queue.in_flight + queue.delayed && oldest !== null ? duration(Math.max(0, state.now() - oldest)) : ""),
    h("td", { class: "number" }, queue.polls || ""),
    h("td", {}, accountOf(queue.arn)),
    h("td", {}, regionOf(queue.arn)),
  );
}
