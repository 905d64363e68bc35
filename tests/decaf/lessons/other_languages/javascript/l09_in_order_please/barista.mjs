import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const canMake = (order) => order !== 2 || process.env.MACHINE === "mended";
const sqs = new SQSClient({});
const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "orders.fifo" }));
const made = (await sqs.send(new GetQueueUrlCommand({ QueueName: "made" }))).QueueUrl;
for (;;) {
  const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  for (const { Body, ReceiptHandle } of received.Messages ?? []) {
    const { order } = JSON.parse(Body);
    if (canMake(order)) {
      await sqs.send(new SendMessageCommand({ QueueUrl: made, MessageBody: JSON.stringify({ order }) }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
