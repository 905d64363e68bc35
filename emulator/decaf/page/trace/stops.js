// The moments of a trace at which something happened, in order, and where they stand on the timeline.

import { duration } from "../static/format.js";
import { changeInWords, realTimes } from "./clock.js";

/** @typedef {import("./replay.js").Replay} Replay */
/**
 * One moment: `count` and `calls` are the numbers of events and calls until then, `real` is real time; both times are epoch seconds.
 * @typedef {{ lane: "call" | "event" | "clock" | "test", at: number, real: number, mark: number, count: number, calls: number, text: string, bad: boolean, x: number, fold: number, of: Record<string, any> }} Stop
 */

const BAD = new Set(["MessageDeadLettered", "MessageExpired", "NotificationFailed", "NotificationDeadLettered", "FaultInjected"]);
const ORDER_PART = 0.35; // of the width, shared equally by all moments, so that none hides another

/**
 * @param {Replay} replay @param {Record<string, any>} test
 * @returns {Stop[]}
 */
export function stopsOf(replay, test) {
  const { data, events } = replay;
  const real = realTimes(data);
  /** @param {Stop["lane"]} lane @param {number} at @param {number} mark @param {string} text @param {Record<string, any>} of @returns {Stop} */
  const stop = (lane, at, mark, text, of, bad = false) => ({ lane, at, mark, text, of, bad, real: real(at), count: 0, calls: 0, x: 0, fold: 0 });
  const stops = [
    ...events.map((event) => stop("event", event.at, event.mark, event.text || event.kind, event, BAD.has(event.kind))),
    ...data.calls.map((call) => ({ ...stop("call", call.answered_at, call.events_mark + 0.5, callInWords(call), call, Boolean(call.error)), real: call.real_at + (call.answered_at > call.at ? (call.seconds ?? 0) : 0) })),
    ...data.clock.map((change) => ({ ...stop("clock", change.before, isFreeze(change) ? -1 : Infinity, changeInWords(change, duration), change), real: change.real })),
  ].sort((a, b) => a.at - b.at || a.mark - b.mark);
  const begun = test.started ? stops.filter((each) => each.real >= test.started || each.at >= data.now) : stops;
  const from = begun[0] ?? stop("test", data.now, 0, "", {});
  stops.splice(stops.length - begun.length, 0, stop("test", from.at, 0, "the trace begins", { begins: true }));
  const end = test.failure ? failureInWords(test.failure) : test.outcome ? `the test ${test.outcome}` : "the trace ends";
  stops.push(stop("test", data.now, Infinity, end, { failure: test.failure }, Boolean(test.failure)));
  count(stops);
  place(stops);
  return stops;
}

/** @param {{ message: string, file: string | null, line: number | null }} failure */
const failureInWords = ({ message, file, line }) => `failed${file ? ` at ${file}:${line}` : ""}: ${message.split("\n", 1)[0]}`;

/** @param {Record<string, any>} call */
const callInWords = (call) => `${call.operation || "a request"} ${call.resource.split(/[/:]/).pop()}: ${call.error ?? call.status ?? "no response"}${call.received === 0 ? ", nothing to receive" : ""}`;

/** Returns whether the clock was stopped: before all that happened while it stood still. @param {Record<string, any>} change */
const isFreeze = ({ before, after, frozen }) => frozen && before === after;

/** Sets how many events and calls come until each moment; real time never goes back. @param {Stop[]} stops */
function count(stops) {
  let events = 0;
  let calls = 0;
  let real = -Infinity;
  for (const stop of stops) {
    if (stop.lane === "event") events += 1;
    if (stop.lane === "call") calls += 1;
    stop.count = events;
    stop.calls = calls;
    real = stop.real = Math.max(real, stop.real);
  }
}

/** Sets where each moment stands, from 0 to 1. Long waits, and the time that the clock was moved by, are folded. @param {Stop[]} stops */
function place(stops) {
  const gaps = stops.map((stop, index) => (index ? Math.max(0, stop.at - stops[index - 1].at) : 0));
  const positive = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  const longest = 4 * (positive[Math.floor(positive.length * 0.75)] ?? 0);
  const shown = gaps.map((gap) => Math.min(gap, longest));
  const total = shown.reduce((sum, gap) => sum + gap, 0) || 1;
  let x = 0;
  stops.forEach((stop, index) => {
    if (index) x += ORDER_PART / (stops.length - 1) + ((1 - ORDER_PART) * shown[index]) / total;
    stop.x = x;
    stop.fold = gaps[index] > longest ? gaps[index] : 0;
  });
  for (const stop of stops) stop.x /= x || 1;
}
