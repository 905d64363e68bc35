"""The changes of what accounts have besides queues and topics: push applications, mappings, settings of a region."""

from __future__ import annotations

from decaf.base.arn import Arn
from decaf.base.events import on
from decaf.base.profile import PROFILE_STATE
from decaf.functions.mapping import MAPPING_STATE, EventSourceMapping
from decaf.persistence import accounts
from decaf.persistence.batch import Batch, Document
from decaf.persistence.changes import EventTable, KindTable
from decaf.persistence.records import ApplicationRecord, EndpointRecord, MappingRecord, ProfileRecord
from decaf.sns.platform import APPLICATION_STATE, ENDPOINT_STATE, Endpoint, PlatformApplication
from decaf.store import REGION_STATE, Region, Store


class AccountChanges:
    """The regions, platform applications, endpoints, event source mappings and profiles that changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.start_anew()
        self.by_event: EventTable = {}
        self.by_kind: KindTable = dict(
            (
                on(REGION_STATE, self._note_of_region),
                on(APPLICATION_STATE, self._note_application),
                on(ENDPOINT_STATE, self._note_endpoint),
                on(MAPPING_STATE, self._note_mapping),
                on(PROFILE_STATE, self._note_profile),
            )
        )

    def start_anew(self) -> None:
        self._regions: dict[tuple[str, str], None] = {}  # by account and name
        self._applications: dict[Arn, None] = {}
        self._endpoints: dict[Arn, None] = {}
        self._mappings: dict[Arn, None] = {}
        self._profiles: dict[str, None] = {}  # by account

    def reset(self, account: str | None) -> None:
        self._regions = {key: None for key in self._regions if account not in (None, key[0])}
        self._applications = {arn: None for arn in self._applications if account not in (None, arn.account)}
        self._endpoints = {arn: None for arn in self._endpoints if account not in (None, arn.account)}
        self._mappings = {arn: None for arn in self._mappings if account not in (None, arn.account)}
        self._profiles = {name: None for name in self._profiles if account not in (None, name)}

    def note_region(self, region: Region) -> None:
        self._note_of_region(region)
        if region.account in self._store.profiles.own():
            self._note_profile(region.account)
        for application in region.platform_applications.values():
            self._applications[application.arn] = None
            for arn in application.endpoints:
                self._endpoints[arn] = None
        for mapping in region.mappings.values():
            self._note_mapping(mapping)

    def _note_of_region(self, region: Region) -> None:
        self._regions[region.account, region.name] = None

    def _note_application(self, application: PlatformApplication) -> None:
        self._applications[application.arn] = None

    def _note_endpoint(self, endpoint: Endpoint) -> None:
        self._endpoints[endpoint.arn] = None

    def _note_mapping(self, mapping: EventSourceMapping) -> None:
        self._mappings[mapping.arn] = None

    def _note_profile(self, account: str) -> None:
        self._profiles[account] = None

    def take(self, batch: Batch) -> None:
        for account, name in self._regions:
            record = accounts.write_region(self._store.region(account, name))
            batch.documents.append(Document("region", f"{account}/{name}", account, record))
        for arn in self._applications:
            batch.documents.append(Document("application", str(arn), arn.account, self._application(arn)))
        for arn in self._endpoints:
            batch.documents.append(Document("endpoint", str(arn), arn.account, self._endpoint(arn)))
        for arn in self._mappings:
            batch.documents.append(Document("mapping", str(arn), arn.account, self._mapping(arn)))

        for account in self._profiles:
            batch.documents.append(Document("profile", account, account, self._profile(account)))

    def _profile(self, account: str) -> ProfileRecord | None:
        profile = self._store.profiles.own().get(account)
        return None if profile is None else accounts.write_profile(account, profile)

    def _application(self, arn: Arn) -> ApplicationRecord | None:
        application = self._store.find_application(arn)
        return None if application is None else accounts.write_application(application)

    def _endpoint(self, arn: Arn) -> EndpointRecord | None:
        application, endpoint = self._store.find_application(arn), self._store.find_endpoint(arn)
        return None if application is None or endpoint is None else accounts.write_endpoint(endpoint, application)

    def _mapping(self, arn: Arn) -> MappingRecord | None:
        uuid = arn.resource.partition(":")[2]
        mapping = self._store.region(arn.account, arn.region).mappings.get(uuid)
        return None if mapping is None else accounts.write_mapping(mapping)
