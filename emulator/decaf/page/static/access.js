// Who may: whether AWS would let somebody do something to a queue or topic, and by which statement of which policy.

import { post } from "./api.js";
import { copy } from "./body.js";
import { button, fill, h, shown } from "./dom.js";
import { accountOf } from "./format.js";

const ACTIONS = {
  sqs: ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:PurgeQueue", "sqs:DeleteQueue"],
  sns: ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:DeleteTopic"],
};

/**
 * Returns the form that asks who may do what.
 * @param {"sqs" | "sns"} service @param {string} arn
 */
export function whoMay(service, arn) {
  const caller = /** @type {HTMLInputElement} */ (h("input", { value: accountOf(arn), "aria-label": "Who: an account, a user, anonymous, or a service such as sns.amazonaws.com", size: "30" }));
  const action = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": "Action" }, ACTIONS[service].map((each) => h("option", { value: each }, each))));
  const source = /** @type {HTMLInputElement} */ (h("input", { placeholder: "For a topic: its ARN (aws:SourceArn)", "aria-label": "The ARN of the topic that it is for", size: "40" }));
  const result = h("div");
  const ask = button("Would AWS allow it?", async () => {
    const context = source.value ? { "aws:SourceArn": source.value } : {};
    const found = await post("access/simulate", { caller: caller.value.trim(), action: action.value, on: arn, context });
    fill(
      result,
      h("p", { class: found.allowed ? "gets" : "not" }, h("strong", {}, found.allowed ? "Allowed. " : "Refused. "), shown(found.reason)),
      found.missing ? [h("p", {}, "This statement would allow it:"), h("pre", {}, shown(found.missing)), button("Copy", () => copy(found.missing))] : null,
      found.careless.map((/** @type {string} */ sentence) => h("p", { class: "note" }, shown(sentence))),
    );
  });
  return h("details", { class: "who-may" }, h("summary", {}, "Who may use it?"), h("div", { class: "bar" }, caller, action, source, ask), h("div", { class: "tried" }, result));
}

/** Writes the policy that lets a topic send to a queue. @param {string} topic @param {string} queue */
export const letIn = (topic, queue) => post("access/allow", { topic, queue });
