"""Commands that call SNS: they create a topic and delete it, begin, confirm and end subscriptions, and publish."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.names import QueueName, TopicName
from decaf.cli.tables import Columns, wide_option
from decaf.cli.values import values

if TYPE_CHECKING:
    from decaf.cli.calls import Calls
    from decaf.testing.control import Control

_topic: Callable[..., Any] = click.argument("topic", type=TopicName())
_SERVICES = ("sqs", "lambda", "firehose")  # whose ARNs are endpoints of the protocol of that name


@click.command("create-topic", epilog="Example: decaf create-topic news")
@click.argument("name")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="such as DisplayName=News")
@click.option("--region", help="the region [the server's]")
@control_command
def create_topic(control: Control, name: str, attributes: tuple[str, ...], region: str | None, as_json: bool) -> None:
    """Create the topic NAME, and print its ARN.

    A name that ends in .fifo is that of a FIFO topic. The account is that of --account, else 000000000000.
    """
    from decaf.cli.calls import Calls

    given = values(attributes, "--attribute")
    if name.endswith(".fifo"):
        given.setdefault("FifoTopic", "true")
    created = Calls(control, region).sns("CreateTopic", Name=name, **_attributes(given))
    output.result(created, "TopicArn", as_json)


@click.command("delete-topic", epilog="Example: decaf delete-topic news")
@_topic
@control_command
def delete_topic(control: Control, topic: str, as_json: bool) -> None:
    """Delete TOPIC with all its subscriptions.

    TOPIC is a name or an ARN.
    """
    from decaf.cli.calls import Calls, find_topic

    found = find_topic(control, topic)
    output.result(Calls.of(control, found).sns("DeleteTopic", TopicArn=str(found)), None, as_json)


@click.command(epilog='Example: decaf subscribe news orders --raw --filter \'{"kind": ["hot"]}\'')
@_topic
@click.argument("endpoint", type=QueueName())
@click.option("--protocol", help="the protocol [that of the endpoint's form]")
@click.option("--raw", is_flag=True, help="deliver messages without the envelope")
@click.option("--filter", "filter_policy", metavar="JSON", help="the filter policy")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="a subscription attribute")
@control_command
def subscribe(
    control: Control,
    topic: str,
    endpoint: str,
    protocol: str | None,
    raw: bool,
    filter_policy: str | None,
    attributes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Subscribe ENDPOINT to TOPIC, and print the ARN.

    TOPIC is a name or an ARN. ENDPOINT is the name of a queue, an ARN, an HTTP URL, a mail address or a phone number.
    """
    from decaf.cli.calls import Calls, find_queue, find_topic

    found = find_topic(control, topic)
    protocol = protocol or _protocol(endpoint)
    given = values(attributes, "--attribute")
    if raw:
        given["RawMessageDelivery"] = "true"
    if filter_policy is not None:
        given["FilterPolicy"] = filter_policy
    subscribed = Calls.of(control, found).sns(
        "Subscribe",
        TopicArn=str(found),
        Protocol=protocol,
        Endpoint=str(find_queue(control, endpoint)) if protocol == "sqs" else endpoint,
        ReturnSubscriptionArn="true",
        **_attributes(given),
    )
    output.result(subscribed, "SubscriptionArn", as_json)


@click.command(epilog="Example: decaf unsubscribe arn:aws:sns:us-east-1:000000000000:news:0a1b...")
@click.argument("subscription")
@control_command
def unsubscribe(control: Control, subscription: str, as_json: bool) -> None:
    """End the subscription with this ARN; `decaf subscriptions` shows it."""
    from decaf.base.arn import read_arn
    from decaf.cli.calls import Calls

    arn = read_arn(subscription)
    calls = Calls(control) if arn is None else Calls.of(control, arn)
    output.result(calls.sns("Unsubscribe", SubscriptionArn=subscription), None, as_json)


def _protocol(endpoint: str) -> str:
    """Returns the protocol of an endpoint, by its form."""
    if endpoint.startswith("arn:"):
        service = endpoint.split(":")[2]
        return service if service in _SERVICES else "application"
    scheme = endpoint.partition("://")[0]
    if scheme in ("http", "https"):
        return scheme
    if "@" in endpoint:
        return "email"
    return "sms" if endpoint.startswith("+") else "sqs"


