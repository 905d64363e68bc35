// The timeline: all that happened, on the server's clock and in real time, with a handle to drag through it.

import { button, fill, h, shown, svg } from "../static/dom.js";
import { duration, moment } from "../static/format.js";
import { isTyping } from "../static/shell.js";

/** @typedef {import("./stops.js").Stop} Stop @typedef {import("./source.js").Trace} Trace */

const LANES = /** @type {[Stop["lane"], string, number][]} */ ([["call", "Calls", 30], ["event", "Events", 52], ["clock", "Clock", 74]]);
const HEIGHT = 118;
const LEFT = 58;
const RIGHT = 16;
const LABEL = 80; // pixels
const BETWEEN_LABELS = 112;
const FOLD_LABEL = 85;
const STEP = 160; // milliseconds between two moments while it plays
const LONG_STEP = 10; // moments

/**
 * Returns the timeline of a trace. `open` is called with the moment that is shown.
 * @param {Trace} trace @param {(stop: Stop) => void} open
 */
export function timeline(trace, open) {
  const { stops } = trace;
  const begin = stops.findIndex((stop) => stop.lane === "test");
  const failure = stops.length - 1;
  const marks = svg("g");
  const labels = svg("g");
  const line = svg("line", { y1: 16, y2: 84 });
  const grip = svg("path", { d: "M -8 4 H 8 V 14 L 0 22 L -8 14 Z" });
  const handle = svg("g", { class: "handle" }, line, grip);
  const picture = svg("svg", { height: HEIGHT, "aria-hidden": "true" }, marks, labels, handle);
  const slider = h("div", { class: "slider", role: "slider", tabindex: "0", "aria-label": "The moment of the trace that is shown", "aria-valuemin": "0", "aria-valuemax": String(stops.length - 1) }, picture);
  const words = h("p", { class: "moment" });
  const play = /** @type {HTMLButtonElement} */ (h("button", { type: "button", onclick: () => (playing ? pause() : start()) }, "Play"));
  const buttons = h("div", { class: "bar" }, button("To the start", () => to(begin)), button("Back", () => to(trace.place - 1)), play, button("Forward", () => to(trace.place + 1)), button(stops[failure].bad ? "To the failure" : "To the end", () => to(failure)));
  const element = h("section", { class: "timeline", "aria-label": "Timeline" }, slider, h("div", { class: "now" }, buttons, words));
  /** @type {ReturnType<typeof setInterval> | null} */ let playing = null;
  let width = 0;

  const across = (/** @type {number} */ x) => LEFT + x * (width - LEFT - RIGHT);

  /** @param {number} place */
  function to(place) {
    const next = Math.max(0, Math.min(stops.length - 1, place));
    if (next !== trace.place) trace.show(next);
    const stop = stops[next];
    handle.setAttribute("transform", `translate(${across(stop.x)} 0)`);
    const text = `${moment(stop.at, stop.at)} UTC, ${duration(stop.real - stops[begin].real)} after the start: ${stop.text}`;
    slider.setAttribute("aria-valuenow", String(next));
    slider.setAttribute("aria-valuetext", text);
    fill(words, h("span", { class: "count" }, `${next + 1} of ${stops.length}`), " ", h("time", {}, `${moment(stop.at, stop.at)} UTC`), ` · ${duration(stop.real - stops[begin].real)} after the start · `, h("strong", { class: stop.bad ? "not" : null }, shown(stop.text)));
    open(stop);
  }

  function start() {
    if (trace.place >= failure) to(begin);
    play.textContent = "Pause";
    playing = setInterval(() => (trace.place >= failure ? pause() : to(trace.place + 1)), STEP);
  }

  function pause() {
    if (playing) clearInterval(playing);
    playing = null;
    play.textContent = "Play";
  }

  function draw() {
    width = slider.clientWidth || 800;
    picture.setAttribute("width", String(width));
    fill(marks, LANES.map(([, label, y]) => [svg("text", { class: "small", x: 4, y: y + 4 }, label), svg("line", { class: "lane", x1: LEFT, x2: width - RIGHT, y1: y, y2: y })]), columns(stops, across), folds(stops, across), ends(stops, across));
    fill(labels, scale(stops, begin, across));
    to(trace.place < 0 ? failure : trace.place);
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    const x = (event.clientX - slider.getBoundingClientRect().left - LEFT) / (width - LEFT - RIGHT);
    to(nearest(stops, x));
  }

  slider.addEventListener("pointerdown", (event) => {
    pause();
    slider.setPointerCapture(event.pointerId);
    slider.focus();
    drag(event);
  });
  slider.addEventListener("pointermove", (event) => slider.hasPointerCapture(event.pointerId) && drag(event));
  addEventListener("keydown", (event) => {
    const onSlider = event.target === slider;
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || !(onSlider || event.target === document.body)) return;
    const by = event.shiftKey ? LONG_STEP : 1;
    const place = { ArrowLeft: trace.place - by, ArrowRight: trace.place + by, Home: begin, End: failure }[event.key];
    if (place === undefined) return;
    event.preventDefault();
    pause();
    to(place);
  });
  new ResizeObserver(draw).observe(slider);
  return { element, to };
}

