// Values as people read them.

/** @param {string} arn the part after the account */
export const nameOf = (arn) => arn.split(":").slice(5).join(":");
/** @param {string} arn */
export const accountOf = (arn) => arn.split(":")[4] ?? "";
/** @param {string} arn */
export const regionOf = (arn) => arn.split(":")[3] ?? "";

/** Returns seconds as `850 ms`, `30 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  const whole = Math.round(seconds);
  for (const [size, unit, below, small] of /** @type {[number, string, number, string][]} */ ([[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]])) {
    if (whole < size) continue;
    const rest = Math.floor((whole % size) / below);
    return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${small}` : ""}`;
  }
  return `${whole} s`;
}

/** Returns epoch seconds as a time of day, with the date where it is another day than `now`. @param {number} at @param {number} now */
export function moment(at, now) {
  const date = new Date(at * 1000);
  const text = date.toISOString();
  const day = text.slice(0, 10) === new Date(now * 1000).toISOString().slice(0, 10) ? "" : `${text.slice(0, 10)} `;
  return `${day}${text.slice(11, 19)}`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** Returns the first line of a text, not longer than `most` characters. @param {string} text @param {number} most */
export function start(text, most) {
  const line = text.split("\n", 1)[0];
  return line.length > most ? `${line.slice(0, most - 1)}…` : line.length < text.length ? `${line} …` : line;
}

/**
 * Returns a filter policy in words: `kind is coupon or trivia, and price is at least 5`.
 * @param {string | undefined} policy the JSON text
 * @param {string | undefined} scope
 */
export function filterInWords(policy, scope) {
  if (!policy || policy === "{}") return "";
  try {
    const clauses = inWords(JSON.parse(policy), "");
    return `${scope === "MessageBody" ? "body: " : ""}${clauses.join(", and ")}`;
  } catch {
    return policy;
  }
}

/** @param {any} policy @param {string} path @returns {string[]} */
function inWords(policy, path) {
  return Object.entries(policy).flatMap(([key, value]) => {
    if (key === "$or") return [`(${/** @type {any[]} */ (value).map((each) => inWords(each, path).join(", and ")).join("; or ")})`];
    const name = path ? `${path}.${key}` : key;
    if (!Array.isArray(value)) return inWords(value, name);
    return [`${name} ${value.map(condition).join(" or ")}`];
  });
}

/** @param {any} value @returns {string} */
function condition(value) {
  if (value === null || typeof value !== "object") return `is ${JSON.stringify(value)}`;
  const [[kind, wanted]] = Object.entries(value);
  switch (kind) {
    case "exists":
      return wanted ? "is there" : "is not there";
    case "prefix":
      return `starts with ${JSON.stringify(wanted)}`;
    case "suffix":
      return `ends with ${JSON.stringify(wanted)}`;
    case "anything-but":
      return `is not ${Array.isArray(wanted) ? wanted.map((each) => JSON.stringify(each)).join(" or ") : typeof wanted === "object" ? condition(wanted) : JSON.stringify(wanted)}`;
    case "numeric":
      return numeric(/** @type {any[]} */ (wanted));
    case "equals-ignore-case":
      return `is ${JSON.stringify(wanted)} in any case`;
    case "wildcard":
      return `is like ${JSON.stringify(wanted)}`;
    case "cidr":
      return `is an address in ${wanted}`;
    default:
      return JSON.stringify(value);
  }
}

/** @param {any[]} parts */
function numeric(parts) {
  const words = [];
  for (let index = 0; index < parts.length; index += 2) words.push(`${parts[index]} ${parts[index + 1]}`);
  return words.join(" and ");
}
