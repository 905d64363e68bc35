"""Resources declared in TOML: `[[queues]]`, `[[topics]]`, `[[subscriptions]]` and the like.

Rule: keys that begin with a capital letter are AWS's attributes, and are sent in its calls as they are; the others are
Decaf's, each checked here. A queue or topic may be given by its name alone, for one in the same account and region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from decaf.base.arn import Arn, read_arn
from decaf.base.settings import SETTINGS
from decaf.base.toml import Table, parse
from decaf.declared.calls import Caller, Place
from decaf.declared.resource import BadDeclaration, EndpointOf, Origin, Resource
from decaf.declared.value import queue_arn, with_queue_arns
from decaf.functions.function import function_arn
from decaf_protocol import is_account, is_region, models

_NOUNS = {"account": "an account", "region": "a region"}
_REDRIVES = ("RedrivePolicy", "RedriveAllowPolicy")


def read_toml(text: str, source: str, place: Place) -> list[Resource]:
    """Return the resources of a TOML document; `place` is for those that name none. Raises BadDeclaration."""
    try:
        document = parse(text, source)
    except ValueError as error:
        raise BadDeclaration(str(error)) from None
    for kind, tables in document.items():
        where = f"{source}:{document.lines[kind]}"
        if kind not in KINDS:
            known = (
                f"{kind!r} is a setting, for decaf.toml only" if kind in SETTINGS else f"there is no resource {kind!r}"
            )
            raise BadDeclaration(f"{where}: {known}")
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise BadDeclaration(f"{where}: {kind} are tables: [[{kind}]]")
    return read_tables(document, source, place)


def read_tables(document: Mapping[str, Sequence[Mapping[str, Any]]], source: str, place: Place) -> list[Resource]:
    """Return the resources of tables, by their kind; `source` is for tables of no document. Raises BadDeclaration."""
    return [
        resource
        for kind, tables in document.items()
        for number, table in enumerate(tables)
        for resource in KINDS[kind](_Reader(table, source, place, kind, number))
    ]


class _Reader:
    """The keys of one table, each read once, and the calls for its resources."""

    def __init__(self, table: Mapping[str, Any], source: str, default: Place, kind: str, number: int) -> None:
        self._left = dict(table)
        name = table.get("name", table.get("endpoint", table.get("token", table.get("queue"))))
        called = name if isinstance(name, str) else f"number {number + 1}"
        what = f"{kind.removesuffix('s').replace('_', ' ')} {called}"
        if isinstance(table, Table):
            self.origin = Origin(table.source, table.line, what, table.lines)
        else:
            self.origin = Origin(source, None, what)
        account, region = self._named("account", is_account), self._named("region", is_region)
        self.place = Place(account or default.account, region or default.region)
        self.call = Caller(self.origin, self.place)

    def text(self, key: str) -> str:
        found = self.text_or_none(key)
        if found is None:
            raise self.origin.bad(f"needs {key}")
        return found

    def text_or_none(self, key: str) -> str | None:
        found = self._left.pop(key, None)
        if found is not None and not isinstance(found, str):
            raise self.origin.bad(f"{key} is text, not {found!r}", key)
        return found

    def truth(self, key: str) -> bool:
        found = self._left.pop(key, False)
        if not isinstance(found, bool):
            raise self.origin.bad(f"{key} is true or false, not {found!r}", key)
        return found

    def table(self, key: str) -> Mapping[str, Any]:
        found = self._left.pop(key, {})
        if not isinstance(found, Mapping):
            raise self.origin.bad(f"{key} is a table, not {found!r}", key)
        return found

    def inner(self, key: str) -> Iterator[_Reader]:
        """Yield the readers of a list of tables in this one, of the same account and region."""
        found = self._left.pop(key, [])
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            raise self.origin.bad(f"{key} are tables, not {found!r}", key)
        for number, table in enumerate(found):
            yield _Reader(table, self.origin.source, self.place, f"{self.origin.what}, {key}", number)

    def attributes(self) -> dict[str, Any]:
        """Return the keys that are left: they must be AWS's attributes."""
        for key in self._left:
            if not key[:1].isupper():
                raise self.origin.bad(f"there is no key {key!r}", key)
        return {
            name: with_queue_arns(value, self.place.account, self.place.region) if name in _REDRIVES else value
            for name, value in self._left.items()
        }

    def topic(self) -> Arn:
        """Return the topic, given by its name or ARN. The calls are then made in its region."""
        named = self.text("topic")
        arn = read_arn(named) if ":" in named else Arn("sns", self.place.region, self.place.account, named)
        if arn is None:
            raise self.origin.bad(f"{named!r} is neither a topic's name nor an ARN", "topic")
        self.place = Place(self.place.account, arn.region)
        self.call = Caller(self.origin, self.place)
        return arn

    def _named(self, key: str, is_one: Callable[[str], bool]) -> str | None:
        found = self.text_or_none(key)
        if found is not None and not is_one(found):
            raise self.origin.bad(f"{found!r} is not {_NOUNS[key]}", key)
        return found


