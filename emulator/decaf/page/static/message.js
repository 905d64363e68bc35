// The life of one message: the answer first, then all that happened to it, across topics, queues and dead letters.

import { body } from "./body.js";
import { fill, h, shown } from "./dom.js";
import { moment, nameOf } from "./format.js";
import { go, link } from "./routes.js";

/** @param {import("./state.js").State} state @param {Record<string, string>} params */
export function message(state, params) {
  const place = h("div");
  const input = /** @type {HTMLInputElement} */ (h("input", { value: params.id ?? "", "aria-label": "Message id", placeholder: "Message id", size: "40" }));
  const form = h("form", { class: "bar" }, input, h("button", { type: "submit" }, "Where is it?"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go("message", { id: input.value.trim() });
  });
  const element = h("section", {}, h("h1", {}, "A message's life"), form, place);
  let last = "";

  async function read() {
    if (!params.id) return;
    const found = await state.get("explain", { id: params.id });
    const key = JSON.stringify(found);
    if (key === last) return;
    last = key;
    const sent = await text(state, found);
    fill(
      place,
      h("p", { class: "answer" }, shown(found.answer)),
      found.notification ? h("p", {}, "It was delivered for the notification ", h("a", { href: link("message", { id: found.notification }) }, found.notification)) : null,
      found.messages.length ? h("p", {}, "It became ", found.messages.map((/** @type {string} */ id, /** @type {number} */ index) => [index ? ", " : "", h("a", { href: link("message", { id }) }, id.slice(0, 8))])) : null,
      found.deliveries.length ? h("ul", {}, found.deliveries.map((/** @type {any} */ each) => h("li", { class: each.outcome }, shown(each.answer)))) : null,
      h("ol", { class: "life" }, found.timeline.map((/** @type {any} */ step) => h("li", { class: step.kind }, h("time", {}, moment(step.at, state.now())), " ", shown(step.text), " ", h("a", { href: where(step.arn) }, shown(nameOf(step.arn).split(":")[0]))))),
      sent === null ? null : h("div", {}, h("h2", {}, "Body"), body(sent)),
    );
  }
  let waiting = false;
  const ended = state.look((frame) => {
    if (!frame?.moves.length || waiting) return;
    waiting = true;
    setTimeout(() => ((waiting = false), read()), 500);
  });
  read().catch((error) => fill(place, h("p", { class: "note" }, String(error.message ?? error))));
  return { element, dispose: ended };
}

/** Returns the start of what was sent or published, null when the history does not have it. @param {import("./state.js").State} state @param {any} found */
async function text(state, found) {
  const { events } = await state.get("events", { message_id: found.id, limit: 10 });
  return events.find((/** @type {any} */ each) => each.body !== undefined)?.body ?? null;
}

/** @param {string} arn */
const where = (arn) => (arn.includes(":sqs:") ? link("queue", { arn }) : link("topic", { arn: arn.split(":").slice(0, 6).join(":") }));
