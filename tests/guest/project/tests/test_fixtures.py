"""Decaf's fixtures and its server, beside the project's own modules."""

from decaf.testing import Decaf
from tests.orders import ORDERS


def test_a_message_arrives(sqs, sns, decaf_control, decaf_account):
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{decaf_account}:orders"
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message=ORDERS[0])
    decaf_control.advance(1)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == ORDERS[0]


def test_a_server_of_its_own():
    with Decaf() as decaf:
        client = decaf.client("sqs")
        assert client.create_queue(QueueName="orders")["QueueUrl"].startswith(decaf.url)
        client.close()


def test_the_codec_stands_alone():
    import decaf_protocol

    assert decaf_protocol.Request("GET", "/", {}, b"").method == "GET"