/** Returns the moment nearest to a place from 0 to 1. @param {Stop[]} stops @param {number} x */
function nearest(stops, x) {
  let best = 0;
  stops.forEach((stop, index) => {
    if (Math.abs(stop.x - x) <= Math.abs(stops[best].x - x)) best = index;
  });
  return best;
}

/** Returns the marks of what happened: one for each lane and pixel, however much it stands for. @param {Stop[]} stops @param {(x: number) => number} across */
function columns(stops, across) {
  /** @type {Map<string, { x: number, y: number, count: number, bad: boolean, lane: string, text: string }>} */ const found = new Map();
  for (const stop of stops) {
    const y = LANES.find(([lane]) => lane === stop.lane)?.[2];
    if (y === undefined) continue;
    const x = Math.round(across(stop.x));
    const column = found.get(`${x} ${y}`) ?? { x, y, count: 0, bad: false, lane: stop.lane, text: stop.text };
    column.count += 1;
    column.bad ||= stop.bad;
    found.set(`${x} ${y}`, column);
  }
  return [...found.values()].map(({ x, y, count, bad, lane, text }) => {
    const high = Math.min(18, 8 + 3 * Math.log2(count));
    const mark = bad ? svg("path", { d: `M ${x - 4} ${y - 6} L ${x + 4} ${y + 6} M ${x + 4} ${y - 6} L ${x - 4} ${y + 6}` }) : svg("rect", { x: x - 1.5, y: y - high / 2, width: 3, height: high, rx: 1 });
    return svg("g", { class: `mark ${lane}${bad ? " bad" : ""}` }, svg("title", {}, count > 1 ? `${count}: ${text}, ...` : text), mark);
  });
}

/** Returns a sign for each time that is drawn shorter than it was; the longest have a label, if two would meet. @param {Stop[]} stops @param {(x: number) => number} across */
function folds(stops, across) {
  const found = stops.flatMap((stop, index) => (stop.fold ? [{ fold: stop.fold, x: (across(stops[index - 1].x) + across(stop.x)) / 2, moved: stop.real - stops[index - 1].real < stop.fold / 2 }] : []));
  /** @type {number[]} */ const labelled = [];
  return found.sort((a, b) => b.fold - a.fold).map(({ fold, x, moved }) => {
    const isFree = labelled.every((other) => Math.abs(other - x) > FOLD_LABEL);
    if (isFree) labelled.push(x);
    const label = isFree ? svg("text", { class: "small", x, y: 12, "text-anchor": "middle" }, `${moved ? "clock +" : ""}${duration(fold)}`) : null;
    return svg("g", { class: `fold${moved ? " moved" : ""}` }, svg("path", { d: `M ${x - 3} 20 l 4 16 l -4 16 l 4 16 l -4 16 M ${x + 1} 20 l 4 16 l -4 16 l 4 16 l -4 16` }), label);
  });
}

/** Returns the lines at which the test begins and ends. @param {Stop[]} stops @param {(x: number) => number} across */
const ends = (stops, across) => stops.filter((stop) => stop.lane === "test").map((stop) => svg("line", { class: `end${stop.bad ? " failed" : ""}`, x1: across(stop.x), x2: across(stop.x), y1: 16, y2: 84 }));

/** Returns both scales: the server's clock, and the real time since the start. @param {Stop[]} stops @param {number} begin @param {(x: number) => number} across */
function scale(stops, begin, across) {
  let free = -Infinity;
  return stops.map((stop) => {
    const x = across(stop.x);
    const end = x > across(1) - BETWEEN_LABELS / 2;
    const left = end ? x - LABEL : x;
    if (left < free || stop.lane === "clock") return null;
    free = left + BETWEEN_LABELS;
    const anchor = end ? "end" : "start";
    return [svg("text", { class: "small", x, y: 98, "text-anchor": anchor }, `${moment(stop.at, stop.at)}.${String(Math.floor((stop.at % 1) * 1000)).padStart(3, "0")}`), svg("text", { class: "small", x, y: 113, "text-anchor": anchor }, `real ${duration(Math.max(0, stop.real - stops[begin].real))}`)];
  });
}
