import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";

const sns = new SNSClient({});
const sqs = new SQSClient({});
const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news" }));
const policies = {
  ada: { kind: ["coupon"], percent: [{ numeric: [">=", 20] }] },
  ben: { kind: ["trivia"] },
  cleo: { kind: ["trivia", "update"] },
};
for (const [customer, policy] of Object.entries(policies)) {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: customer }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: "sqs",
      Endpoint: Attributes.QueueArn,
      Attributes: { FilterPolicy: JSON.stringify(policy), FilterPolicyScope: "MessageBody" },
    }),
  );
}
