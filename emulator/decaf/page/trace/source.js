// A trace as the source of a state: it answers as the server would have answered at the moment that is shown.

import { nameOf, moment as clockTime } from "../static/format.js";
import { State } from "../static/state.js";

/** @typedef {import("./replay.js").Replay} Replay @typedef {import("./replay.js").Moment} Moment @typedef {import("./replay.js").Message} Message @typedef {import("./replay.js").Event} Event @typedef {import("./stops.js").Stop} Stop */

const MOST_EVENTS = 500;
const STATES = { visible: "can be received", in_flight: "is in flight: a consumer has it", delayed: "is delayed" };

export class Trace {
  /** @param {Replay} replay @param {Stop[]} stops */
  constructor(replay, stops) {
    this.acts = false;
    this.replay = replay;
    this.data = replay.data;
    this.stops = stops;
    this.place = -1;
    this.state = new State(this);
    this.now = replay.data.now;
    /** @type {Moment} */ this.moment = replay.start;
    this.known = { queues: byArn(this.data.queues, this.data.start?.queues), topics: byArn(this.data.topics, this.data.start?.topics), subscriptions: byArn(this.data.subscriptions, this.data.start?.subscriptions) };
    /** @type {Map<string, Message>} */ this.listed = new Map(Object.values(this.data.messages).flat().map((message) => [message.id, message]));
    this.numbers = this.numbered();
  }

  /** Returns a number for each message, in the order in which they came. */
  numbered() {
    const present = [...this.replay.start.queues.values()].flatMap((contents) => [...contents.messages.keys()]);
    const ids = new Set([...present, ...this.replay.events.map((event) => event.message_id ?? "")]);
    return new Map([...ids].map((id, index) => [id, index + 1]));
  }

  /** The events until the moment that is shown. */
  get events() {
    return this.replay.events.slice(0, this.count);
  }

  get count() {
    return this.place < 0 ? 0 : this.stops[this.place].count;
  }

  get callCount() {
    return this.place < 0 ? 0 : this.stops[this.place].calls;
  }

  /** Shows the state at a moment: that with this number. @param {number} place */
  show(place) {
    const isFirst = this.place < 0;
    const before = this.count;
    const callsBefore = this.callCount;
    this.place = Math.max(0, Math.min(this.stops.length - 1, place));
    const after = this.count;
    const stop = this.stops[this.place];
    this.now = stop.at;
    this.moment = this.replay.at(after);
    const { state } = this;
    state.frozen = true;
    state.frozenAt = stop.at;
    state.put(this.queues(), this.topics(), this.subscriptions(), this.data.mappings);
    state.totals = totals(this.events);
    state.events = this.replay.events.slice(Math.max(0, after - MOST_EVENTS), after);
    state.skipped = Math.max(0, after - MOST_EVENTS);
    const moves = totals(this.replay.events.slice(Math.min(before, after), Math.max(before, after)));
    state.changed({ epoch: "", mark: 0, now: stop.at, frozen: true, queues: [], events: [], skipped: 0, resources_changed: false, gap: false, back: isFirst || after < before || this.callCount < callsBefore, calls: this.callCount - callsBefore, moves: [...moves].flatMap(([arn, kinds]) => Object.entries(kinds).map(([kind, count]) => ({ arn, kind, count }))) });
  }

  queues() {
    return [...this.moment.queues].map(([arn, contents]) => {
      const sent = [...contents.messages.values()].map((message) => message.sent_at).filter(Boolean);
      const known = this.known.queues.get(arn) ?? { arn, name: nameOf(arn), attributes: {}, tags: {}, fifo: arn.endsWith(".fifo"), dead_letter_queue: null };
      return { ...known, arn, name: nameOf(arn), ...contents.counts(), oldest_at: sent.length ? Math.min(...sent) : null, oldest: null, polls: 0 };
    });
  }

  topics() {
    const subscriptions = this.subscriptions();
    return this.others("topics", (arn) => ({ arn, name: nameOf(arn), attributes: {}, tags: {} })).map((topic) => {
      const own = subscriptions.filter((each) => each.topic === topic.arn);
      const pending = own.filter((each) => each.pending).length;
      return { ...topic, confirmed: own.length - pending, pending };
    });
  }

  /** @returns {import("../static/state.js").Resource[]} */
  subscriptions() {
    return this.others("subscriptions", (arn) => {
      const event = this.replay.events.find((each) => each.arn === arn && each.recipient);
      return { arn, name: nameOf(arn), topic: arn.split(":").slice(0, 6).join(":"), protocol: event?.protocol ?? "", endpoint: event?.recipient ?? "", attributes: {} };
    }).map((each) => ({ ...each, pending: this.moment.pending.has(each.arn), token: null }));
  }

  /** @param {"topics" | "subscriptions"} kind @param {(arn: string) => Record<string, any>} made @returns {import("../static/state.js").Resource[]} */
  others(kind, made) {
    const colons = kind === "topics" ? 6 : 7;
    return [...this.moment.others].filter((arn) => arn.split(":").length === colons).map((arn) => /** @type {import("../static/state.js").Resource} */ (this.known[kind].get(arn) ?? made(arn)));
  }

