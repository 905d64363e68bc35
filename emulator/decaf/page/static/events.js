// Events as they come: the newest on top, with a filter and a pause. What did not fit is counted.

import { fill, h, shown } from "./dom.js";
import { moment, nameOf } from "./format.js";
import { link } from "./routes.js";

/** @param {import("./state.js").State} state @param {Record<string, string>} params */
export function events(state, params) {
  const list = h("ol", { class: "life", reversed: true });
  const filter = /** @type {HTMLInputElement} */ (h("input", { type: "search", size: "40", placeholder: "Filter by kind, name, id or body", "aria-label": "Filter events", "data-key": "/" }));
  const note = h("p", { class: "note" });
  const element = h("section", {}, h("h1", {}, "Events"), filter, note, list);

  function draw() {
    const wanted = filter.value.toLowerCase();
    const found = state.events.filter((each) => !wanted || [each.kind, each.arn, each.message_id, each.body, each.reason].some((text) => text?.toLowerCase().includes(wanted)));
    fill(note, `${found.length} of the latest ${state.events.length}`, state.skipped ? `; ${state.skipped.toLocaleString("en")} came too fast to be listed here` : "");
    fill(
      list,
      found.slice(-200).reverse().map((each) =>
        h(
          "li",
          { class: each.kind },
          h("time", {}, moment(each.at, state.now())),
          " ",
          h("span", { class: "chip" }, each.kind),
          " ",
          h("a", { href: each.arn.includes(":sqs:") ? link("queue", { arn: each.arn }) : link("topic", { arn: each.arn.split(":").slice(0, 6).join(":") }) }, shown(nameOf(each.arn).split(":")[0])),
          " ",
          each.message_id ? h("a", { href: link("message", { id: each.message_id }) }, each.message_id.slice(0, 8)) : "",
          " ",
          each.reason ? shown(each.reason) : each.body ? shown(each.body.slice(0, 120)) : "",
        ),
      ),
    );
  }
  filter.addEventListener("input", draw);
  const ended = state.look(draw);
  draw();
  return { element, dispose: ended };
}
