// Where the nodes of the map stand: columns by the way that messages go, rows with few crossings.

/**
 * @typedef {{ id: string, column: number, row: number }} Placed
 * @typedef {{ from: string, to: string }} Arrow
 */

/**
 * Returns the column and row of each node. Arrows lead to a column further right, but for those of a circle.
 * `least` is the first column that a node may stand in.
 * @param {{ id: string, least: number }[]} nodes @param {Arrow[]} arrows
 * @returns {Map<string, Placed>}
 */
export function layout(nodes, arrows) {
  const ids = nodes.map((node) => node.id).sort();
  const known = new Set(ids);
  const forward = withoutCircles(ids, arrows.filter((arrow) => known.has(arrow.from) && known.has(arrow.to) && arrow.from !== arrow.to));
  const columns = ranked(nodes, forward);
  /** @type {Map<number, string[]>} */ const rows = new Map();
  for (const id of ids) {
    const column = columns.get(id) ?? 0;
    rows.set(column, [...(rows.get(column) ?? []), id]);
  }
  const order = [...rows.keys()].sort((a, b) => a - b);
  for (let sweep = 0; sweep < 4; sweep += 1) {
    for (const column of sweep % 2 ? [...order].reverse() : order) sortByNeighbours(rows, column, forward);
  }
  const placed = new Map();
  for (const column of order) (rows.get(column) ?? []).forEach((id, row) => placed.set(id, { id, column, row }));
  for (const column of order.slice(2)) centre(rows.get(column) ?? [], forward.map(({ from, to }) => ({ from: to, to: from })), placed);
  centre(rows.get(order[0]) ?? [], forward, placed);
  return placed;
}

/** Moves nodes down to the middle of those that arrows lead to, in their order and without sharing a row. @param {string[]} ids @param {Arrow[]} arrows @param {Map<string, Placed>} placed */
function centre(ids, arrows, placed) {
  let free = 0;
  for (const id of ids) {
    const node = /** @type {Placed} */ (placed.get(id));
    const near = arrows.filter((arrow) => arrow.from === id).map((arrow) => placed.get(arrow.to)?.row ?? 0);
    node.row = Math.max(free, average(near, node.row));
    free = node.row + 1;
  }
}

/** Returns the arrows that do not lead back to where they come from. @param {string[]} ids @param {Arrow[]} arrows */
function withoutCircles(ids, arrows) {
  /** @type {Map<string, Arrow[]>} */ const out = new Map(ids.map((id) => [id, []]));
  for (const arrow of arrows) out.get(arrow.from)?.push(arrow);
  /** @type {Map<string, "open" | "done">} */ const seen = new Map();
  /** @type {Arrow[]} */ const kept = [];
  for (const root of ids) {
    if (seen.has(root)) continue;
    const stack = [{ id: root, next: 0 }];
    seen.set(root, "open");
    while (stack.length) {
      const top = stack[stack.length - 1];
      const arrow = (out.get(top.id) ?? [])[top.next++];
      if (!arrow) {
        seen.set(top.id, "done");
        stack.pop();
      } else if (seen.get(arrow.to) !== "open") {
        kept.push(arrow);
        if (!seen.has(arrow.to)) {
          seen.set(arrow.to, "open");
          stack.push({ id: arrow.to, next: 0 });
        }
      }
    }
  }
  return kept;
}

/** Returns the column of each node: one more than the furthest before it. @param {{ id: string, least: number }[]} nodes @param {Arrow[]} arrows */
function ranked(nodes, arrows) {
  const columns = new Map(nodes.map((node) => [node.id, node.least]));
  for (let changed = true, round = 0; changed && round <= nodes.length; round += 1) {
    changed = false;
    for (const { from, to } of arrows) {
      const wanted = (columns.get(from) ?? 0) + 1;
      if (wanted > (columns.get(to) ?? 0)) {
        columns.set(to, wanted);
        changed = true;
      }
    }
  }
  return columns;
}

/** @param {Map<number, string[]>} rows @param {number} column @param {Arrow[]} arrows */
function sortByNeighbours(rows, column, arrows) {
  /** @type {Map<string, number>} */ const rowOf = new Map();
  for (const ids of rows.values()) ids.forEach((id, row) => rowOf.set(id, row));
  const ids = rows.get(column) ?? [];
  /** @type {Map<string, number[]>} */ const near = new Map(ids.map((id) => [id, []]));
  for (const { from, to } of arrows) {
    near.get(from)?.push(rowOf.get(to) ?? 0);
    near.get(to)?.push(rowOf.get(from) ?? 0);
  }
  const middle = new Map(ids.map((id) => [id, average(near.get(id) ?? [], rowOf.get(id) ?? 0)]));
  ids.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (a < b ? -1 : 1));
}

/** @param {number[]} numbers @param {number} otherwise */
const average = (numbers, otherwise) => (numbers.length ? numbers.reduce((sum, each) => sum + each, 0) / numbers.length : otherwise);
