// One topic: who gets what is published, and what of it was held back; publish, or only try a message.

import { letIn, whoMay } from "./access.js";
import { aws, post } from "./api.js";
import { commands } from "./commands.js";
import { body } from "./body.js";
import { button, fill, h, say, shown } from "./dom.js";
import { accountOf, filterInWords, nameOf, regionOf } from "./format.js";
import { link } from "./routes.js";

const NUMBERS = new Set(["Delivered", "Held back", "Failed"]);

/** @param {import("./state.js").State} state @param {Record<string, string>} params */
export function topic(state, params) {
  const arn = params.arn ?? "";
  const [account, region, name] = [accountOf(arn), regionOf(arn), nameOf(arn)];
  const rows = h("tbody");
  const note = h("p", { class: "note" });
  const attributes = h("dl", { class: "facts" });
  const text = /** @type {HTMLTextAreaElement} */ (h("textarea", { rows: "3", "aria-label": "Message" }));
  const pairs = /** @type {HTMLInputElement} */ (h("input", { size: "40", "aria-label": "Attributes, as kind=coupon, price=5", placeholder: "Attributes: kind=coupon, price=5" }));
  const group = /** @type {HTMLInputElement} */ (h("input", { "aria-label": "Message group", placeholder: "Message group" }));
  const result = h("div");
  const fifo = name.endsWith(".fifo");

  const publish = button("Publish", async () => {
    const answer = await aws("sns", "Publish", parameters(), account, region);
    say(`Published as ${answer.MessageId}`);
    fill(result, h("p", {}, "Published as ", h("a", { href: link("message", { id: answer.MessageId }) }, answer.MessageId)));
  });
  const tryIt = button("Who would get this?", async () => {
    const found = await post("recipients", { topic: arn, message: text.value, attributes: read(pairs.value) });
    fill(
      result,
      h("ul", { class: "tried" }, found.subscriptions.map((/** @type {any} */ each) => h("li", { class: each.gets ? "gets" : "not" }, h("strong", {}, each.gets ? "Gets it: " : "Does not: "), each.protocol, " ", shown(each.protocol === "sqs" ? nameOf(each.endpoint) : each.endpoint), each.reason ? [": ", shown(each.reason)] : ""))),
      found.subscriptions.length ? null : h("p", {}, "The topic has no subscription."),
      commands("sns", "Publish", parameters()),
    );
  });

  function parameters() {
    const given = read(pairs.value);
    return {
      TopicArn: arn,
      Message: text.value,
      ...(Object.keys(given).length ? { MessageAttributes: given } : {}),
      ...(fifo || group.value ? { MessageGroupId: group.value || "1" } : {}),
      ...(fifo ? { MessageDeduplicationId: crypto.randomUUID?.() ?? String(Math.random()) } : {}),
    };
  }

  const heads = ["Subscriber", "State", "Filter policy", "Delivered", "Held back", "Failed", ""];
  const element = h(
    "section",
    {},
    h("h1", {}, "Topic ", shown(name)),
    note,
    state.acts && h("p", {}, h("a", { href: link("calls", { topic: arn }) }, "Calls about it")),
    state.acts && [h("h2", {}, "Publish"), text, h("div", { class: "bar" }, pairs, fifo ? group : null, tryIt, publish), result],
    h("h2", {}, "Subscriptions"),
    h("p", { class: "note" }, `Counts are since ${state.acts ? "this page was opened" : "the start of the trace"}.`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Subscriptions" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", class: NUMBERS.has(head) ? "number" : null }, head || h("span", { class: "hidden" }, "Actions"))))), rows)),
    h("details", {}, h("summary", {}, "Attributes and tags"), attributes),
    state.acts && whoMay("sns", arn),
  );

  /** What lets the topic in at a queue whose policy does not, so that on AWS nothing would arrive. @param {import("./state.js").Resource} each */
  function allowing(each) {
    if (each.protocol !== "sqs" || !state.total(each.endpoint, "AccessWouldBeDenied")) return null;
    return [h("span", { class: "not" }, "AWS would deliver nothing: the queue's policy does not let the topic in. "), state.acts && button("Let it in", () => letIn(arn, each.endpoint))];
  }

  function draw() {
    const known = state.topics.get(arn);
    fill(note, known ? "" : "This topic does not exist, or was deleted.");
    if (known) fill(attributes, Object.entries({ ...known.attributes, ...known.tags }).map(([key, value]) => [h("dt", {}, shown(key)), h("dd", {}, /Policy/.test(key) ? body(String(value), key) : shown(String(value)))]));
    fill(
      rows,
      [...state.subscriptions.values()].filter((each) => each.topic === arn).map((each) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, each.protocol, " ", each.protocol === "sqs" ? h("a", { href: link("queue", { arn: each.endpoint }) }, shown(nameOf(each.endpoint))) : shown(each.endpoint)),
          h("td", {}, each.pending ? "not confirmed" : "confirmed", each.attributes.RawMessageDelivery === "true" ? ", raw" : ""),
          h("td", {}, shown(filterInWords(each.attributes.FilterPolicy, each.attributes.FilterPolicyScope) || "everything")),
          ["NotificationDelivered", "NotificationFiltered", "NotificationFailed"].map((kind) => h("td", { class: "number" }, state.total(each.arn, kind) || "")),
          h("td", {}, allowing(each), state.acts && each.pending && each.token ? button("Confirm", () => aws("sns", "ConfirmSubscription", { TopicArn: arn, Token: each.token }, account, region)) : null),
        ),
      ),
    );
  }
  const ended = state.look(draw);
  draw();
  return { element, dispose: ended };
}

/** Returns the attributes in `kind=coupon, price=5`: what looks like a number is one. @param {string} text */
function read(text) {
  /** @type {Record<string, { DataType: string, StringValue: string }>} */ const found = {};
  for (const pair of text.split(",")) {
    const [name, ...rest] = pair.split("=");
    const value = rest.join("=").trim();
    if (!name.trim() || !value) continue;
    found[name.trim()] = { DataType: /^-?\d+(\.\d+)?$/.test(value) ? "Number" : "String", StringValue: value };
  }
  return found;
}
