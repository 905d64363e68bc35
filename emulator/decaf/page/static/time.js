// Time and trouble: the clock, faults on purpose, snapshots, and a reset.

import { get, post, remove } from "./api.js";
import { button, fill, h, say, shown, typed } from "./dom.js";
import { duration, moment } from "./format.js";

const FAULT = '{"match": {"queue": "orders", "operation": "SendMessage"}, "effect": {"type": "throttle"}, "when": {"nth": 1}}';

/** @param {import("./state.js").State} state @param {Record<string, string>} params */
export function time(state, params) {
  const clock = h("p", { class: "answer" });
  const due = h("p");
  const seconds = /** @type {HTMLInputElement} */ (h("input", { type: "number", min: "0", value: "30", "aria-label": "Seconds to move the clock" }));
  const faults = h("div");
  const rule = /** @type {HTMLTextAreaElement} */ (h("textarea", { rows: "3", spellcheck: "false", "aria-label": "Fault to add, as JSON" }));
  rule.value = FAULT;
  const snapshots = h("div");
  const name = /** @type {HTMLInputElement} */ (h("input", { value: "before", "aria-label": "Name of the snapshot" }));

  /** @param {number} by */
  const advance = async (by) => {
    const before = state.now();
    await post("clock/advance", { seconds: by });
    say(`The clock moved by ${duration(by)}`);
    fill(due, `Moved by ${duration(by)}, from ${moment(before, before)}.`);
  };
  const toNext = button("To the next thing due", async () => {
    const moved = await post("clock/next");
    fill(due, moved.due ? ["Now: ", shown(moved.due)] : "Nothing is due.");
  });
  const freeze = button("", async () => {
    await post(state.frozen ? "clock/thaw" : "clock/freeze");
    state.frozen = !state.frozen;
    draw();
  });

  function draw() {
    fill(clock, `${moment(state.now(), 0)} UTC`, state.frozen ? " · stopped" : "");
    freeze.textContent = state.frozen ? "Let it run" : "Stop the clock";
  }

  async function readFaults() {
    const { faults: found } = await get("faults");
    fill(
      faults,
      found.length
        ? h("ul", {}, found.map((/** @type {any} */ each) => h("li", {}, h("code", {}, shown(JSON.stringify(each))), " ", button("Remove", async () => (await remove("faults", { id: each.id }), readFaults())))))
        : h("p", { class: "note" }, "No fault is set."),
    );
  }
  const addFault = button("Add the fault", async () => {
    await post("faults", JSON.parse(rule.value));
    await readFaults();
  });

  async function readSnapshots() {
    const { snapshots: found } = await get("snapshots");
    fill(
      snapshots,
      found.length
        ? h("ul", {}, found.map((/** @type {any} */ each) => h("li", {}, shown(each.name ?? String(each)), " ", button("Restore", () => restore(each.name ?? String(each))))))
        : h("p", { class: "note" }, "No snapshot was taken."),
    );
  }
  const save = button("Take a snapshot", async () => (await post("snapshots", { name: name.value }), readSnapshots()));

  /** @param {string} which */
  async function restore(which) {
    if (await typed(`This replaces the state with that of the snapshot ${which}.`, which, "Restore")) await post("snapshots/restore", { name: which });
  }
  const reset = button("Reset", async () => {
    if (await typed("This deletes all queues, topics, messages and faults.", "reset", "Reset")) await post("reset");
  }, { class: "danger" });

  const element = h(
    "section",
    {},
    h("h1", {}, "Time and trouble"),
    h("h2", {}, "Clock"),
    clock,
    h("div", { class: "bar" }, freeze, button("+30 s", () => advance(30)), seconds, button("Move on by seconds", () => advance(Number(seconds.value))), toNext),
    due,
    h("h2", {}, "Faults"),
    faults,
    rule,
    h("div", { class: "bar" }, addFault),
    h("h2", {}, "Snapshots"),
    snapshots,
    h("div", { class: "bar" }, name, save),
    h("h2", {}, "Reset"),
    reset,
  );
  const ended = state.look(draw);
  const ticking = setInterval(draw, 1000);
  draw();
  readFaults();
  readSnapshots();
  return {
    element,
    dispose() {
      ended();
      clearInterval(ticking);
    },
  };
}
