// A message's body as people read it: JSON and XML set out in lines, what is long shown in part, all of it one click away.

import { button, fill, h, shown } from "./dom.js";

const FIRST = 16 * 1024; // characters that are shown at once

/**
 * @param {string} text @param {string} [label] what it is, for those who do not see the page
 * @returns {HTMLElement}
 */
export function body(text, label = "Body") {
  const place = h("pre", { class: "body", tabindex: "0", role: "region", "aria-label": label });
  const bar = h("p", { class: "bar" });
  let raw = false;
  let whole = text.length <= FIRST;

  function draw() {
    const part = whole ? text : text.slice(0, FIRST);
    const pretty = raw ? null : set(part);
    fill(place, shown(pretty ?? part), whole ? "" : "…");
    fill(
      bar,
      pretty !== null || raw ? button(raw ? "Show set out" : "Show as sent", () => ((raw = !raw), draw())) : null,
      whole ? null : button(`Show all ${text.length.toLocaleString("en")} characters`, () => ((whole = true), draw())),
      button("Copy", () => copy(text)),
    );
  }
  draw();
  const inner = envelope(text);
  return h("div", {}, inner ? h("div", {}, h("p", { class: "note" }, "The message in the SNS envelope:"), body(inner, "Message")) : null, place, bar);
}

/** @param {string} text */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = /** @type {HTMLTextAreaElement} */ (h("textarea", { class: "hidden" }));
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Returns the message within an envelope of SNS, "" for any other text. @param {string} text */
function envelope(text) {
  if (!text.startsWith("{") || text.length > 2_000_000) return "";
  try {
    const read = JSON.parse(text);
    return read.Type === "Notification" && typeof read.Message === "string" ? read.Message : "";
  } catch {
    return "";
  }
}

/** Returns the text set out in lines, null if it is neither JSON nor XML. @param {string} text */
function set(text) {
  const begin = text.trimStart()[0];
  if (begin === "{" || begin === "[") return json(text);
  if (begin === "<") return xml(text);
  return null;
}

/**
 * Sets JSON out by its tokens, without reading it: large numbers, the order of keys and keys that come twice stay.
 * @param {string} text
 */
function json(text) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"?|[[\]{},:]|[^\s[\]{},:"]+/g) ?? [];
  let depth = 0;
  let out = "";
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token === "{" || token === "[") {
      out += token;
      if (next !== "}" && next !== "]") out += line((depth += 1));
    } else if (token === "}" || token === "]") {
      const empty = tokens[index - 1] === "{" || tokens[index - 1] === "[";
      out += empty ? token : line((depth = Math.max(0, depth - 1))) + token;
    } else if (token === ",") out += token + line(depth);
    else out += token === ":" ? ": " : token;
  });
  return out;
}

/** @param {string} text */
function xml(text) {
  const tokens = text.match(/<[^>]*>|[^<]+/g) ?? [];
  let depth = 0;
  let out = "";
  for (const token of tokens) {
    if (!token.trim()) continue;
    if (token.startsWith("</")) depth = Math.max(0, depth - 1);
    out += (out ? line(depth) : "") + token.trim();
    if (/^<[^?!/]/.test(token) && !token.endsWith("/>")) depth += 1;
  }
  return out;
}

/** @param {number} depth */
const line = (depth) => `\n${"  ".repeat(Math.min(depth, 40))}`;
