// The state at any moment of a trace, worked out from its events: which message was where, and how many.

/**
 * Data of a trace, as the server writes it.
 * @typedef {Record<string, any> & { mark: number, at: number, kind: string, arn: string, message_id?: string, until?: number, text?: string }} Event
 * @typedef {{ id: string, state: "visible" | "in_flight" | "delayed", until: number | null, [more: string]: any }} Message
 * @typedef {{ visible: number, in_flight: number, delayed: number }} Numbers
 * @typedef {{ queues: Record<string, any>[], topics: Record<string, any>[], subscriptions: Record<string, any>[], messages: Record<string, Message[]> }} Resources
 * @typedef {Resources & { now: number, real: number, events: Event[], start?: Resources, mappings: (Record<string, any> & { arn: string, name: string })[], clock: Record<string, any>[], calls: Record<string, any>[], inbox: Record<string, any>[], function_logs: Record<string, any>[], faults: Record<string, any>[], explained: Record<string, string>, frozen: boolean, mark: number, account: string | null }} Data
 */

/** The messages of a queue; `others` counts those of which only their state is known. */
class Contents {
  constructor() {
    /** @type {Map<string, Message>} */ this.messages = new Map();
    /** @type {Numbers} */ this.others = { visible: 0, in_flight: 0, delayed: 0 };
  }

  /** @returns {Numbers} */
  counts() {
    const counts = { ...this.others };
    for (const message of this.messages.values()) counts[message.state] += 1;
    return counts;
  }

  copy() {
    const copy = new Contents();
    copy.messages = new Map([...this.messages].map(([id, message]) => [id, { ...message }]));
    copy.others = { ...this.others };
    return copy;
  }
}

const ENDS = new Set(["MessageDeleted", "MessageExpired", "MessageMoved", "MessageDeadLettered"]);
const OF_TOPIC = new Set(["TopicCreated", "TopicDeleted", "SubscriptionCreated", "SubscriptionDeleted", "SubscriptionConfirmed"]);

// The state of a message before the first event that is known of it.
const BEFORE = /** @type {Record<string, "visible" | "in_flight" | "delayed">} */ ({
  MessageReceived: "visible",
  MessageDeadLettered: "visible",
  MessageMoved: "visible",
  MessageExpired: "visible",
  MessageReturned: "in_flight",
  MessageSurvived: "in_flight",
  VisibilityChanged: "in_flight",
  MessageDeleted: "in_flight",
  DelayChanged: "delayed",
});

/** Queues with their contents, and topics and subscriptions, as events change them. */
export class Moment {
  constructor() {
    /** @type {Map<string, Contents>} */ this.queues = new Map();
    /** @type {Set<string>} topics and subscriptions */ this.others = new Set();
    /** @type {Set<string>} subscriptions that were not confirmed yet */ this.pending = new Set();
  }

  copy() {
    const copy = new Moment();
    copy.queues = new Map([...this.queues].map(([arn, contents]) => [arn, contents.copy()]));
    copy.others = new Set(this.others);
    copy.pending = new Set(this.pending);
    return copy;
  }

  /** @param {string} arn */
  contents(arn) {
    let found = this.queues.get(arn);
    if (!found) this.queues.set(arn, (found = new Contents()));
    return found;
  }

  /** Does what an event says. `delays` has the seconds that dead letters are delayed in a queue. @param {Event} event @param {Map<string, number>} delays */
  apply(event, delays) {
    const { kind, arn, at } = event;
    if (kind === "QueueDeleted") this.queues.delete(arn);
    else if (kind === "QueueCreated" || kind === "QueuePurged") this.queues.set(arn, new Contents());
    else if (kind === "DelayEnded") this.endDelay(event);
    else if (OF_TOPIC.has(kind)) this.changeTopic(kind, arn, event.confirmed);
    else if (event.message_id && (kind.startsWith("Message") || kind === "VisibilityChanged" || kind === "DelayChanged")) {
      const contents = this.contents(arn);
      const message = contents.messages.get(event.message_id) ?? newMessage(event);
      if (kind === "MessageDeadLettered" && event.dead_letter_queue) this.deadLetter(message, event, delays);
      if (ENDS.has(kind)) contents.messages.delete(message.id);
      else contents.messages.set(message.id, changed(message, event, at)); // in its place, if it has one
    }
  }

  /** @param {string} kind @param {string} arn @param {boolean} [confirmed] */
  changeTopic(kind, arn, confirmed) {
    if (kind.endsWith("Deleted")) this.others.delete(arn);
    else this.others.add(arn);
    if (kind === "SubscriptionCreated" && !confirmed) this.pending.add(arn);
    else this.pending.delete(arn);
  }

