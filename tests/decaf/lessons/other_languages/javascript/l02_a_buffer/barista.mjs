import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const sqs = new SQSClient({});
const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }));
const made = (await sqs.send(new GetQueueUrlCommand({ QueueName: "made" }))).QueueUrl;
for (;;) {
  const received = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
  );
  for (const { Body, ReceiptHandle } of received.Messages ?? []) {
    const { order } = JSON.parse(Body);
    await sqs.send(new SendMessageCommand({ QueueUrl: made, MessageBody: JSON.stringify({ order }) }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
}
