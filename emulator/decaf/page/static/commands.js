// A call as a person would type it: for the AWS CLI and for boto3.

import { h, button } from "./dom.js";
import { copy } from "./body.js";
import { endpoint } from "./routes.js";

/**
 * Returns both forms of a call, to be copied.
 * @param {"sqs" | "sns"} service @param {string} operation @param {Record<string, any>} parameters
 */
export function commands(service, operation, parameters) {
  const cli = awsCli(service, operation, parameters);
  const python = boto3(service, operation, parameters);
  return h(
    "details",
    {},
    h("summary", {}, "The same as a command"),
    h("pre", {}, cli),
    button("Copy for the AWS CLI", () => copy(cli)),
    h("pre", {}, python),
    button("Copy for boto3", () => copy(python)),
  );
}

/** @param {string} name */
const dashed = (name) => name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
/** @param {string} name */
const scored = (name) => dashed(name).replace(/-/g, "_");
/** @param {string} text */
const quoted = (text) => `'${text.replace(/'/g, "'\\''")}'`;

/** @param {string} service @param {string} operation @param {Record<string, any>} parameters */
function awsCli(service, operation, parameters) {
  const options = Object.entries(parameters).map(([name, value]) => `--${dashed(name)} ${typeof value === "object" ? quoted(JSON.stringify(value)) : quoted(String(value))}`);
  return [`aws --endpoint-url ${endpoint()} ${service} ${dashed(operation)}`, ...options].join(" \\\n  ");
}

/** @param {string} service @param {string} operation @param {Record<string, any>} parameters */
function boto3(service, operation, parameters) {
  const values = Object.entries(parameters).map(([name, value]) => `${name}=${python(value)}`);
  return `${service}.${scored(operation)}(${values.join(", ")})`;
}

/** @param {any} value @returns {string} */
function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${python(each)}`).join(", ")}}`;
  return JSON.stringify(value);
}
