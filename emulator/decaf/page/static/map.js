// The map: topics, queues, subscribers and dead-letter queues from left to right, and messages that move between them.

import { fill, h, shown, svg } from "./dom.js";
import { counted, duration, filterInWords, nameOf, start } from "./format.js";
import { layout } from "./layout.js";
import { endpoint, go } from "./routes.js";

/** @typedef {Pick<import("./state.js").State, "queues" | "topics" | "subscriptions" | "mappings" | "totals" | "acts" | "now" | "total" | "look">} State */
/** @typedef {import("./state.js").Frame} Frame */
/** @typedef {{ id: string, kind: string, arn: string, label: string, least: number }} MapNode */
/** @typedef {{ id: string, from: string, to: string, kind: "subscription" | "redrive" | "mapping", arn: string, words: string }} MapEdge */

const WIDTH = 200;
const HEIGHT = 74;
const ACROSS = 470;
const DOWN = 104;
const MOST_TOKENS = 60;
const MOST_NODES = 150;
const KINDS = { http: "endpoint", https: "endpoint", email: "mail box", "email-json": "mail box", sms: "phone", application: "app", lambda: "function", firehose: "stream" };

/** @param {State} state */
export const map = (state) => mapOf(state, state.acts ? greeting : () => h("p", { class: "note" }, "Neither a queue nor a topic."));

