// A state as one account has it, for a map of that account alone.

import { accountOf } from "./format.js";

/** @typedef {import("./state.js").State} State @typedef {import("./state.js").Resource} Resource */

/** @implements {Pick<State, "queues" | "topics" | "subscriptions" | "mappings" | "totals" | "acts">} */
export class Narrowed {
  /** @param {State} state @param {string} account */
  constructor(state, account) {
    this.state = state;
    this.account = account;
  }

  get acts() {
    return this.state.acts;
  }

  get totals() {
    return this.state.totals;
  }

  get queues() {
    return this.of(this.state.queues);
  }

  get topics() {
    return this.of(this.state.topics);
  }

  get subscriptions() {
    return this.of(this.state.subscriptions);
  }

  get mappings() {
    return this.of(this.state.mappings);
  }

  now() {
    return this.state.now();
  }

  /** @param {string} arn @param {string} kind */
  total(arn, kind) {
    return this.state.total(arn, kind);
  }

  /** @param {(frame: import("./state.js").Frame | null) => void} onlooker */
  look(onlooker) {
    return this.state.look(onlooker);
  }

  /** @param {Map<string, Resource>} resources */
  of(resources) {
    return new Map([...resources].filter(([arn]) => accountOf(arn) === this.account));
  }
}
