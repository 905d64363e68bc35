// What is wrong or unwise, by what happened so far: each finding with its evidence, and what mends it.

import { copy } from "./body.js";
import { button, fill, h, shown } from "./dom.js";
import { counted, nameOf } from "./format.js";
import { link } from "./routes.js";

/** @typedef {{ check: string, severity: "error" | "warning" | "hint", subject: string, problem: string, evidence: string[], marks: number[], calls: number[], fix: string, command: string | null, link: string }} Finding */

const LOOKS = { error: "refused", warning: "in-flight", hint: "visible" };

/** @param {import("./state.js").State} state */
export function doctor(state) {
  const note = h("p", { class: "note" }, "Reading …");
  const list = h("ul", { class: "inbox" });
  const element = h(
    "section",
    {},
    h("h1", {}, "Doctor"),
    h("p", {}, "What is wrong or unwise, by what happened so far. An error keeps messages from arriving, a warning will cost messages, money or time, a hint may be what you want."),
    button("Examine again", read),
    note,
    list,
  );
  let account = state.account;

  async function read() {
    account = state.account;
    const { findings, events, calls } = await state.get("doctor", { account: state.account || null });
    fill(note, `${findings.length ? counted(findings.length, "finding") : "Nothing was found"}, in ${counted(events, "event")} and ${counted(calls, "call")}.`);
    fill(list, findings.map((/** @type {Finding} */ each, /** @type {number} */ index) => h("li", {}, card(each, index + 1))));
  }

  const first = () => read().catch((error) => fill(note, error instanceof Error ? error.message : String(error)));
  const ended = state.look(() => {
    if (state.account !== account) first();
  });
  first();
  return { element, dispose: ended };
}

/** @param {Finding} each @param {number} number its place in the list */
function card(each, number) {
  const view = each.subject.split(":")[2] === "sqs" ? "queue" : "topic";
  const arn = view === "queue" ? each.subject : each.subject.split(":").slice(0, 6).join(":");
  return h(
    "article",
    {},
    h("header", {}, h("span", { class: `chip ${LOOKS[each.severity]}` }, each.severity), " ", h("a", { href: link(view, { arn }) }, shown(nameOf(arn))), " ", h("span", { class: "small" }, each.check)),
    h("p", {}, shown(each.problem)),
    h("ul", {}, each.evidence.map((line) => h("li", {}, shown(line)))),
    h("p", {}, h("strong", {}, "What to do: "), shown(each.fix), " ", h("a", { href: each.link, rel: "noreferrer", target: "_blank" }, "AWS on this")),
    each.command ? [h("pre", { tabindex: "0", role: "region", "aria-label": `Command of finding ${number}` }, shown(each.command)), button("Copy the command", () => copy(each.command ?? ""))] : null,
  );
}
