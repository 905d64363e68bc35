import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";

const sns = new SNSClient({});
const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news" }));
const kinds = ["coupon", "trivia", "update", "coupon", "trivia", "coupon"];
const percents = { 1: 10, 4: 25, 6: 50 };
for (const [index, kind] of kinds.entries()) {
  const news = index + 1;
  await sns.send(new PublishCommand({ TopicArn, Message: JSON.stringify({ news, kind, percent: percents[news] }) }));
}
