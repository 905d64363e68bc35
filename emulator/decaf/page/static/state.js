// What the page knows: resources, counts and the latest events, as the frames of the server change them.

import { frames, get } from "./api.js";
import { accountOf } from "./format.js";

/**
 * @typedef {{ arn: string, visible: number, in_flight: number, delayed: number, oldest_at: number | null, polls: number }} Counts
 * @typedef {{ kind: string, arn: string, count: number }} Move
 * @typedef {Record<string, any> & { mark: number, at: number, kind: string, arn: string }} Happening
 * @typedef {{ epoch: string, mark: number, now: number, frozen: boolean, queues: Counts[], moves: Move[], events: Happening[], skipped: number, resources_changed: boolean, gap: boolean }} Frame
 * @typedef {Record<string, any> & { arn: string, name: string }} Resource
 */

const KEPT_EVENTS = 500;

export class State {
  constructor() {
    /** @type {Map<string, Resource>} */ this.queues = new Map();
    /** @type {Map<string, Resource>} */ this.topics = new Map();
    /** @type {Map<string, Resource>} */ this.subscriptions = new Map();
    /** @type {Map<string, Record<string, number>>} how often what happened, by ARN and kind */ this.totals = new Map();
    /** @type {Happening[]} oldest first */ this.events = [];
    this.skipped = 0;
    this.account = "";
    this.epoch = "";
    this.frozen = false;
    this.paused = false;
    /** @type {"connecting" | "live" | "paused" | "offline"} */ this.link = "connecting";
    this.offset = 0; // of the server's clock from performance.now(), in seconds
    this.frozenAt = 0;
    /** @type {Set<(frame: Frame | null) => void>} */ this.onlookers = new Set();
    /** @type {EventSource | null} */ this.source = null;
    this.last = "";
    this.loading = false;
    this.stale = false;
  }

  /** The server's time now, in epoch seconds. */
  now() {
    return this.frozen ? this.frozenAt : this.offset + performance.now() / 1000;
  }

  /** Calls `onlooker` with each frame, and with null when something else has changed. Returns what ends that. @param {(frame: Frame | null) => void} onlooker */
  look(onlooker) {
    this.onlookers.add(onlooker);
    return () => this.onlookers.delete(onlooker);
  }

  /** Follows an account, or all with "". @param {string} account */
  async follow(account) {
    this.account = account;
    this.totals.clear();
    this.events = [];
    this.skipped = 0;
    this.last = "";
    this.epoch = "";
    await this.load();
    this.connect();
  }

  connect() {
    this.disconnect("connecting");
    const source = frames(this.account, this.last);
    this.source = source;
    source.onmessage = (message) => {
      this.last = message.lastEventId;
      this.take(JSON.parse(message.data));
    };
    source.onerror = () => {
      this.setLink("offline");
      if (source.readyState === EventSource.CLOSED && this.source === source) setTimeout(() => this.source === source && this.connect(), 2000);
    };
  }

  /** @param {State["link"]} link */
  disconnect(link) {
    this.source?.close();
    this.source = null;
    this.setLink(link);
  }

  /** @param {State["link"]} link */
  setLink(link) {
    if (this.link === link) return;
    this.link = link;
    this.changed(null);
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    if (paused) this.disconnect("paused");
    else this.connect();
  }

  /** @param {Frame} frame */
  take(frame) {
    const isFirst = this.epoch !== frame.epoch;
    const restarted = isFirst && this.epoch !== "";
    this.epoch = frame.epoch;
    this.frozen = frame.frozen;
    this.frozenAt = frame.now;
    this.offset = frame.now - performance.now() / 1000;
    this.link = "live";
    if (restarted) {
      this.events = [];
      this.totals.clear();
    }
    for (const counts of frame.queues) {
      const queue = this.queues.get(counts.arn);
      if (queue) Object.assign(queue, counts);
      else frame.resources_changed = true;
    }
    for (const move of frame.moves) {
      const totals = this.totals.get(move.arn) ?? {};
      totals[move.kind] = (totals[move.kind] ?? 0) + move.count;
      this.totals.set(move.arn, totals);
    }
    this.skipped += frame.skipped;
    this.events.push(...frame.events);
    if (this.events.length > KEPT_EVENTS) this.events.splice(0, this.events.length - KEPT_EVENTS);
    if (frame.resources_changed || frame.gap || restarted) this.load();
    if (isFirst || frame.gap) this.recall();
    this.changed(frame);
  }

  /** Reads the lists of queues, topics and subscriptions again; calls while it does lead to one more reading. */
  async load() {
    if (this.loading) {
      this.stale = true;
      return;
    }
    this.loading = true;
    try {
      do {
        this.stale = false;
        const [queues, topics, subscriptions] = await Promise.all([this.all("queues", "queues"), this.all("topics", "topics"), this.all("subscriptions", "subscriptions")]);
        this.queues = byArn(queues);
        this.topics = byArn(topics);
        this.subscriptions = byArn(subscriptions);
      } while (this.stale);
    } catch {
      this.setLink("offline");
    } finally {
      this.loading = false;
    }
    this.changed(null);
  }

  /** Reads the latest events that the server remembers, those before the first frame too. */
  async recall() {
    const { events } = await get("events", { account: this.account || null, limit: KEPT_EVENTS });
    const known = new Map([...events, ...this.events].map((each) => [each.mark, each]));
    this.events = [...known.values()].sort((a, b) => a.mark - b.mark);
    this.skipped = 0;
    this.changed(null);
  }

  /** @param {string} path @param {string} field @returns {Promise<Resource[]>} */
  async all(path, field) {
    const found = [];
    let after = null;
    do {
      const page = await get(path, { account: this.account || null, after });
      found.push(...page[field]);
      after = page.next;
    } while (after);
    return found;
  }

  /** The accounts that have something. */
  accounts() {
    return [...new Set([...this.queues.keys(), ...this.topics.keys()].map(accountOf))].sort();
  }

  /** @param {string} arn @param {string} kind */
  total(arn, kind) {
    return this.totals.get(arn)?.[kind] ?? 0;
  }

  /** @param {Frame | null} frame */
  changed(frame) {
    for (const onlooker of [...this.onlookers]) onlooker(frame);
  }
}

/** @param {Resource[]} resources @returns {Map<string, Resource>} */
const byArn = (resources) => new Map(resources.map((each) => [each.arn, each]));