  /** @param {Event} event */
  endDelay(event) {
    const message = this.queues.get(event.arn)?.messages.get(event.message_id ?? "");
    if (message?.state === "delayed" && (message.until ?? 0) <= event.at) Object.assign(message, { state: "visible", until: null });
  }

  /** @param {Message} message @param {Event} event @param {Map<string, number>} delays */
  deadLetter(message, event, delays) {
    const target = event.dead_letter_queue;
    const delay = delays.get(target) ?? 0;
    this.contents(target).messages.set(message.id, { ...message, state: delay ? "delayed" : "visible", until: delay ? event.at + delay : null, source: event.arn, receive_count: event.receive_count ?? message.receive_count });
  }
}

/** @param {Event} event @returns {Message} */
const newMessage = (event) => ({ id: event.message_id ?? "", state: BEFORE[event.kind] ?? "visible", until: null, body: event.body ?? "", group: event.group ?? null, sent_at: null, receive_count: event.receive_count ?? 0, received_at: null, attributes: {} });

/** @param {Message} message @param {Event} event @param {number} at @returns {Message} */
function changed(message, event, at) {
  const next = { ...message, receive_count: event.receive_count ?? message.receive_count, until: event.until ?? null };
  switch (event.kind) {
    case "MessageSent":
      return { ...next, state: event.until ? "delayed" : "visible", sent_at: at };
    case "MessageReceived":
      return { ...next, state: "in_flight", received_at: at };
    case "DelayChanged":
      return { ...next, state: (event.until ?? 0) > at ? "delayed" : "visible" };
    default: // MessageReturned, MessageSurvived, VisibilityChanged
      return { ...next, state: event.until ? "in_flight" : "visible" };
  }
}

/**
 * A trace that can be played: `events` are in the order of their time, with the ends of delays, of which a server has
 * no event; `at(index)` is the state after so many of them.
 */
