"""All the ways by which messages reach subscribers: the courier, with a transport for each protocol.

Rule: here alone is known which protocols there are and what delivers them. Every transport can be made to fail on
purpose, and knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from decaf.base.clock import Clock
from decaf.base.events import Events
from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.delivery.courier import ConfirmingTransport, Courier, DirectTransport, Transport
from decaf.delivery.scheduler import RemoteTransport
from decaf.delivery.transports.email import ToMailBoxes
from decaf.delivery.transports.envelope import EnvelopeSigner
from decaf.delivery.transports.faulty import Faulty, FaultyDirect, FaultyRemote
from decaf.delivery.transports.firehose import ToStreams
from decaf.delivery.transports.http import ToEndpoints
from decaf.delivery.transports.lambda_ import ToFunctions
from decaf.delivery.transports.push import ToApps
from decaf.delivery.transports.signing import Signer
from decaf.delivery.transports.sms import ToPhones
from decaf.delivery.transports.sqs import ToQueues
from decaf.faults.rules import Faults
from decaf.sns.function import Functions
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
    memory_limit: MemoryLimit | None,
) -> Courier:
    """The courier of a world. Raises BadSetting for a mail server that is none."""
    envelopes = EnvelopeSigner(signer)
    queues, phones = ToQueues(store, ids, envelopes, memory_limit), ToPhones(store, settings, events)
    apps = ToApps(store, envelopes, events)
    mails = {name: ToMailBoxes(store, envelopes, as_json=name == "email-json") for name in ("email", "email-json")}
    streams, endpoints = (
        ToStreams(store.inbox, envelopes, settings.firehose_dir),
        ToEndpoints(store, settings, envelopes),
    )
    transports: dict[str, Transport] = {"sqs": queues, "sms": phones, "application": apps, "firehose": streams, **mails}
    confirming: dict[str, ConfirmingTransport] = {"sqs": queues, "application": apps, "firehose": streams, **mails}
    direct: dict[str, DirectTransport] = {"sms": phones, "application": apps}
    remote: dict[str, RemoteTransport] = {
        "http": endpoints,
        "https": endpoints,
        "lambda": ToFunctions(functions, envelopes),
    }
    if settings.smtp_url:
        remote |= _through_mail_server(mails, clock, settings)
    return Courier(
        store=store,
        clock=clock,
        settings=settings,
        ids=ids,
        events=events,
        transports={name: Faulty(transport, faults) for name, transport in transports.items()},
        confirming=confirming,
        direct={name: FaultyDirect(transport, name, faults) for name, transport in direct.items()},
        remote={name: FaultyRemote(transport, faults, clock.now) for name, transport in remote.items()},
        dead_letters=queues,
    )


def _through_mail_server(
    mails: Mapping[str, ToMailBoxes], clock: Clock, settings: Settings
) -> dict[str, RemoteTransport]:
    from decaf.delivery.transports.smtp import ToMailServer, read_server

    server = read_server(settings.smtp_url, settings.https_trust)
    return {name: ToMailServer(boxes, server, clock) for name, boxes in mails.items()}
