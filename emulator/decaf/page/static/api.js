// Calls: the control API and AWS's operations, both of the server that this page is from. All URLs are relative.

const CONTROL = "../";
const AWS = "../../";
const TOKEN = "decaf.token"; // where the browser keeps it
const DATE = "20260101T000000Z"; // any date: what is signed by an account is not verified, but has to be whole

/** The server said no. */
export class Refused extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Makes a GET of the control API.
 * @param {string} path @param {Record<string, string | number | boolean | null | undefined>} [query]
 * @returns {Promise<any>}
 */
export function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return control("GET", text ? `${path}?${text}` : path);
}

/** @param {string} path @param {any} [body] @returns {Promise<any>} */
export const post = (path, body = {}) => control("POST", path, body);

/** @param {string} path @param {any} [body] @returns {Promise<any>} */
export const remove = (path, body = {}) => control("DELETE", path, body);

/** @param {string} method @param {string} path @param {any} [body] */
async function control(method, path, body) {
  /** @type {RequestInit} */
  const request = { method, headers: { "Content-Type": "application/json", ...authorization() } };
  if (body !== undefined) request.body = JSON.stringify(body);
  const response = await fetch(CONTROL + path, request);
  const answer = read(await response.text());
  if (!response.ok) throw new Refused(answer.error ?? response.statusText, response.status);
  return answer;
}

/**
 * Reads JSON of the control API. Marks of several shards have more digits than a number has here, and become texts.
 * @param {string} json @returns {any}
 */
export function read(json) {
  const quoted = (/** @type {string} */ _, /** @type {string} */ name, /** @type {string} */ digits) => name + digits.replace(/\d{17,}/g, '"$&"');
  return JSON.parse(json.replace(/("(?:mark|marks|calls)":)(\d{17,}|\[[\d,]+\])/g, quoted));
}

/**
 * Makes a call of AWS, in the account and region of what it is about.
 * @param {"sqs" | "sns"} service @param {string} operation @param {Record<string, any>} parameters
 * @param {string} account @param {string} region
 * @returns {Promise<any>}
 */
export async function aws(service, operation, parameters, account, region) {
  const headers = {
    Authorization: `AWS4-HMAC-SHA256 Credential=${account}/${DATE.slice(0, 8)}/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    "X-Amz-Date": DATE,
    "X-Amz-User-Agent": "decaf-page", // who is named in the record of calls
  };
  return service === "sqs" ? json(operation, parameters, headers) : query(operation, parameters, headers);
}

/** @param {string} operation @param {Record<string, any>} parameters @param {Record<string, string>} headers */
async function json(operation, parameters, headers) {
  const response = await fetch(AWS, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `AmazonSQS.${operation}` },
    body: JSON.stringify(parameters),
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : {};
  if (!response.ok) throw new Refused(`${String(answer.__type ?? "").split("#").pop()}: ${answer.message}`, response.status);
  return answer;
}

/** @param {string} operation @param {Record<string, any>} parameters @param {Record<string, string>} headers */
async function query(operation, parameters, headers) {
  const form = new URLSearchParams({ Action: operation, Version: "2010-03-31" });
  for (const [name, value] of flat(parameters, "")) form.append(name, value);
  const response = await fetch(AWS, { method: "POST", headers: { ...headers, Accept: "application/json" }, body: form });
  const answer = await response.json();
  if (!response.ok) throw new Refused(`${answer.Error?.Code}: ${answer.Error?.Message}`, response.status);
  return answer[`${operation}Response`]?.[`${operation}Result`] ?? {};
}

/** @param {any} value @param {string} path @returns {[string, string][]} the names and values of AWS's Query protocol */
function flat(value, path) {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [[path, String(value)]];
  if (path.endsWith("Attributes") && !Array.isArray(value)) {
    const [key, content] = path.endsWith("MessageAttributes") ? ["Name", "Value"] : ["key", "value"];
    return Object.entries(value).flatMap(([name, inner], index) => {
      const entry = `${path}.entry.${index + 1}`;
      return [/** @type {[string, string]} */ ([`${entry}.${key}`, name]), ...flat(inner, `${entry}.${content}`)];
    });
  }
  return Object.entries(value).flatMap(([name, inner]) => flat(inner, path ? `${path}.${name}` : name));
}

/**
 * Follows the frames from `since` on, until the signal aborts it or the stream ends. Calls `take` with the id and the data of each.
 * It is read by fetch, since an EventSource sends no token.
 * @param {string} account "" for all @param {string} since @param {AbortSignal} signal @param {(id: string, data: string) => void} take
 */
export async function frames(account, since, signal, take) {
  const query = new URLSearchParams();
  if (account) query.set("account", account);
  if (since) query.set("since", since);
  const response = await fetch(`${CONTROL}frames?${query}`, { headers: authorization(), signal });
  if (!response.ok || !response.body) throw new Refused(response.statusText, response.status);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = /** @type {string} */ (blocks.pop());
    for (const block of blocks) {
      const id = field(block, "id: ");
      if (id) take(id, field(block, "data: "));
    }
  }
}

/** @param {string} block lines of one server-sent event @param {string} name */
const field = (block, name) => block.split("\n").find((line) => line.startsWith(name))?.slice(name.length) ?? "";

/** The token of the control API, of a server that asks for it. @returns {Record<string, string>} */
function authorization() {
  const token = localStorage.getItem(TOKEN);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Keeps the token for all visits of this server's page. @param {string} token */
export const keepToken = (token) => localStorage.setItem(TOKEN, token);
