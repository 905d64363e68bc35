// What the page knows: resources, counts and the latest events. They come from a source: a running server, or a trace.

import { accountOf } from "./format.js";

/**
 * @typedef {{ arn: string, visible: number, in_flight: number, delayed: number, oldest_at: number | null, polls: number }} Counts
 * @typedef {{ kind: string, arn: string, count: number }} Move
 * @typedef {Record<string, any> & { mark: number, at: number, kind: string, arn: string }} Happening
 * @typedef {{ epoch: string, mark: number, now: number, frozen: boolean, queues: Counts[], moves: Move[], events: Happening[], skipped: number, resources_changed: boolean, gap: boolean, calls?: number, back?: boolean }} Frame
 * @typedef {Record<string, any> & { arn: string, name: string }} Resource
 *
 * Where a state is from: `get` answers as a GET of the control API does, and `acts` is whether there is a server to change.
 * @typedef {{ acts: boolean, get: (path: string, query?: Record<string, string | number | boolean | null | undefined>) => Promise<any> }} Source
 */

const KEPT_EVENTS = 500;

export class State {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    /** @type {Map<string, Resource>} */ this.queues = new Map();
    /** @type {Map<string, Resource>} */ this.topics = new Map();
    /** @type {Map<string, Resource>} */ this.subscriptions = new Map();
    /** @type {Map<string, Resource>} */ this.mappings = new Map();
    /** @type {Map<string, Record<string, number>>} how often what happened, by ARN and kind */ this.totals = new Map();
    /** @type {Happening[]} oldest first */ this.events = [];
    this.skipped = 0;
    this.account = "";
    this.frozen = false;
    this.offset = 0; // of the server's clock from performance.now(), in seconds
    this.frozenAt = 0;
    /** @type {Set<(frame: Frame | null) => void>} */ this.onlookers = new Set();
  }

  /** Whether there is a server to change. */
  get acts() {
    return this.source.acts;
  }

  /** Answers as a GET of the control API does. @param {string} path @param {Record<string, string | number | boolean | null | undefined>} [query] */
  get(path, query = {}) {
    return this.source.get(path, query);
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

  /** Forgets what happened, and how often. */
  forget() {
    this.totals.clear();
    this.events = [];
    this.skipped = 0;
  }

  /** Takes in a frame. Returns whether it has counts of a queue that is not known. @param {Frame} frame */
  take(frame) {
    this.frozen = frame.frozen;
    this.frozenAt = frame.now;
    this.offset = frame.now - performance.now() / 1000;
    let unknown = false;
    for (const counts of frame.queues) {
      const queue = this.queues.get(counts.arn);
      if (queue) Object.assign(queue, counts);
      else unknown = true;
    }
    for (const move of frame.moves) {
      const totals = this.totals.get(move.arn) ?? {};
      totals[move.kind] = (totals[move.kind] ?? 0) + move.count;
      this.totals.set(move.arn, totals);
    }
    this.skipped += frame.skipped;
    this.events.push(...frame.events);
    if (this.events.length > KEPT_EVENTS) this.events.splice(0, this.events.length - KEPT_EVENTS);
    return unknown;
  }

  /** Takes in all resources, in the place of those before. @param {Resource[]} queues @param {Resource[]} topics @param {Resource[]} subscriptions @param {Resource[]} mappings */
  put(queues, topics, subscriptions, mappings) {
    this.queues = byArn(queues);
    this.topics = byArn(topics);
    this.subscriptions = byArn(subscriptions);
    this.mappings = byArn(mappings);
  }

  /** Reads the latest events that the source remembers, those before the first frame too. */
  async recall() {
    const { events } = await this.get("events", { account: this.account || null, limit: KEPT_EVENTS });
    const known = new Map([...events, ...this.events].map((each) => [each.mark, each]));
    this.events = [...known.values()].sort((a, b) => a.mark - b.mark);
    this.skipped = 0;
    this.changed(null);
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