/** @param {State} state @param {() => Element} nothing what is shown where nothing is */
export function mapOf(state, nothing) {
  const picture = svg("svg", { class: "map", role: "group", "aria-label": "Topics, queues and subscribers" });
  const links = svg("g");
  const tokens = svg("g", { "aria-hidden": "true" });
  const nodes = svg("g");
  picture.append(links, tokens, nodes);
  const note = h("p", { class: "note" });
  const legend = h("p", { class: "note legend" }, ["visible", "in-flight", "delayed"].map((look) => h("span", { class: `chip ${look}` }, look.replace("-", " "))), `Counts on arrows are since ${state.acts ? "this page was opened" : "the start of the trace"}.`);
  const list = h("div", { class: "map-list" });
  const element = h("section", {}, h("h1", { class: "hidden" }, "Map"), legend, note, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Map" }, picture), list);
  let drawn = "";
  /** @type {Map<string, { edge: MapEdge, path: SVGPathElement, label: Element }>} */ let edgesByArn = new Map();
  /** @type {Map<string, { node: MapNode, update: () => void, x: number, y: number }>} */ let nodesById = new Map();

  function draw() {
    const graph = graphOf(state);
    fill(note, graph.hidden ? `${counted(graph.hidden, "quiet queue")} not drawn: see Queues.` : "");
    legend.hidden = !graph.nodes.length;
    if (!graph.nodes.length) clear();
    if (!graph.nodes.length) return fill(list, nothing());
    const key = JSON.stringify([graph.nodes.map((node) => node.id), graph.edges.map((edge) => [edge.id, edge.words])]);
    if (key !== drawn) {
      place(graph);
      drawn = key;
    }
    for (const { update } of nodesById.values()) update();
    for (const { edge, label } of edgesByArn.values()) fill(label, edgeLabel(state, edge), svg("title", {}, edge.words));
    fill(list, listOf(state, graph));
  }

  function clear() {
    drawn = "";
    links.replaceChildren();
    nodes.replaceChildren();
    nodesById = new Map();
    edgesByArn = new Map();
  }

  /** @param {{ nodes: MapNode[], edges: MapEdge[] }} graph */
  function place(graph) {
    const places = layout(graph.nodes, graph.edges);
    const first = Math.min(...[...places.values()].map((each) => each.column)); // without topics, theirs is empty
    clear();
    for (const node of graph.nodes) {
      const { column, row } = /** @type {import("./layout.js").Placed} */ (places.get(node.id));
      const drawnNode = drawNode(state, node, 20 + (column - first) * ACROSS, 20 + row * DOWN);
      nodesById.set(node.id, drawnNode);
      nodes.append(drawnNode.element);
    }
    for (const edge of graph.edges) {
      const drawnEdge = drawEdge(edge, nodesById);
      if (!drawnEdge) continue;
      links.append(drawnEdge.element);
      edgesByArn.set(`${edge.kind} ${edge.arn}`, { edge, path: drawnEdge.path, label: drawnEdge.label });
    }
    const all = [...nodesById.values()];
    const [width, height] = [Math.max(...all.map((each) => each.x)) + WIDTH + 40, Math.max(...all.map((each) => each.y)) + HEIGHT + 40];
    picture.setAttribute("width", String(width));
    picture.setAttribute("height", String(height));
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  /** @param {Frame | null} frame */
  function animate(frame) {
    if (!frame || frame.back || document.hidden) return;
    for (const move of frame.moves) {
      if (move.kind === "NotificationDelivered") travel(edgesByArn.get(`subscription ${move.arn}`)?.path, move.count, "");
      else if (move.kind === "NotificationFiltered") travel(edgesByArn.get(`subscription ${move.arn}`)?.path, move.count, "held-back", 0.45);
      else if (move.kind === "NotificationFailed") travel(edgesByArn.get(`subscription ${move.arn}`)?.path, move.count, "failed", 0.7);
      else if (move.kind === "BatchProcessed") travel(edgesByArn.get(`mapping ${move.arn}`)?.path, move.count, "");
      else if (move.kind === "BatchFailed") travel(edgesByArn.get(`mapping ${move.arn}`)?.path, move.count, "failed", 0.7);
      else if (move.kind === "MessageDeadLettered") travel(edgesByArn.get(`redrive ${move.arn}`)?.path, move.count, "dead");
      else beside(nodesById.get(move.arn), move.kind, move.count);
    }
  }

  /** @param {SVGPathElement | undefined} path @param {number} count @param {string} look @param {number} [part] of the way */
  function travel(path, count, look, part = 1) {
    if (!path || tokens.childElementCount >= MOST_TOKENS) return;
    const from = path.getPointAtLength(0);
    const steps = still() ? [1] : [0, 0.25, 0.5, 0.75, 1];
    const length = path.getTotalLength() * part;
    const points = steps.map((step) => path.getPointAtLength(length * step));
    const token = tokenOf(count, look);
    tokens.append(token);
    const frames = points.map((point) => ({ transform: `translate(${point.x}px, ${point.y}px)` }));
    if (still()) frames.push(frames[0]);
    token.setAttribute("transform", `translate(${from.x} ${from.y})`);
    token.animate(frames, { duration: still() ? 1000 : 700, easing: "ease-in-out" }).onfinish = () => token.remove();
  }

  /** @param {{ x: number, y: number } | undefined} node @param {string} kind @param {number} count */
  function beside(node, kind, count) {
    const way = BESIDE[kind];
    if (!node || !way || tokens.childElementCount >= MOST_TOKENS) return;
    const token = tokenOf(count, way.look);
    tokens.append(token);
    const [from, to] = still() ? [way.to, way.to] : [way.from, way.to];
    token.animate(
      [from, to].map(([x, y], index) => ({ transform: `translate(${node.x + x}px, ${node.y + y}px)`, opacity: index ? way.end : 1 })),
      { duration: still() ? 1000 : 600, easing: "ease-in-out" },
    ).onfinish = () => token.remove();
  }

  const ended = state.look((frame) => {
    draw();
    animate(frame);
  });
  const ages = setInterval(() => nodesById.forEach(({ update }) => update()), 1000);
  draw();
  return {
    element,
    dispose() {
      ended();
      clearInterval(ages);
    },
  };
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** How messages move beside a queue: in from above, out to the right, and between its shelves. */
/** @type {Record<string, { from: [number, number], to: [number, number], look: string, end: number }>} */
const BESIDE = {
  MessageSent: { from: [WIDTH / 2, -22], to: [WIDTH / 2, 12], look: "", end: 0.6 },
  MessageReceived: { from: [40, HEIGHT - 16], to: [WIDTH / 2, HEIGHT - 16], look: "taken", end: 0.6 },
  MessageSurvived: { from: [WIDTH / 2, HEIGHT - 16], to: [40, HEIGHT - 16], look: "back", end: 0.6 },
  MessageReturned: { from: [WIDTH / 2, HEIGHT - 16], to: [40, HEIGHT - 16], look: "back", end: 0.6 },
  MessageDeleted: { from: [WIDTH - 16, HEIGHT - 16], to: [WIDTH + 26, HEIGHT - 16], look: "done", end: 0 },
  MessageExpired: { from: [WIDTH - 16, HEIGHT - 16], to: [WIDTH - 16, HEIGHT + 24], look: "dead", end: 0 },
};

/** @param {number} count @param {string} look */
function tokenOf(count, look) {
  const sign = { done: "✓", dead: "✕", failed: "!", "held-back": "–", back: "↩", taken: "" }[look] ?? "";
  const text = count > 1 ? `${sign}${count}` : sign;
  const wide = Math.max(14, 8 + text.length * 7);
  return svg("g", { class: `token ${look}` }, svg("rect", { x: -wide / 2, y: -8, width: wide, height: 16, rx: 8 }), svg("text", { "text-anchor": "middle", y: 4 }, text));
}

/** Returns what the map shows of the state. @param {State} state */
function graphOf(state) {
  /** @type {Map<string, MapNode>} */ const nodes = new Map();
  /** @type {MapEdge[]} */ const edges = [];
  const add = (/** @type {MapNode} */ node) => nodes.has(node.id) || nodes.set(node.id, node);
  for (const topic of state.topics.values()) add({ id: topic.arn, kind: "topic", arn: topic.arn, label: topic.name, least: 0 });
  for (const subscription of state.subscriptions.values()) {
    const { protocol, endpoint } = subscription;
    const target = protocol === "sqs" || protocol === "lambda" ? endpoint : `${protocol} ${endpoint}`;
    const kind = protocol === "sqs" ? (state.queues.has(endpoint) ? "queue" : "missing queue") : (/** @type {any} */ (KINDS)[protocol] ?? protocol);
    const label = endpoint.startsWith("arn:") ? nameOf(endpoint).replace(/^(function:|deliverystream\/|endpoint\/)/, "") : endpoint;
    add({ id: target, kind, arn: endpoint, label, least: 1 });
    const { FilterPolicy: policy, FilterPolicyScope: scope } = subscription.attributes;
    const words = subscription.pending ? "not confirmed" : filterInWords(policy, scope);
    edges.push({ id: subscription.arn, from: subscription.topic, to: target, kind: "subscription", arn: subscription.arn, words });
  }
  for (const mapping of state.mappings.values()) {
    const target = `lambda ${mapping.function}`;
    add({ id: target, kind: "function", arn: mapping.function, label: nameOf(mapping.function).replace("function:", ""), least: 2 });
    edges.push({ id: mapping.arn, from: mapping.queue, to: target, kind: "mapping", arn: mapping.queue, words: mapping.problem ?? (mapping.state === "Enabled" ? "" : "disabled") });
  }
  const dead = new Set([...state.queues.values()].map((queue) => queue.dead_letter_queue));
  for (const queue of state.queues.values()) {
    if (queue.dead_letter_queue) edges.push({ id: `redrive ${queue.arn}`, from: queue.arn, to: queue.dead_letter_queue, kind: "redrive", arn: queue.arn, words: "" });
  }
  const tied = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
  let hidden = 0;
  for (const queue of state.queues.values()) {
    const quiet = !tied.has(queue.arn) && !(queue.visible + queue.in_flight + queue.delayed) && !state.totals.has(queue.arn);
    if (nodes.size >= MOST_NODES && !nodes.has(queue.arn) && quiet) hidden += 1;
    else add({ id: queue.arn, kind: dead.has(queue.arn) ? "dead-letter queue" : "queue", arn: queue.arn, label: queue.name, least: dead.has(queue.arn) ? 2 : 1 });
  }
  for (const node of nodes.values()) if (dead.has(node.arn)) Object.assign(node, { kind: "dead-letter queue", least: 2 });
  return { nodes: [...nodes.values()], edges: edges.filter((edge) => nodes.has(edge.from) && nodes.has(edge.to)), hidden };
}

/** @param {State} state @param {MapNode} node @param {number} x @param {number} y */
function drawNode(state, node, x, y) {
  const isQueue = state.queues.has(node.arn);
  const inset = node.kind === "topic" ? 24 : 12;
  const title = svg("text", { class: "name", x: inset, y: node.kind === "topic" ? 34 : 22 }, start(node.label, 22));
  const below = svg("text", { class: "small", x: inset, y: node.kind === "topic" ? 52 : 40 });
  const bars = svg("g");
  const element = svg(
    "g",
    { class: `node ${node.kind.replace(/ /g, "-")}`, transform: `translate(${x} ${y})`, tabindex: "0", role: "link" },
    svg("rect", { width: WIDTH, height: HEIGHT, rx: node.kind === "topic" ? 36 : 8 }),
    title,
    below,
    bars,
  );
  const open = () => go(isQueue ? "queue" : node.kind === "topic" ? "topic" : "inbox", isQueue || node.kind === "topic" ? { arn: node.arn } : {});
  element.addEventListener("click", open);
  element.addEventListener("keydown", (event) => /** @type {KeyboardEvent} */ (event).key === "Enter" && open());

  function update() {
    const queue = state.queues.get(node.arn);
    const sentence = queue ? queueSentence(state, queue) : node.kind === "topic" ? topicSentence(state, node.arn) : node.kind;
    below.textContent = sentence;
    element.setAttribute("aria-label", `${node.kind} ${node.label}: ${queue ? longSentence(state, queue) : sentence}`);
    if (queue) bars.replaceChildren(...fillOf(queue));
  }
  update();
  return { node, element, update, x, y };
}

/** @param {State} state @param {Record<string, any>} queue */
function queueSentence(state, queue) {
  const total = queue.visible + queue.in_flight + queue.delayed;
  if (!total) {
    const sent = state.total(queue.arn, "MessageSent");
    return sent ? `empty, ${counted(sent, "message")} so far` : "empty";
  }
  return queue.oldest_at === null || queue.oldest_at === undefined ? counted(total, "message") : `${counted(total, "message")}, oldest ${duration(Math.max(0, state.now() - queue.oldest_at))}`;
}

/** @param {State} state @param {Record<string, any>} queue */
export function longSentence(state, queue) {
  const parts = [`${queue.visible} visible`, `${queue.in_flight} in flight`, `${queue.delayed} delayed`];
  if (queue.oldest_at) parts.push(`the oldest is ${duration(Math.max(0, state.now() - queue.oldest_at))} old`);
  if (queue.polls) parts.push(`${counted(queue.polls, "consumer")} waiting`);
  return parts.join(", ");
}

/** @param {State} state @param {string} arn */
function topicSentence(state, arn) {
  const published = state.total(arn, "NotificationPublished");
  const topic = state.topics.get(arn);
  const subscribers = counted((topic?.confirmed ?? 0) + (topic?.pending ?? 0), "subscriber");
  return published ? `${subscribers}, ${published} published` : subscribers;
}

/** Returns the three shelves of a queue, as full as the numbers are large. @param {Record<string, any>} queue */
function fillOf(queue) {
  const width = (WIDTH - 24 - 12) / 3;
  return /** @type {[string, number, string][]} */ ([["visible", queue.visible, "visible"], ["in-flight", queue.in_flight, "in flight"], ["delayed", queue.delayed, "delayed"]]).map(([look, count, words], index) => {
    const full = count ? Math.min(1, 0.12 + Math.log10(count) / 4) : 0;
    return svg(
      "g",
      { transform: `translate(${12 + index * (width + 6)} ${HEIGHT - 26})` },
      svg("title", {}, `${count} ${words}`),
      svg("rect", { class: "shelf", width, height: 18, rx: 3 }),
      svg("rect", { class: `fill ${look}`, width: width * full, height: 18, rx: 3 }),
      svg("text", { class: "count", x: width / 2, y: 13, "text-anchor": "middle" }, count.toLocaleString("en")),
    );
  });
}

/** @param {MapEdge} edge @param {Map<string, { x: number, y: number }>} nodes */
function drawEdge(edge, nodes) {
  const from = nodes.get(edge.from);
  const to = nodes.get(edge.to);
  if (!from || !to) return null;
  const back = to.x <= from.x;
  const [x1, y1, x2, y2] = back ? [from.x + WIDTH / 2, from.y + HEIGHT, to.x + WIDTH / 2, to.y + HEIGHT] : [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const bend = back ? `C ${x1} ${y1 + 40}, ${x2} ${y2 + 40}` : `C ${x1 + 60} ${y1}, ${x1 + 60} ${y2}`;
  const path = /** @type {SVGPathElement} */ (svg("path", { d: `M ${x1} ${y1} ${bend}, ${x2} ${y2}` }));
  const label = back ? svg("text", { class: "small", x: (x1 + x2) / 2, y: Math.max(y1, y2) + 44, "text-anchor": "middle" }) : svg("text", { class: "small", x: x2 - 8, y: y2 - 8, "text-anchor": "end" });
  return { element: svg("g", { class: `edge ${edge.kind}` }, path, label), path, label };
}

/** @param {State} state @param {MapEdge} edge */
function edgeLabel(state, edge) {
  if (edge.kind === "mapping") {
    const [processed, failed] = [state.total(edge.arn, "BatchProcessed"), state.total(edge.arn, "BatchFailed")];
    return [edge.words, processed ? `${processed} processed` : "", failed ? `${failed} failed` : ""].filter(Boolean).join(" · ");
  }
  const delivered = edge.kind === "redrive" ? state.total(edge.arn, "MessageDeadLettered") : state.total(edge.arn, "NotificationDelivered");
  const held = state.total(edge.arn, "NotificationFiltered");
  const counts = [delivered ? `${delivered} ${edge.kind === "redrive" ? "dead" : "delivered"}` : "", held ? `${held} held back` : ""].filter(Boolean).join(", ");
  return [start(edge.words, 26), counts].filter(Boolean).join(" · ");
}

/** The same as a list: for a phone, and for those who do not see the picture. @param {State} state @param {{ nodes: MapNode[], edges: MapEdge[] }} graph */
function listOf(state, graph) {
  return h(
    "ul",
    {},
    graph.nodes.map((node) => {
      const queue = state.queues.get(node.arn);
      const arrows = graph.edges.filter((edge) => edge.from === node.id);
      const view = queue ? "queue" : node.kind === "topic" ? "topic" : "inbox";
      return h(
        "li",
        {},
        h("a", { href: `#/${view}${view === "inbox" ? "" : `?arn=${encodeURIComponent(node.arn)}`}` }, node.kind, " ", shown(node.label)),
        h("span", { class: "small" }, queue ? ` ${longSentence(state, queue)}` : ""),
        arrows.length ? h("ul", {}, arrows.map((edge) => h("li", { class: "small" }, "→ ", shown(graph.nodes.find((each) => each.id === edge.to)?.label ?? ""), edgeLabel(state, edge) ? `: ${edgeLabel(state, edge)}` : ""))) : null,
      );
    }),
  );
}

/** What an empty server says: three things to try. */
function greeting() {
  const tries = [
    ["Make a queue", `aws --endpoint-url ${endpoint()} sqs create-queue --queue-name orders`],
    ["Make a topic", `aws --endpoint-url ${endpoint()} sns create-topic --name news`],
    ["Watch a coffee shop", `decaf coffee-shop --url ${endpoint()}`],
  ];
  return h(
    "div",
    { class: "greeting" },
    h("h2", {}, "Nothing here yet"),
    h("p", {}, "Queues and topics appear here as soon as a program makes them. Three things to try:"),
    h("ol", {}, tries.map(([what, command]) => h("li", {}, h("strong", {}, what), h("pre", {}, command)))),
  );
}