def _queue(table: _Reader) -> Iterator[Resource]:
    name, tags = table.text("name"), table.table("tags")
    yield from table.call.queue(name, table.attributes(), tags)


def _topic(table: _Reader) -> Iterator[Resource]:
    name, tags = table.text("name"), table.table("tags")
    yield from table.call.topic(name, table.attributes(), tags)


def _application(table: _Reader) -> Iterator[Resource]:
    name, platform = table.text("name"), table.text("platform")
    endpoints = list(table.inner("endpoints"))
    yield table.call.application(name, platform, table.attributes())
    for endpoint in endpoints:
        token = endpoint.text("token")
        yield endpoint.call.endpoint(_application_arn(table.place, f"{platform}/{name}"), token, endpoint.attributes())


def _subscription(table: _Reader) -> Iterator[Resource]:
    topic, protocol = table.topic(), table.text("protocol")
    endpoint = _device(table) if protocol == "application" else _endpoint(table, protocol)
    confirmed, authenticated = table.truth("confirmed"), table.truth("authenticate_on_unsubscribe")
    yield table.call.subscription(str(topic), protocol, endpoint, table.attributes())
    if confirmed:
        yield table.call.confirmation(topic, protocol, endpoint, authenticated)


def _endpoint(table: _Reader, protocol: str) -> str:
    endpoint = table.text("endpoint")
    if protocol == "sqs":
        return queue_arn(endpoint, table.place.account, table.place.region)
    if protocol == "lambda" and ":" not in endpoint:
        return str(Arn("lambda", table.place.region, table.place.account, f"function:{endpoint}"))
    return endpoint


def _device(table: _Reader) -> EndpointOf:
    """Return an app on a device, given by application and token: its ARN is different each time it is created."""
    named = table.text("application")
    arn = read_arn(named) if ":" in named else _application_arn(table.place, named)
    if arn is None:
        raise table.origin.bad(f"{named!r} is neither PLATFORM/name nor an ARN", "application")
    return EndpointOf(arn, table.text("token"))


def _mapping(table: _Reader) -> Iterator[Resource]:
    place = table.place
    queue = queue_arn(table.text("queue"), place.account, place.region)
    function = function_arn(table.text("function"), place.account, place.region)
    params = table.attributes()
    known = models.service("lambda").operations["CreateEventSourceMapping"].input.members
    for name in params.keys() - known.keys():
        raise table.origin.bad(f"an event source mapping has no parameter {name}", name)
    yield table.call.mapping(queue, function, params)


def _application_arn(place: Place, named: str) -> Arn:
    return Arn("sns", place.region, place.account, f"app/{named}")


KINDS: Mapping[str, Callable[[_Reader], Iterator[Resource]]] = {
    "queues": _queue,
    "topics": _topic,
    "subscriptions": _subscription,
    "platform_applications": _application,
    "event_source_mappings": _mapping,
}
