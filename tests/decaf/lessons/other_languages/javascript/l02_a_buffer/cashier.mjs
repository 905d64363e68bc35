import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const sqs = new SQSClient({});
const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }));
for (let order = 1; order <= 20; order++) {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ order }) }));
}
