"""Platform applications, endpoints, event source mappings and the settings of a region, as records and back."""

from __future__ import annotations

from decimal import Decimal

from decaf.base.attributes import apply, write_all
from decaf.base.profile import Profile
from decaf.functions.mapping import EventSourceMapping, configure, parameters
from decaf.persistence.queues import arn_of
from decaf.persistence.records import (
    ApplicationRecord,
    EndpointRecord,
    MappingRecord,
    ProfileRecord,
    RegionRecord,
    SandboxNumberRecord,
    StackCallRecord,
    StackRecord,
)
from decaf.sns import platform
from decaf.sns.attribute import read_all
from decaf.sns.platform import Endpoint, PlatformApplication
from decaf.sns.sms.preferences import SETTABLE
from decaf.sns.sms.sandbox import SandboxNumber
from decaf.store import Region, StackCall


def write_application(application: PlatformApplication) -> ApplicationRecord:
    return ApplicationRecord(
        arn=str(application.arn), attributes=write_all(platform.APPLICATION, application.attributes)
    )


def read_application(record: ApplicationRecord) -> PlatformApplication:
    """Returns the application, without its endpoints."""
    application = PlatformApplication(arn_of(record.arn), {})
    apply(application.attributes, read_all(platform.APPLICATION, record.attributes))
    return application


def write_endpoint(endpoint: Endpoint, application: PlatformApplication) -> EndpointRecord:
    return EndpointRecord(
        arn=str(endpoint.arn),
        application_arn=str(application.arn),
        attributes=write_all(platform.ENDPOINT, endpoint.attributes),
        expired=endpoint.expired,
    )


def read_endpoint(record: EndpointRecord) -> Endpoint:
    endpoint = Endpoint(arn_of(record.arn), {}, record.expired)
    apply(endpoint.attributes, read_all(platform.ENDPOINT, record.attributes))
    return endpoint


def write_mapping(mapping: EventSourceMapping) -> MappingRecord:
    return MappingRecord(
        uuid=mapping.uuid,
        account=mapping.account,
        function=mapping.function,
        queue=str(mapping.queue),
        parameters=dict(parameters(mapping.configuration)),
        modified_at=mapping.modified_at,
        enabled=mapping.configuration.enabled,
        tags=dict(mapping.tags),
    )


def read_mapping(record: MappingRecord, shift: float) -> EventSourceMapping:
    """Returns the mapping; `shift` (seconds) is added to all times."""
    queue = arn_of(record.queue)
    configuration = configure({**record.parameters, "Enabled": record.enabled}, queue)
    return EventSourceMapping(
        record.uuid,
        record.account,
        record.function,
        queue,
        configuration,
        record.modified_at + shift,
        dict(record.tags),
    )


def write_region(region: Region) -> RegionRecord:
    sms = region.sms
    return RegionRecord(
        account=region.account,
        name=region.name,
        deleted_queues=dict(region.deleted_queues),
        sms_preferences=write_all(SETTABLE, sms.preferences),
        opted_out=dict(sms.opted_out),
        opted_in=dict(sms.opted_in),
        spent=str(sms.spent),
        month=sms.month,
        sandbox=tuple(map(_write_number, sms.sandbox.numbers.values())),
        stacks=tuple(_write_stack(name, calls) for name, calls in region.stacks.items()),
    )


def read_region(record: RegionRecord, region: Region, shift: float) -> None:
    """Set the state of `region` from the record; `shift` (seconds) is added to all times."""
    sms = region.sms
    region.deleted_queues.update(_shifted(record.deleted_queues, shift))
    apply(sms.preferences, read_all(SETTABLE, record.sms_preferences))
    sms.opted_out.update(_shifted(record.opted_out, shift))
    sms.opted_in.update(_shifted(record.opted_in, shift))
    region.stacks.update((stack.name, _read_stack(stack)) for stack in record.stacks)
    sms.spent, sms.month = Decimal(record.spent), record.month
    for number in record.sandbox:
        sms.sandbox.numbers[number.number] = SandboxNumber(
            number.number, number.added_at + shift, number.code, [at + shift for at in number.sent_at], number.verified
        )


def write_profile(account: str, profile: Profile) -> ProfileRecord:
    return ProfileRecord(
        account=account, name=profile.name, seed=profile.seed, duplicates=profile.duplicates, salt=profile.salt
    )


def read_profile(record: ProfileRecord) -> Profile:
    return Profile(record.name, record.seed, record.duplicates, record.salt)


def _write_stack(name: str, calls: list[StackCall]) -> StackRecord:
    written = (
        StackCallRecord(
            what=call.what,
            region=call.region,
            operation=call.operation,
            params=dict(call.params),
            retained=call.retained,
        )
        for call in calls
    )
    return StackRecord(name=name, calls=tuple(written))


def _read_stack(record: StackRecord) -> list[StackCall]:
    return [StackCall(each.what, each.region, each.operation, each.params, each.retained) for each in record.calls]


def _shifted(times: dict[str, float], shift: float) -> dict[str, float]:
    return {name: at + shift for name, at in times.items()}


def _write_number(number: SandboxNumber) -> SandboxNumberRecord:
    return SandboxNumberRecord(
        number=number.number,
        added_at=number.added_at,
        code=number.code,
        sent_at=tuple(number.sent_at),
        verified=number.verified,
    )
