"""What text messages cost, and the limits to that."""

from __future__ import annotations

from decaf.base.events import NotificationFailed
from tests.decaf.sns.cloud import Cloud

PHONE = "+15555550142"
MONTH = 31 * 86_400


def publish(cloud: Cloud, text: str = "x", max_price: str | None = None) -> None:
    attributes = {} if max_price is None else {"AWS.SNS.SMS.MaxPrice": {"DataType": "Number", "StringValue": max_price}}
    cloud.sns("Publish", PhoneNumber=PHONE, Message=text, MessageAttributes=attributes)


def test_every_part_is_paid_for() -> None:
    cloud = Cloud(sms_price=0.05)
    publish(cloud, "x" * 161)
    (sms,) = cloud.inbox()
    assert (sms.attributes["Parts"], sms.attributes["PriceInUSD"]) == (2, 0.1)


def test_nothing_is_sent_over_the_months_limit() -> None:
    cloud = Cloud(sms_price=0.25)
    cloud.sns("SetSMSAttributes", attributes={"MonthlySpendLimit": "0.5"})
    events = cloud.listen()
    for _ in range(3):
        publish(cloud)
    assert len(cloud.inbox()) == 2
    (failed,) = [event for event in events if isinstance(event, NotificationFailed)]
    assert failed.subject.outcome.reason == "No quota left for account"
    cloud.advance(MONTH)
    publish(cloud)
    assert len(cloud.inbox()) == 3


def test_the_limit_is_one_dollar_unless_set() -> None:
    cloud = Cloud(sms_price=0.5)
    for _ in range(3):
        publish(cloud)
    assert len(cloud.inbox()) == 2


def test_texts_cost_nothing_unless_the_settings_give_a_price(cloud: Cloud) -> None:
    cloud.sns("SetSMSAttributes", attributes={"MonthlySpendLimit": "0"})
    publish(cloud)
    assert len(cloud.inbox()) == 1


def test_a_text_is_not_sent_for_more_than_its_publisher_will_pay() -> None:
    cloud = Cloud(sms_price=0.05)
    events = cloud.listen()
    publish(cloud, max_price="0.05")
    publish(cloud, "x" * 161, max_price="0.05")
    assert len(cloud.inbox()) == 1
    assert isinstance(events[-1], NotificationFailed)
    assert events[-1].subject.outcome.reason == "This delivery would exceed max price"
