"""Applications, endpoints and the settings of a region have all their facts in their records."""

from __future__ import annotations

from decimal import Decimal

from decaf.base.arn import Arn
from decaf.persistence import accounts
from decaf.sns.platform import Endpoint, PlatformApplication
from decaf.sns.sms.sandbox import SandboxNumber
from decaf.store import Region, StackCall
from tests.decaf.persistence.fields import defaults, fields, through_json
from tests.decaf.sns.cloud import ACCOUNT, REGION, START, Cloud

PHONE = "+15555550142"


def test_an_application_is_read_as_it_was_written_without_its_endpoints() -> None:
    cloud = Cloud()
    cloud.sns(
        "CreatePlatformApplication",
        Name="shop",
        Platform="GCM",
        Attributes={"PlatformCredential": "key", "SuccessFeedbackSampleRate": "50"},
    )
    (application,) = cloud.world.store.region(ACCOUNT, REGION).platform_applications.values()
    application.add(Endpoint(Arn("sns", REGION, ACCOUNT, "endpoint/GCM/shop/1"), {"Token": "t"}))
    read = accounts.read_application(through_json(accounts.write_application(application)))
    assert fields(read) == fields(PlatformApplication(application.arn, application.attributes))
    assert read.attributes["SuccessFeedbackSampleRate"] == 50


def test_an_endpoint_is_read_as_it_was_written() -> None:
    application = PlatformApplication(Arn("sns", REGION, ACCOUNT, "app/GCM/shop"), {})
    attributes = {"Token": "t", "Enabled": False, "CustomUserData": "ada"}
    endpoint = Endpoint(Arn("sns", REGION, ACCOUNT, "endpoint/GCM/shop/1"), attributes, expired=True)
    record = through_json(accounts.write_endpoint(endpoint, application))
    assert fields(accounts.read_endpoint(record)) == fields(endpoint)
    assert (record.application_arn, defaults(record)) == (str(application.arn), [])


def test_a_region_is_read_as_it_was_written() -> None:
    region, other = Region(ACCOUNT, REGION), Region(ACCOUNT, REGION)
    region.deleted_queues["orders"] = START
    sms = region.sms
    sms.preferences["DefaultSenderID"] = "Coffee"
    sms.opted_out[PHONE] = START + 1
    sms.opted_in[PHONE] = START + 2
    sms.spent, sms.month = Decimal("0.15"), (2026, 11)
    sms.sandbox.numbers[PHONE] = SandboxNumber(PHONE, START, "1234", [START, START + 3], verified=True)
    region.stacks["shop"] = [StackCall("Queue", REGION, "CreateQueue", {"QueueName": "orders"}, ("Deleted",))]
    record = through_json(accounts.write_region(region))
    accounts.read_region(record, other, 5)
    assert (record.account, record.name, defaults(record)) == (ACCOUNT, REGION, [])
    assert other.deleted_queues == {"orders": START + 5}
    assert other.stacks == region.stacks
    read = other.sms
    assert (read.preferences, read.spent, read.month) == (sms.preferences, sms.spent, sms.month)
    assert (read.opted_out, read.opted_in) == ({PHONE: START + 6}, {PHONE: START + 7})
    (number,) = read.sandbox.numbers.values()
    later = {"added_at": START + 5, "sent_at": [START + 5, START + 8]}
    assert fields(number) == fields(sms.sandbox.numbers[PHONE]) | later
    (kept,) = record.stacks
    assert [defaults(each) for each in (kept, *kept.calls, *record.sandbox)] == [[], [], []]
