// One queue: its messages without receiving them, its attributes, and what can be done with it.

import { whoMay } from "./access.js";
import { aws } from "./api.js";
import { body } from "./body.js";
import { commands } from "./commands.js";
import { button, fill, h, say, shown, typed } from "./dom.js";
import { accountOf, counted, duration, moment, nameOf, regionOf, start } from "./format.js";
import { longSentence } from "./map.js";
import { link, stay } from "./routes.js";
import { rows } from "./rows.js";

const PAGE = 200;
const STATES = /** @type {[string, string][]} */ ([["", "All"], ["visible", "Visible"], ["in_flight", "In flight"], ["delayed", "Delayed"]]);

/** @param {import("./state.js").State} state @param {Record<string, string>} params */
export function queue(state, params) {
  const arn = params.arn ?? "";
  const [account, region, name] = [accountOf(arn), regionOf(arn), nameOf(arn)];
  const url = `${location.origin}/${account}/${name}`;
  let filter = params.state ?? "";
  let contains = params.q ?? "";
  /** @type {any[]} */ let messages = [];
  /** @type {number | null} */ let next = 0;
  let lookedAt = 0;
  let reading = false;
  let changed = false;
  let counts = "";
  let selected = "";

  /** @param {string} operation @param {Record<string, any>} parameters */
  const call = (operation, parameters) => aws("sqs", operation, { QueueUrl: url, ...parameters }, account, region);

  const sentence = h("p", { class: "sentence" });
  const note = h("p", { class: "note" });
  const detail = h("div", { class: "detail" });
  const list = rows({ label: `Messages of ${name}`, row: (message) => messageRow(state, message), open: show, more: readMore, key: (message) => message.number ?? message.id }); // copies have one id; a trace has no numbers
  const search = /** @type {HTMLInputElement} */ (h("input", { type: "search", size: "40", value: contains, placeholder: "Search in bodies and attributes", "aria-label": "Search messages", "data-key": "/" }));
  const tabs = h("div", { class: "tabs", role: "group", "aria-label": "State" });
  const fresh = button("Show what is new", () => read());
  fresh.classList.add("hidden");

  function drawTabs() {
    const counts = state.queues.get(arn);
    fill(
      tabs,
      STATES.map(([value, label]) => {
        const count = counts ? (value ? counts[value] : counts.visible + counts.in_flight + counts.delayed) : 0;
        return h("button", { type: "button", "aria-pressed": String(filter === value), onclick: () => ((filter = value), read()) }, `${label} ${count.toLocaleString("en")}`);
      }),
    );
  }

  async function read() {
    stay("queue", { arn, state: filter, q: contains });
    messages = [];
    next = 0;
    lookedAt = 0;
    fresh.classList.add("hidden");
    await readMore();
  }

  async function readMore() {
    if (reading || next === null) return;
    reading = true;
    try {
      const page = await state.get("messages", { queue: arn, state: filter, contains, limit: PAGE, after: next || null });
      messages = [...messages, ...page.messages];
      next = page.next;
      lookedAt += page.looked_at;
    } catch (error) {
      next = null;
      fill(note, error instanceof Error ? error.message : String(error));
      return;
    } finally {
      reading = false;
    }
    list.set(messages);
    if (!state.acts && selected) showAgain();
    describe();
    drawTabs();
  }

  function describe() {
    const total = state.queues.get(arn);
    const all = total ? total.visible + total.in_flight + total.delayed : 0;
    if (contains) fill(note, `${counted(messages.length, "message")} found; looked at ${lookedAt.toLocaleString("en")} of ${all.toLocaleString("en")}. `, next === null ? null : button("Go on", readMore));
    else fill(note, messages.length ? "" : "No message here.");
  }

  /** @param {any} message */
  function show(message) {
    selected = message.id;
    const inFlight = state.acts && message.state === "in_flight" && message.receipt_handle;
    fill(
      detail,
      h("h2", {}, "Message ", h("code", {}, message.id)),
      h("p", {}, h("a", { href: link("message", { id: message.id }) }, "Its life, and why it is where it is")),
      body(message.body),
      facts([
        ["State", `${message.state.replace("_", " ")}${message.until ? ` until ${moment(message.until, state.now())}` : ""}`],
        ["Received", `${counted(message.receive_count, "time")}${message.received_at ? `, last at ${moment(message.received_at, state.now())}` : ""}`],
        ["Sent", moment(message.sent_at, state.now())],
        ["Group", message.group],
        ["Locked by", message.locked_by],
        ["Deduplication id", message.deduplication_id],
        ["Sequence number", message.sequence_number],
        ["Dead letter of", message.source],
        ["Sender", message.sender_id],
        ...Object.entries(message.attributes).map(([key, value]) => /** @type {[string, any]} */ ([`Attribute ${key}`, `${value.StringValue ?? value.BinaryValue} (${value.DataType})`])),
      ]),
      inFlight
        ? h(
            "div",
            { class: "bar" },
            button("Delete", () => act(message, "DeleteMessage", {})),
            button("Make visible now", () => act(message, "ChangeMessageVisibility", { VisibilityTimeout: 0 })),
            button("30 s more in flight", () => act(message, "ChangeMessageVisibility", { VisibilityTimeout: 30 + Math.max(0, Math.round(message.until - state.now())) })),
          )
        : state.acts && h("p", { class: "note" }, "A message can be deleted, or its visibility changed, while it is in flight: receive it first."),
    );
  }

  /** Shows the selected message as it is now, in a trace at another moment; nothing where it is not here. */
  function showAgain() {
    const found = messages.find((message) => message.id === selected);
    if (found) show(found);
    else fill(detail);
  }

  /** @param {any} message @param {string} operation @param {Record<string, any>} parameters */
  async function act(message, operation, parameters) {
    await call(operation, { ReceiptHandle: message.receipt_handle, ...parameters });
    say(`${operation} of ${message.id} is done`);
    fill(detail);
    await read();
  }

  search.addEventListener("change", () => ((contains = search.value), read()));
  const attributes = h("dl", { class: "facts" });
  const element = h(
    "section",
    {},
    h("h1", {}, "Queue ", shown(name)),
    sentence,
    state.acts ? h("p", {}, h("a", { href: link("calls", { queue: arn }) }, "Calls about it")) : null,
    state.acts && actions(),
    h("details", {}, h("summary", {}, "Attributes, tags and policies"), attributes),
    state.acts && whoMay("sqs", arn),
    tabs,
    h("div", { class: "bar" }, search, fresh),
    note,
    h("div", { class: "two" }, list.element, detail),
  );

  function actions() {
    const text = /** @type {HTMLTextAreaElement} */ (h("textarea", { rows: "3", "aria-label": "Body of the message to send" }));
    const group = /** @type {HTMLInputElement} */ (h("input", { "aria-label": "Message group", placeholder: "Message group" }));
    const delay = /** @type {HTMLInputElement} */ (h("input", { type: "number", min: "0", max: "900", "aria-label": "Delay in seconds", placeholder: "Delay (s)" }));
    const how = h("div");
    const fifo = name.endsWith(".fifo");
    const parameters = () => ({
      QueueUrl: url,
      MessageBody: text.value,
      ...(fifo || group.value ? { MessageGroupId: group.value || "1" } : {}),
      ...(fifo ? { MessageDeduplicationId: crypto.randomUUID?.() ?? String(Math.random()) } : {}),
      ...(delay.value && !fifo ? { DelaySeconds: Number(delay.value) } : {}),
    });
    text.addEventListener("input", () => fill(how, text.value ? commands("sqs", "SendMessage", parameters()) : null));
    const send = button("Send", async () => {
      const { QueueUrl, ...rest } = parameters();
      const answer = await call("SendMessage", rest);
      say(`Sent as ${answer.MessageId}`);
      text.value = "";
      fill(how);
      await read();
    });
    const receive = button("Receive 1", async () => {
      const answer = await call("ReceiveMessage", { MaxNumberOfMessages: 1 });
      say(answer.Messages?.length ? `Received ${answer.Messages[0].MessageId}` : "Nothing to receive");
      await read();
    });
    const redrive = button("Move all back to where they came from", async () => {
      await aws("sqs", "StartMessageMoveTask", { SourceArn: arn }, account, region);
      await read();
    });
    const purge = button(
      "Purge",
      async () => {
        const counts = state.queues.get(arn);
        const all = counts ? counts.visible + counts.in_flight + counts.delayed : 0;
        if (!(await typed(`This deletes ${counted(all, "message")} of ${name}.`, name, "Purge"))) return;
        await call("PurgeQueue", {});
        await read();
      },
      { class: "danger" },
    );
    const isDead = [...state.queues.values()].some((each) => each.dead_letter_queue === arn);
    return h("details", {}, h("summary", {}, "Send, receive, purge"), text, h("div", { class: "bar" }, group, fifo ? null : delay, send, receive, isDead ? redrive : null, purge), how);
  }

  /** @param {import("./state.js").Frame | null} frame */
  function look(frame) {
    const known = state.queues.get(arn);
    fill(sentence, known ? longSentence(state, known) : "This queue does not exist, or was deleted.");
    if (known) {
      fill(
        attributes,
        Object.entries({ ...known.attributes, ...Object.fromEntries(Object.entries(known.tags).map(([key, value]) => [`Tag ${key}`, value])) }).map(([key, value]) => [h("dt", {}, shown(key)), h("dd", {}, /Policy/.test(key) ? body(String(value), key) : shown(String(value)))]),
      );
    }
    drawTabs();
    const now = known ? [known.visible, known.in_flight, known.delayed].join() : "";
    const differs = now !== counts; // the end of a delay is no event
    counts = now;
    if (!frame || reading || !(differs || frame.moves.some((move) => move.arn === arn))) return;
    if (list.atTop() && !contains && messages.length < 2 * PAGE) {
      if (!changed) {
        changed = true;
        setTimeout(() => ((changed = false), read()), 300);
      }
    } else fresh.classList.remove("hidden");
  }
  const ended = state.look(look);
  let stood = state.frozen;
  const countdown = setInterval(() => {
    if (!state.frozen || !stood) list.draw(); // once more when the clock was stopped, to say so
    stood = state.frozen;
  }, 1000);
  look(null);
  read();
  return {
    element,
    dispose() {
      ended();
      clearInterval(countdown);
    },
  };
}

/** @param {import("./state.js").State} state @param {any} message */
function messageRow(state, message) {
  const left = message.until === null ? "" : state.frozen ? `${duration(Math.max(0, message.until - state.now()))}${state.acts ? ", clock stopped" : ""}` : message.until > state.now() ? duration(message.until - state.now()) : "due";
  return [
    h("span", { class: `chip ${message.state.replace("_", "-")}` }, message.locked_by ? "locked" : message.state.replace("_", " ")),
    h("span", { class: "left" }, left),
    h("span", { class: "number", title: "times received" }, message.receive_count ? `${message.receive_count}×` : ""),
    message.group ? h("span", { class: "group" }, shown(start(message.group, 12))) : null,
    h("code", {}, message.id.slice(0, 8)),
    h("span", { class: "line" }, shown(start(message.body, 160))),
  ];
}

/** @param {[string, any][]} pairs */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => [h("dt", {}, shown(name)), h("dd", {}, shown(String(value)))]));
}
