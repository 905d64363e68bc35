import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const customers = ["Ada", "Bo", "Cy", "Bo", "Ada", "Cy"];
const sqs = new SQSClient({});
const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "orders.fifo" }));
for (const [index, customer] of customers.entries()) {
  const order = index + 1;
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: JSON.stringify({ order, customer }),
      MessageGroupId: customer,
      MessageDeduplicationId: String(order),
    }),
  );
}