@click.command(epilog="Example: decaf publish news 'one latte' --attribute kind=hot")
@_topic
@click.argument("message")
@click.option("--subject", help="the subject, of mails")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="a message attribute: a String")
@click.option("--structure", type=click.Choice(["json"]), help="MESSAGE is JSON with a text for each protocol")
@click.option("--group", help="the message group")
@click.option("--deduplication-id", help="the deduplication id")
@control_command
def publish(
    control: Control,
    topic: str,
    message: str,
    subject: str | None,
    attributes: tuple[str, ...],
    structure: str | None,
    group: str | None,
    deduplication_id: str | None,
    as_json: bool,
) -> None:
    """Publish MESSAGE to TOPIC, and print its id.

    TOPIC is a name or an ARN, a phone number, or the ARN of a platform endpoint. The MESSAGE - is standard input.
    """
    given = values(attributes, "--attribute")
    calls, target = _target(control, topic)
    published = calls.sns(
        "Publish",
        Message=sys.stdin.read() if message == "-" else message,
        Subject=subject,
        MessageStructure=structure,
        MessageGroupId=group,
        MessageDeduplicationId=deduplication_id,
        **target,
        **_message_attributes(given),
    )
    output.result(published, "MessageId", as_json)


def _target(control: Control, name: str) -> tuple[Calls, dict[str, str]]:
    """Returns the calls of an account and region, and the parameter that says to whom is published."""
    from decaf.base.arn import read_arn
    from decaf.cli.calls import Calls, find_topic

    if name.startswith("+"):
        return Calls(control), {"PhoneNumber": name}
    arn = read_arn(name)
    if arn is not None and arn.resource.startswith("endpoint/"):
        return Calls.of(control, arn), {"TargetArn": name}
    found = find_topic(control, name)
    return Calls.of(control, found), {"TopicArn": str(found)}


@click.command(epilog="Example: decaf confirm news")
@click.argument("topic", type=TopicName(), required=False)
@control_command
def confirm(control: Control, topic: str | None, as_json: bool) -> None:
    """Confirm pending subscriptions, and print their ARNs.

    With TOPIC, a name or an ARN, only those of that topic. Exit code 1 when none is pending.
    """
    from decaf.cli.calls import Calls, find_topic

    confirmed = [
        Calls.of(control, find_topic(control, one.topic)).sns(
            "ConfirmSubscription", TopicArn=one.topic, Token=one.token
        )["SubscriptionArn"]
        for one in control.subscriptions(topic)
        if one.pending
    ]
    if as_json:
        output.json(confirmed)
    else:
        for each in confirmed:
            output.line(each)
    if not confirmed:
        raise SystemExit(1)


def _attributes(given: Mapping[str, str]) -> dict[str, str]:
    """Returns attributes as parameters of AWS Query."""
    entries: dict[str, str] = {}
    for at, (name, value) in enumerate(given.items(), 1):
        entries |= {f"Attributes.entry.{at}.key": name, f"Attributes.entry.{at}.value": value}
    return entries


def _message_attributes(given: Mapping[str, str]) -> dict[str, str]:
    """Returns message attributes, as parameters of AWS Query."""
    entries: dict[str, str] = {}
    for at, (name, value) in enumerate(given.items(), 1):
        entry = f"MessageAttributes.entry.{at}"
        entries |= {
            f"{entry}.Name": name,
            f"{entry}.Value.DataType": "String",
            f"{entry}.Value.StringValue": value,
        }
    return entries


@click.command(epilog="Example: decaf recipients news 'one latte' --attribute kind=hot")
@_topic
@click.argument("message")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="a message attribute: a String")
@wide_option
@control_command
def recipients(
    control: Control, topic: str, message: str, attributes: tuple[str, ...], wide: bool, as_json: bool
) -> None:
    """Show which subscriptions of TOPIC would get MESSAGE, and why the others would not. Nothing is published."""
    found = control.recipients(topic, message, values(attributes, "--attribute"))
    if as_json:
        return output.json(found)
    rows = [(each.protocol, each.endpoint, "yes" if each.gets else "no", each.reason) for each in found]
    return tables.show(Columns(("PROTOCOL", "ENDPOINT", "GETS IT", "REASON"), cut=("REASON",)), rows, wide)


COMMANDS = (confirm, create_topic, delete_topic, publish, recipients, subscribe, unsubscribe)
