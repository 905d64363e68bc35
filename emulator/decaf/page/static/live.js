// A running server as the source of a state: its frames change the state, and its lists are read when resources changed.

import { frames, get, read, Refused } from "./api.js";
import { State } from "./state.js";

/** @typedef {import("./state.js").Resource} Resource @typedef {import("./state.js").Frame} Frame */

const AGAIN = 1000; // milliseconds until a stream that was cut off is opened again

export class Live {
  constructor() {
    this.acts = true;
    this.get = get;
    this.state = new State(this);
    this.epoch = "";
    this.paused = false;
    /** @type {"connecting" | "live" | "paused" | "offline" | "refused"} */ this.link = "connecting";
    /** @type {AbortController | null} */ this.stream = null;
    this.last = "";
    this.loading = false;
    this.stale = false;
  }

  /** Follows an account, or all with "". @param {string} account */
  async follow(account) {
    this.state.account = account;
    this.state.forget();
    this.last = "";
    this.epoch = "";
    await this.load();
    this.connect();
  }

  connect() {
    this.disconnect("connecting");
    this.stream = new AbortController();
    this.read(this.stream);
  }

  /** Reads frames, and goes on where it was when the stream is cut off, until it is aborted. @param {AbortController} stream */
  async read(stream) {
    while (this.stream === stream) {
      try {
        await frames(this.state.account, this.last, stream.signal, (id, data) => {
          if (this.stream !== stream) return;
          this.last = id;
          this.take(read(data));
        });
      } catch (error) {
        if (error instanceof Refused && error.status === 403) return this.setLink("refused");
      }
      if (this.stream !== stream) return;
      this.setLink("offline");
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }

  /** @param {Live["link"]} link */
  disconnect(link) {
    this.stream?.abort();
    this.stream = null;
    this.setLink(link);
  }

  /** @param {Live["link"]} link */
  setLink(link) {
    if (this.link === link) return;
    this.link = link;
    this.state.changed(null);
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
    this.link = "live";
    if (restarted) this.state.forget();
    const unknown = this.state.take(frame);
    if (unknown || frame.resources_changed || frame.gap || restarted) this.load();
    if (isFirst || frame.gap) this.state.recall();
    this.state.changed(frame);
  }

  /** Reads the lists of queues, topics, subscriptions and mappings again; calls while it does lead to one more reading. */
  async load() {
    if (this.loading) {
      this.stale = true;
      return;
    }
    this.loading = true;
    try {
      do {
        this.stale = false;
        const [queues, topics, subscriptions, mappings] = await Promise.all(["queues", "topics", "subscriptions", "mappings"].map((list) => this.all(list)));
        this.state.put(queues, topics, subscriptions, mappings);
      } while (this.stale);
    } catch (error) {
      this.setLink(error instanceof Refused && error.status === 403 ? "refused" : "offline");
    } finally {
      this.loading = false;
    }
    this.state.changed(null);
  }

  /** @param {string} list @returns {Promise<Resource[]>} */
  async all(list) {
    const found = [];
    let after = null;
    do {
      const page = await get(list, { account: this.state.account || null, after });
      found.push(...page[list]);
      after = page.next;
    } while (after);
    return found;
  }
}