  /** Answers as a GET of the control API does. @param {string} path @param {Record<string, any>} [query] */
  async get(path, query = {}) {
    if (path === "messages") return this.messages(query);
    if (path === "events") return { events: this.found(query) };
    if (path === "explain") return this.explain(String(query.id));
    if (path === "inbox") return { deliveries: this.data.inbox.filter((each) => each.at <= this.now) };
    if (path === "functions/logs") return { entries: this.data.function_logs.filter((each) => each.at <= this.now) };
    if (path === "calls") return this.calls(query);
    if (path === "call") return this.data.calls.find((each) => each.mark === query.mark);
    if (path === "faults") return { faults: this.data.faults };
    throw new Error("A trace does not have this.");
  }

  /** @param {Record<string, any>} query */
  calls({ queue, topic, since }) {
    const until = this.stops.slice(0, this.place + 1).filter((stop) => stop.lane === "call").map((stop) => stop.of);
    const calls = until.filter((each) => (!queue || each.arn === queue) && (!topic || each.arn?.startsWith(topic)) && each.mark > (since ?? -1));
    return { calls, mark: Math.max(since ?? 0, ...calls.map((each) => each.mark)), lost: false };
  }

  /** @param {Record<string, any>} query */
  messages({ queue, state, contains, limit = 100, after }) {
    const contents = this.moment.queues.get(queue);
    if (!contents) throw new Error(`There is no queue ${nameOf(queue)} at this moment.`);
    const all = [...contents.messages.values()];
    const holders = new Map(queue.endsWith(".fifo") ? all.filter((message) => message.state === "in_flight").map((message) => [message.group, message.id]) : []);
    const from = Number(after ?? 0);
    const found = all.filter((message) => (!state || message.state === state) && (!contains || JSON.stringify(message).includes(contains)));
    const page = found.slice(from, from + limit).map((message) => ({ ...this.described(message), locked_by: message.state === "visible" ? (holders.get(message.group) ?? null) : null }));
    return { queue, messages: page, next: from + limit < found.length ? from + limit : null, looked_at: from ? 0 : all.length };
  }

  /** Returns a message with what stays the same of it, if it was listed at the end. @param {Message} message */
  described(message) {
    const { attributes = {}, sender_id = null, deduplication_id = null, sequence_number = null, trace_header = null } = /** @type {Record<string, any>} */ (this.listed.get(message.id) ?? {});
    return { source: null, ...message, number: this.numbers.get(message.id), attributes, sender_id, deduplication_id, sequence_number, trace_header, receipt_handle: null };
  }

  /** @param {Record<string, any>} query */
  found({ kind, message_id: id, limit = 1000 }) {
    return this.events.filter((event) => (!kind || event.kind === kind) && (!id || event.message_id === id)).slice(-limit);
  }

  /** Where a message is at the moment that is shown, and what happened to it until then. @param {string} id */
  explain(id) {
    const events = this.events;
    const own = events.filter((event) => event.message_id === id);
    const byMark = new Map(events.filter((event) => event.mark).map((event) => [event.mark, event]));
    const causes = own.map((event) => byMark.get(event.cause ?? 0)).filter((event) => event !== undefined);
    const notification = causes.find((event) => event.arn.includes(":sns:"))?.message_id ?? null;
    const before = events.filter((event) => notification && event.message_id === notification && !causes.includes(event) && event.kind === "NotificationPublished");
    const became = events.filter((event) => event.kind === "MessageSent" && byMark.get(event.cause ?? 0)?.message_id === id && event.message_id !== id);
    const after = events.filter((event) => became.some((sent) => sent.message_id === event.message_id));
    const story = [...new Set([...before, ...causes, ...own, ...after])].sort((a, b) => events.indexOf(a) - events.indexOf(b));
    const answer = [this.answer(id, own), this.data.explained[id] ? `At the end: ${this.data.explained[id]}` : ""].filter(Boolean).join(" ");
    return { id, answer, notification, messages: became.map((event) => event.message_id), deliveries: [], timeline: story.map((event) => ({ ...event, text: event.text ?? event.kind })) };
  }

  /** @param {string} id @param {Event[]} own */
  answer(id, own) {
    for (const [arn, contents] of this.moment.queues) {
      const message = contents.messages.get(id);
      if (!message) continue;
      const until = message.until ? `, until ${clockTime(message.until, this.now)}` : "";
      const times = message.receive_count === 1 ? "once" : `${message.receive_count} times`;
      return `At this moment it is in ${nameOf(arn)} and ${STATES[message.state]}${until}.${message.receive_count ? ` It was received ${times}.` : ""}`;
    }
    const last = own[own.length - 1];
    if (!last) return this.replay.events.some((event) => event.message_id === id) ? "At this moment it was not sent yet." : "The trace does not know this id.";
    return last.arn.includes(":sns:") ? `At this moment, the last of it: ${last.text}.` : `At this moment it is gone: ${last.text}.`;
  }
}

/** @param {Event[]} events @returns {Map<string, Record<string, number>>} */
function totals(events) {
  const found = new Map();
  for (const { arn, kind } of events) {
    const kinds = found.get(arn) ?? {};
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    found.set(arn, kinds);
  }
  return found;
}

/** @param {Record<string, any>[]} end @param {Record<string, any>[]} [start] @returns {Map<string, Record<string, any>>} */
const byArn = (end, start = []) => new Map([...start, ...end].map((each) => [each.arn, each]));
