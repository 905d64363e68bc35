// The latest calls of AWS clients: who called what and how it ended, refused calls and empty receives too. One of them
// with its request, its response, and the same call to copy.

import { body, copy } from "./body.js";
import { button, fill, h, shown } from "./dom.js";
import { counted, moment, nameOf } from "./format.js";
import { facts } from "./queue.js";
import { link, stay } from "./routes.js";
import { rows } from "./rows.js";

/** @typedef {Record<string, any> & { mark: number }} Call */

const MOST = 1000; // calls that are listed

/** @param {import("./state.js").State} state @param {Record<string, string>} params */
export function calls(state, params) {
  const about = { queue: params.queue ?? "", topic: params.topic ?? "" };
  /** @type {Call[]} oldest first */ let all = [];
  /** @type {Call[]} those that came while the list was held */ let waiting = [];
  /** @type {number | null} */ let mark = null;
  let epoch = "";
  let account = state.account;
  let lost = 0;
  let held = false;
  let reading = false;
  let more = false;

  const list = rows({ label: "Calls", row: (each) => callRow(state, each), open: show, more() {}, key: (each) => each.mark });
  const detail = h("div", { class: "detail" });
  const note = h("p", { class: "note" });
  const search = /** @type {HTMLInputElement} */ (h("input", { type: "search", size: "40", value: params.q ?? "", placeholder: "Filter by operation, name, caller or error", "aria-label": "Filter calls", "data-key": "/" }));
  const errors = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", checked: params.errors === "true" }));
  const hold = h("button", { type: "button", "aria-pressed": "false", onclick: () => ((held = !held), draw()) }, "Hold the list");
  const fresh = button("", () => ((held = false), list.toTop(), draw()));

  const own = about.queue || about.topic;
  const element = h(
    "section",
    {},
    h("h1", {}, "Calls", own ? [" about ", shown(nameOf(own))] : ""),
    own ? h("p", {}, h("a", { href: link("calls") }, "All calls")) : null,
    h("div", { class: "bar" }, search, h("label", {}, errors, " Errors only"), hold, fresh),
    note,
    h("div", { class: "two" }, list.element, detail),
  );

  async function read() {
    if (reading) {
      more = true;
      return;
    }
    reading = true;
    try {
      do {
        more = false;
        const found = await state.get("calls", { ...about, account: state.account, since: mark, limit: MOST });
        if (mark !== null && found.lost) lost += 1;
        mark = found.mark;
        waiting.push(...found.calls);
      } while (more);
    } catch (error) {
      fill(note, error instanceof Error ? error.message : String(error));
    } finally {
      reading = false;
    }
    draw();
  }

  function readAgain() {
    account = state.account;
    [all, waiting, mark, lost] = [[], [], null, 0];
    fill(detail);
    read();
  }

  /** Rows stay where they are while somebody reads: what is new waits, and is counted. */
  function draw() {
    const wait = held || !(list.atTop() || !all.length);
    if (!wait) {
      all = [...all, ...waiting].slice(-MOST);
      waiting = [];
    }
    const found = all.filter((each) => (!errors.checked || each.error !== null) && matches(each, search.value.toLowerCase()));
    list.set([...found].reverse());
    hold.textContent = held ? "Go on" : "Hold the list";
    hold.setAttribute("aria-pressed", String(held));
    fresh.textContent = `Show ${counted(waiting.length, "new call")}`;
    fresh.hidden = !waiting.length;
    const filtered = found.length < all.length ? `${found.length} of ` : "";
    fill(note, all.length ? `${filtered}${counted(all.length, "call")}` : "No call was made yet.", lost ? "; some came too fast to be listed here" : "");
  }

  /** @param {Call} each */
  async function show(each) {
    fill(detail, heading(state, each), h("p", { class: "note" }, "Reading …"));
    try {
      const { details } = await state.get("call", { mark: each.mark });
      fill(detail, heading(state, each), parts(each, details));
    } catch (error) {
      fill(detail, heading(state, each), h("p", { class: "note" }, error instanceof Error ? error.message : String(error)));
    }
  }

  const filter = () => {
    stay("calls", { ...about, q: search.value, errors: errors.checked ? "true" : "" });
    draw();
  };
  search.addEventListener("input", filter);
  errors.addEventListener("change", filter);
  const ended = state.look((frame) => {
    const restarted = frame && epoch && frame.epoch !== epoch;
    epoch = frame?.epoch ?? epoch;
    if (restarted || frame?.back || state.account !== account) readAgain();
    else if (frame?.calls || frame?.gap) read();
  });
  read();
  return { element, dispose: ended };
}

