// Texts of lessons: headings, paragraphs, lists, tables and blocks of code, with bold, code and links inside. All of it becomes
// elements with text in them, never HTML.

import { h } from "./dom.js";

const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|\[([^\]\n]+)\]\((https:\/\/[^)\s]+)\)/g;
const ITEM = /^(?:[-*]|\d+\.) +/;
const ROW = /^\|.*\|\s*$/;
const FENCE = "```";

/**
 * Returns a text in Markdown as elements. Its headings begin at level `top`.
 * @param {string} text @param {number} [top]
 * @returns {HTMLElement[]}
 */
export function markdown(text, top = 2) {
  const lines = text.split("\n");
  const found = [];
  while (lines.length) {
    const block = next(lines, top);
    if (block) found.push(block);
  }
  return found;
}

/** Takes the next block off the lines. @param {string[]} lines @param {number} top @returns {HTMLElement | null} */
function next(lines, top) {
  const first = /** @type {string} */ (lines.shift());
  if (!first.trim()) return null;
  if (first.startsWith(FENCE)) {
    const code = taken(lines, (line) => !line.startsWith(FENCE));
    lines.shift();
    return h("pre", { tabindex: "0" }, code.join("\n"));
  }
  if (ROW.test(first)) return table([first, ...taken(lines, (line) => ROW.test(line))]);
  const heading = /^(#+) +(.*)/.exec(first);
  if (heading) return h(`h${Math.min(6, top - 1 + heading[1].length)}`, {}, inline(heading[2]));
  if (ITEM.test(first)) {
    const items = [first, ...taken(lines, (line) => ITEM.test(line) || (line.startsWith("  ") && line.trim() !== ""))];
    return h(/^\d/.test(first) ? "ol" : "ul", {}, joined(items).map((item) => h("li", {}, inline(item))));
  }
  return h("p", {}, inline([first, ...taken(lines, (line) => line.trim() !== "" && !line.startsWith(FENCE) && !ITEM.test(line) && !ROW.test(line))].join(" ")));
}

/** @param {string[]} lines the heads, a line of dashes, and the rows */
function table(lines) {
  const [heads, , ...rows] = lines.map((line) => line.trim().slice(1, -1).split("|").map((cell) => cell.trim()));
  return h("table", {}, h("thead", {}, h("tr", {}, heads.map((cell) => h("th", { scope: "col" }, inline(cell))))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, inline(cell)))))));
}

/** Takes lines off as long as they fit. @param {string[]} lines @param {(line: string) => boolean} fits */
function taken(lines, fits) {
  const end = lines.findIndex((line) => !fits(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

/** Returns the items of a list, each with the lines that continue it. @param {string[]} lines */
function joined(lines) {
  /** @type {string[]} */ const items = [];
  for (const line of lines) {
    if (ITEM.test(line)) items.push(line.replace(ITEM, ""));
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return items;
}

/** @param {string} text @returns {(Node | string)[]} */
function inline(text) {
  const parts = [];
  let from = 0;
  for (const [all, code, bold, slanted, label, url, at] of [...text.matchAll(INLINE)].map((found) => /** @type {[string, string, string, string, string, string, number]} */ ([...found, found.index]))) {
    parts.push(text.slice(from, at));
    if (code) parts.push(h("code", {}, code));
    else if (bold) parts.push(h("strong", {}, inline(bold)));
    else if (slanted) parts.push(h("em", {}, inline(slanted)));
    else parts.push(h("a", { href: url, rel: "noreferrer", target: "_blank" }, label));
    from = at + all.length;
  }
  return [...parts, text.slice(from)];
}
