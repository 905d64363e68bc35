// What reached people and programs: texts, mails, pushes, deliveries over HTTP with their attempts, and what functions wrote.

import { aws } from "./api.js";
import { body } from "./body.js";
import { button, fill, h, shown } from "./dom.js";
import { accountOf, duration, moment, nameOf, regionOf } from "./format.js";
import { link } from "./routes.js";

const SHOWN = 200;
const MOVES = ["Notification", "Subscription", "Function"];

/** @param {import("./state.js").State} state @param {Record<string, string>} params */
export function inbox(state, params) {
  const place = h("div");
  const remote = h("div");
  const written = h("div");
  const element = h("section", {}, h("h1", {}, "Inbox"), place, h("h2", {}, "Deliveries over HTTP, and to functions"), remote, h("h2", {}, "What functions wrote"), written);
  let waiting = false;

  async function read() {
    const { deliveries } = await state.get("inbox", { account: state.account || null });
    const newest = deliveries.slice(-SHOWN).reverse();
    fill(
      place,
      deliveries.length > SHOWN ? h("p", { class: "note" }, `The newest ${SHOWN} of ${deliveries.length}`) : null,
      newest.length ? h("ul", { class: "inbox" }, newest.map((/** @type {any} */ each) => h("li", {}, card(state, each)))) : h("p", { class: "note" }, "Nothing was sent to a phone, a mail box or an app."),
    );
    const attempts = (await Promise.all(["NotificationDelivered", "NotificationPostponed", "NotificationFailed"].map((kind) => state.get("events", { kind, account: state.account || null, limit: 300 })))).flatMap((each) => each.events).filter((each) => ["http", "https", "lambda"].includes(each.protocol));
    attempts.sort((a, b) => b.mark - a.mark);
    fill(remote, attempts.length ? h("ul", { class: "life" }, attempts.slice(0, SHOWN).map((each) => h("li", { class: each.kind }, attempt(state, each)))) : h("p", { class: "note" }, "None."));
    const { entries } = await state.get("functions/logs", { account: state.account || null, limit: SHOWN });
    fill(written, entries.length ? h("ul", { class: "inbox" }, entries.reverse().map((/** @type {any} */ each) => h("li", {}, invocation(state, each)))) : h("p", { class: "note" }, "None was invoked."));
  }
  const ended = state.look((frame) => {
    if (!frame?.moves.some((move) => MOVES.some((kind) => move.kind.startsWith(kind))) || waiting) return;
    waiting = true;
    setTimeout(() => ((waiting = false), read()), 500);
  });
  read();
  return { element, dispose: ended };
}

/** @param {import("./state.js").State} state @param {any} each */
function card(state, each) {
  const head = h("header", {}, h("span", { class: `chip ${each.protocol}` }, each.protocol), " ", shown(each.recipient), " ", h("time", {}, moment(each.at, state.now())), each.topic_arn ? [" from ", h("a", { href: link("topic", { arn: each.topic_arn }) }, shown(nameOf(each.topic_arn)))] : "");
  const confirm = state.acts && each.token && each.subscription_arn && each.kind === "SubscriptionConfirmation" ? button("Confirm the subscription", () => aws("sns", "ConfirmSubscription", { TopicArn: each.topic_arn, Token: each.token }, accountOf(each.topic_arn), regionOf(each.topic_arn))) : null;
  const subject = each.subject ? h("h2", {}, shown(each.subject)) : null;
  const content = each.protocol === "sms" ? h("p", { class: "bubble" }, shown(each.body)) : body(each.body);
  return h("article", { class: each.protocol }, head, subject, content, confirm, each.message_id ? h("p", {}, h("a", { href: link("message", { id: each.message_id }) }, "Its life")) : null);
}

/** @param {import("./state.js").State} state @param {any} each */
function invocation(state, each) {
  return h("article", {}, h("header", {}, shown(nameOf(each.arn)), " ", h("time", {}, moment(each.at, state.now()))), h("pre", {}, shown(each.text)));
}

/** @param {import("./state.js").State} state @param {any} each */
function attempt(state, each) {
  const delivered = each.kind === "NotificationDelivered";
  const how = delivered ? "delivered" : "failed";
  const answer = each.status ? `, status ${each.status}` : "";
  const took = each.latency === undefined ? "" : ` ${delivered ? "in" : "after"} ${duration(each.latency)}`;
  const next = each.retry_at ? ` at ${moment(each.retry_at, state.now())}` : "";
  const again = each.kind === "NotificationPostponed" ? `, will be tried again${next}` : "";
  return [h("time", {}, moment(each.at, state.now())), ` ${each.protocol} `, shown(each.recipient ?? ""), `: ${how}${answer}${took}${again}`, each.reason ? [": ", shown(each.reason)] : "", " ", each.message_id ? h("a", { href: link("message", { id: each.message_id }) }, "its life") : ""];
}
