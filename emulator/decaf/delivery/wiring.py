"""Which transport delivers each protocol: the courier, built with all transports.

Rule: no other file knows which protocols there are and what delivers them. Each transport that delivers is wrapped so
that injected faults can make it fail; it does not know of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from decaf.access.deliveries import Deliveries
from decaf.base.clock import Clock
from decaf.base.events import Events
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.delivery.courier import Courier
from decaf.delivery.other_worlds import Arrivals, ByOtherWorlds, OtherWorlds, ToOtherWorlds
from decaf.delivery.own_address import OwnAddress
from decaf.delivery.transport import ConfirmingTransport, DirectTransport, RemoteTransport, Transport
from decaf.delivery.transports.destinations import ToDestinations
from decaf.delivery.transports.email import ToMailBoxes
from decaf.delivery.transports.envelope import Envelopes
from decaf.delivery.transports.faulty import FaultyDirect, FaultyRemote, FaultyTransport
from decaf.delivery.transports.firehose import ToStreams
from decaf.delivery.transports.http import ToEndpoints
from decaf.delivery.transports.lambda_ import Invoke, ToFunctions
from decaf.delivery.transports.push import ToApps
from decaf.delivery.transports.signing import Signer
from decaf.delivery.transports.sms import ToPhones
from decaf.delivery.transports.sqs import ToQueues
from decaf.faults.rules import Faults
from decaf.functions.function import Functions
from decaf.sqs.memory_limit import MemoryLimit
from decaf.store import Store


def make_courier(
    *,
    store: Store,
    clock: Clock,
    settings: Settings,
    ids: Ids,
    events: Events,
    signer: Signer,
    faults: Faults,
    functions: Functions,
    invoke: Invoke,
    memory_limit: MemoryLimit | None,
    own_address: OwnAddress,
    access: Deliveries,
    others: OtherWorlds | None = None,
) -> Courier:
    """Returns a courier for all protocols. Raises BadSetting for a mail server or certificates that cannot be used."""
    envelopes = Envelopes(signer)
    queues = ToQueues(store, ids, envelopes, memory_limit, access)
    phones = ToPhones(store, settings, events)
    apps = ToApps(store, envelopes, events)
    streams = ToStreams(store.inbox, envelopes, settings.firehose_dir)
    endpoints = ToEndpoints(store, settings, envelopes, own_address)
    mails = {name: ToMailBoxes(store, envelopes, as_json=name == "email-json") for name in ("email", "email-json")}

    transports: dict[str, Transport] = {"sqs": queues, "sms": phones, "application": apps, "firehose": streams, **mails}
    confirming: dict[str, ConfirmingTransport] = {"sqs": queues, "application": apps, "firehose": streams, **mails}
    direct: dict[str, DirectTransport] = {"sms": phones, "application": apps}
    remote: dict[str, RemoteTransport] = {"http": endpoints, "https": endpoints}
    remote["lambda"] = to_functions = ToFunctions(functions, envelopes, invoke, access, clock.now)
    if settings.smtp_url:  # then mails are delivered to that server, and not to the inbox at once
        remote |= _mail_server(mails, clock, settings)

    by_others: ByOtherWorlds | None = None
    if others is not None:
        by_others = ByOtherWorlds(others, FaultyRemote(ToOtherWorlds(others), faults, clock.now))

    destinations = ToDestinations(store, ids, memory_limit, lambda *published: courier.publish(*published), invoke)
    courier = Courier(
        store=store,
        clock=clock,
        settings=settings,
        ids=ids,
        events=events,
        transports={name: FaultyTransport(transport, faults) for name, transport in transports.items()},
        confirming=confirming,
        direct={name: FaultyDirect(transport, name, faults) for name, transport in direct.items()},
        remote={name: FaultyRemote(transport, faults, clock.now) for name, transport in remote.items()},
        dead_letter_queues=queues,
        destinations=destinations,
        arrivals=Arrivals(queues, to_functions, destinations, clock.now),
        by_others=by_others,
    )
    return courier


def _mail_server(mails: Mapping[str, ToMailBoxes], clock: Clock, settings: Settings) -> dict[str, RemoteTransport]:
    from decaf.delivery.transports.smtp import ToMailServer, read_server

    server = read_server(settings.smtp_url, settings.https_trust)
    return {name: ToMailServer(boxes, server, clock) for name, boxes in mails.items()}
