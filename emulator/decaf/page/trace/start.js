// The start of a trace: it reads the data in the file, and shows the moment of the failure.

import { body } from "../static/body.js";
import { calls } from "../static/calls.js";
import { complain, fill, h, shown } from "../static/dom.js";
import { events } from "../static/events.js";
import { duration, moment } from "../static/format.js";
import { inbox } from "../static/inbox.js";
import { map } from "../static/map.js";
import { message } from "../static/message.js";
import { queue } from "../static/queue.js";
import { queues } from "../static/queues.js";
import { link } from "../static/routes.js";
import { shell, shortcut } from "../static/shell.js";
import { topic } from "../static/topic.js";
import { Replay } from "./replay.js";
import { Trace } from "./source.js";
import { stopsOf } from "./stops.js";
import { timeline } from "./timeline.js";

/** @typedef {import("./stops.js").Stop} Stop */

const VERSION = 1;
const VIEWS = { map, queues, queue, message, topic, inbox, calls, events };
const TABS = /** @type {[string, string][]} */ ([["map", "Map"], ["queues", "Queues"], ["message", "Find a message"], ["inbox", "Inbox"], ["calls", "Calls"], ["events", "Events"]]);

/** Returns the data in the file, which may be compressed. */
async function read() {
  const element = /** @type {HTMLElement} */ (document.getElementById("decaf-trace"));
  const text = element.textContent ?? "";
  if (element.dataset.encoding !== "gzip") return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

/** @param {any} file */
function show(file) {
  if (file.version > VERSION) throw new Error(`This trace was written by a newer Decaf, ${file.decaf}.`);
  const { test, data } = file;
  const replay = new Replay(data);
  const trace = new Trace(replay, stopsOf(replay, test));
  const now = h("div", { class: "stop" });
  const line = timeline(trace, (stop) => fill(now, details(stop)));
  const tabs = shell(trace.state, VIEWS, TABS, test.name || "Trace");
  const top = /** @type {HTMLElement} */ (document.getElementById("top"));
  fill(top, h("span", { class: "brand" }, "Decaf"), tabs, h("div", { class: "strip" }, h("span", { class: `chip ${test.outcome}` }, test.outcome || "recorded"), h("span", {}, duration(test.duration ?? 0)), h("span", {}, `Decaf ${data.version}`)));
  fill(/** @type {HTMLElement} */ (document.getElementById("bottom")), shortcut());
  top.after(h("section", { class: "trace", "aria-label": "Test" }, title(file, replay), line.element, now));
}

/** What failed, and what the trace does not know. @param {any} file @param {Replay} replay */
function title({ test, data }, replay) {
  const { failure } = test;
  const differing = replay.differences().map((each) => each.name);
  return h(
    "div",
    { class: "test" },
    h("h2", {}, shown(test.name)),
    failure ? h("p", { class: "failure" }, shown(failure.message), failure.file ? h("span", { class: "small" }, ` ${failure.file}:${failure.line}`) : "") : null,
    failure?.text ? h("details", {}, h("summary", {}, "The report"), h("pre", {}, shown(failure.text))) : null,
    replay.start.queues.size && !data.start ? h("p", { class: "note" }, "This is not the beginning: earlier events are not known any more, and the state at the start is worked out from the end.") : null,
    differing.length ? h("p", { class: "note" }, `Something that leaves no event, such as a restored snapshot, changed `, shown(differing.join(", ")), ": earlier counts may be wrong.") : null,
  );
}

/** What happened at a moment, in full. @param {Stop} stop */
function details({ lane, of, at }) {
  if (lane === "call") return call(of, at);
  if (lane !== "event") return null;
  const life = of.message_id ? h("a", { href: link("message", { id: of.message_id }) }, "The life of the message") : null;
  const facts = [of.body === undefined ? null : body(of.body), of.reason ? h("p", {}, shown(of.reason)) : null];
  return h("details", {}, h("summary", {}, of.kind), life, facts);
}

/** @param {Record<string, any>} of @param {number} at */
function call(of, at) {
  const { details: more } = of;
  return h(
    "details",
    { class: "call" },
    h("summary", {}, `${of.operation || "A request"}: request and response`),
    h("p", { class: "note" }, `${of.caller || "somebody"} at ${moment(of.at, at)}, ${of.status ?? "no response"}${of.seconds === null ? "" : `, ${duration(of.seconds)}`}`, of.error ? [": ", shown(of.error)] : "", more?.message ? [": ", shown(more.message)] : ""),
    more ? h("div", { class: "two" }, h("div", {}, h("h3", {}, "Request"), body(more.parameters ? JSON.stringify(more.parameters) : (more.body ?? ""))), h("div", {}, h("h3", {}, "Response"), body(JSON.stringify(more.response ?? {})))) : null,
    more?.boto3 ? h("details", {}, h("summary", {}, "The same as a command"), h("pre", {}, shown(more.cli ?? "")), h("pre", {}, shown(more.boto3))) : null,
  );
}

read().then(show).catch(complain);