/** @param {Call} each @param {string} wanted */
const matches = (each, wanted) => !wanted || [each.operation, each.resource, each.caller, each.error, each.account, each.service].some((text) => text?.toLowerCase().includes(wanted));

/** @param {import("./state.js").State} state @param {Call} each */
function callRow(state, each) {
  const name = each.arn ? nameOf(each.arn) : each.resource;
  const received = each.received === null ? "" : each.received ? counted(each.received, "message") : "nothing";
  return [
    h("span", { class: `chip ${each.error === null ? "succeeded" : "refused"}` }, each.status ?? "none"),
    h("time", {}, moment(each.answered_at, state.now())),
    h("strong", {}, shown(each.operation || `${each.service} ${address(each)}`)),
    h("span", {}, shown(name)),
    h("span", { class: "line" }, each.error ?? received),
    h("span", { class: "small caller" }, shown(each.caller)),
    h("span", { class: "number small" }, each.seconds === null ? "" : milliseconds(each.seconds)),
  ];
}

/** @param {Call} each */
const address = (each) => `${each.method} ${each.target}`;

/** @param {number} seconds */
const milliseconds = (seconds) => seconds < 0.00005 ? "under 0.1 ms" : `${(seconds * 1000).toLocaleString("en", { maximumFractionDigits: seconds < 0.1 ? 1 : 0 })} ms`;

/** @param {import("./state.js").State} state @param {Call} each */
function heading(state, each) {
  const view = each.service === "sqs" ? "queue" : "topic";
  return [
    h("h2", {}, each.operation || "A request that is no call"),
    each.arn ? h("p", {}, h("a", { href: link(view, { arn: each.arn }) }, shown(nameOf(each.arn)))) : null,
    facts([
      ["Request", !each.operation || each.target !== "/" ? address(each) : ""],
      ["Answered with", each.status === null ? "nothing: a fault dropped it" : `${each.status}${each.error ? ` ${each.error}` : ""}`],
      ["Came", moment(each.at, state.now())],
      ["Took", each.seconds === null ? "" : milliseconds(each.seconds)],
      ["By", each.caller],
      ["Account", each.account],
      ["Region", each.region],
    ]),
  ];
}

/** @param {Call} each @param {any} details */
function parts(each, details) {
  const ids = messageIds(details.response);
  return [
    details.message ? h("p", { class: "answer" }, shown(details.message)) : null,
    details.kept ? null : h("p", { class: "note" }, `Its bodies are too long to be kept: ${each.request_size.toLocaleString("en")} bytes came, ${each.response_size.toLocaleString("en")} were returned.`),
    ids.length ? h("p", {}, ids.map((id, index) => [index ? ", " : "The life of ", h("a", { href: link("message", { id }) }, id.slice(0, 8))])) : null,
    details.parameters ? [h("h3", {}, "Request"), body(JSON.stringify(details.parameters), "Request")] : null,
    details.body === null ? null : [h("h3", {}, "Request"), body(details.body, "Request")],
    details.response ? [h("h3", {}, "Response"), body(JSON.stringify(details.response), "Response")] : null,
    details.boto3 ? form("With boto3", "Copy for boto3", details.boto3) : null,
    details.cli ? form("With AWS CLI 2", "Copy for AWS CLI 2", details.cli) : null,
    h("details", {}, h("summary", {}, "Headers"), facts(Object.entries(details.headers)), h("h3", {}, "Of the response"), facts(Object.entries(details.response_headers))),
  ];
}

/** @param {string} title @param {string} label @param {string} text */
function form(title, label, text) {
  return [h("h3", {}, title), h("pre", { tabindex: "0", role: "region", "aria-label": title }, shown(text)), button(label, () => copy(text))];
}

/** The ids of the messages in a response. @param {any} response @returns {string[]} */
function messageIds(response) {
  if (!response) return [];
  const inside = [response, ...(response.Messages ?? []), ...(response.Successful ?? [])];
  return inside.map((each) => each.MessageId).filter(Boolean);
}