export class Replay {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    const fifo = data.queues.filter((queue) => queue.fifo && Number(queue.attributes?.DelaySeconds));
    /** @type {Map<string, number>} */ this.delays = new Map(fifo.map((queue) => [queue.arn, Number(queue.attributes.DelaySeconds)]));
    /** @type {Event[]} */ this.events = inOrder(withConfirmed(data));
    this.start = this.startOf(data);
    this.events = inOrder([...this.events, ...this.endsOfDelays()]);
    if (!data.start) this.countOthers();
  }

  /** Returns the state after the first `count` events. @param {number} count */
  at(count) {
    const moment = this.start.copy();
    for (let index = 0; index < count; index += 1) moment.apply(this.events[index], this.delays);
    return moment;
  }

  /** Returns the number of events until a time. @param {number} time */
  countUntil(time) {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle].at <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Returns the queues whose counts at the end are not those that the server had: something else changed them. */
  differences() {
    const end = this.at(this.events.length);
    return this.data.queues.filter((queue) => {
      const counts = end.queues.get(queue.arn)?.counts();
      return !counts || counts.visible !== queue.visible || counts.in_flight !== queue.in_flight || counts.delayed !== queue.delayed;
    });
  }

  /** Returns the state before the first event: as it was read then, or as the events and the end let one conclude. @param {Data} data */
  startOf(data) {
    const moment = new Moment();
    const known = data.start ?? { queues: [], topics: [], subscriptions: [], messages: {} };
    for (const queue of known.queues) {
      const contents = moment.contents(queue.arn);
      for (const message of known.messages[queue.arn] ?? []) contents.messages.set(message.id, { ...message });
      const listed = contents.counts();
      contents.others = { visible: queue.visible - listed.visible, in_flight: queue.in_flight - listed.in_flight, delayed: queue.delayed - listed.delayed };
    }
    for (const each of [...known.topics, ...known.subscriptions]) moment.others.add(each.arn);
    for (const each of known.subscriptions) if (each.pending) moment.pending.add(each.arn);
    this.addMentioned(moment, Boolean(data.start));
    if (!data.start) this.addUnmentioned(moment, data);
    return moment;
  }

  /** Adds the messages and queues that must have been there, as the first event that is known of them is not their beginning. @param {Moment} moment @param {boolean} isRead */
  addMentioned(moment, isRead) {
    const begun = new Set();
    for (const event of this.events) {
      const { kind, arn } = event;
      const isQueue = arn.includes(":sqs:");
      if (!begun.has(arn) && (isQueue || OF_TOPIC.has(kind))) {
        begun.add(arn);
        const isNew = kind === "QueueCreated" || kind === "TopicCreated" || kind === "SubscriptionCreated";
        if (!isNew && !isRead) {
          if (isQueue) moment.contents(arn);
          else moment.others.add(arn);
          if (kind === "SubscriptionConfirmed") moment.pending.add(arn);
        }
      }
      if (kind === "MessageDeadLettered" && event.dead_letter_queue) begun.add(`${event.dead_letter_queue} ${event.message_id}`);
      const key = `${arn} ${event.message_id}`;
      if (!event.message_id || begun.has(key) || !isQueue) continue;
      begun.add(key);
      const state = BEFORE[kind];
      if (!state || moment.queues.get(arn)?.messages.has(event.message_id)) continue;
      const contents = moment.contents(arn);
      contents.messages.set(event.message_id, { ...newMessage(event), receive_count: Math.max(0, (event.receive_count ?? 0) - (kind === "MessageReceived" ? 1 : 0)) });
      contents.others[state] = Math.max(0, contents.others[state] - 1);
    }
  }

  /** Adds what is there at the end and of which nothing happened. @param {Moment} moment @param {Data} data */
  addUnmentioned(moment, data) {
    const begun = new Set(this.events.flatMap((event) => [event.arn, `${event.arn} ${event.message_id}`, `${event.dead_letter_queue} ${event.message_id}`]));
    for (const queue of data.queues) {
      if (!begun.has(queue.arn)) moment.contents(queue.arn);
      for (const message of data.messages[queue.arn] ?? []) {
        if (!begun.has(`${queue.arn} ${message.id}`)) moment.contents(queue.arn).messages.set(message.id, { ...message });
      }
    }
    for (const each of [...data.topics, ...data.subscriptions]) {
      if (begun.has(each.arn)) continue;
      moment.others.add(each.arn);
      if (each.pending) moment.pending.add(each.arn);
    }
  }

  /** Counts the messages at the end that are neither listed nor mentioned: they were there from the start. */
  countOthers() {
    const purged = new Set(this.events.filter(({ kind }) => kind === "QueuePurged" || kind === "QueueCreated").map(({ arn }) => arn));
    const end = this.at(this.events.length);
    for (const queue of this.data.queues) {
      const contents = this.start.queues.get(queue.arn);
      const counts = end.queues.get(queue.arn)?.counts();
      if (!contents || !counts || purged.has(queue.arn)) continue;
      contents.others = { visible: Math.max(0, queue.visible - counts.visible), in_flight: Math.max(0, queue.in_flight - counts.in_flight), delayed: Math.max(0, queue.delayed - counts.delayed) };
    }
  }

  /** Returns an event for each delay that ended within the trace while its message was there. */
  endsOfDelays() {
    /** @type {Event[]} */ const ends = [];
    const add = (/** @type {string} */ arn, /** @type {string} */ id, /** @type {number} */ at) => {
      if (at <= this.data.now) ends.push({ kind: "DelayEnded", mark: 0, at, arn, message_id: id, text: `its delay in ${arn.split(":").pop()} ended` });
    };
    for (const [arn, contents] of this.start.queues) for (const message of contents.messages.values()) if (message.state === "delayed" && message.until) add(arn, message.id, message.until);
    for (const event of this.events) {
      const { kind, arn, message_id: id = "", until } = event;
      if (until && (kind === "MessageSent" || kind === "DelayChanged")) add(arn, id, until);
      const delay = this.delays.get(event.dead_letter_queue ?? "");
      if (kind === "MessageDeadLettered" && delay) add(event.dead_letter_queue, id, event.at + delay);
    }
    return this.happening(ends);
  }

  /** Returns the ends of delays at which the message was still delayed, and by this delay. @param {Event[]} ends */
  happening(ends) {
    const moment = this.start.copy();
    return inOrder([...this.events, ...ends]).filter((event) => {
      const message = event.kind === "DelayEnded" ? moment.queues.get(event.arn)?.messages.get(event.message_id ?? "") : undefined;
      const ended = message?.state === "delayed" && message.until === event.at;
      moment.apply(event, this.delays);
      return ended;
    });
  }
}

/** Returns events by their time; the ends of delays before what happened at the same time. @param {Event[]} events */
const inOrder = (events) => [...events].sort((a, b) => a.at - b.at || a.mark - b.mark);

/** Returns the events; subscriptions that were never confirmed although they are not pending were so from the start. @param {Data} data */
function withConfirmed(data) {
  const later = new Set(data.events.filter(({ kind }) => kind === "SubscriptionConfirmed").map(({ arn }) => arn));
  const pending = new Set(data.subscriptions.filter((each) => each.pending).map(({ arn }) => arn));
  return data.events.map((event) => (event.kind === "SubscriptionCreated" ? { ...event, confirmed: !later.has(event.arn) && !pending.has(event.arn) } : event));
}
