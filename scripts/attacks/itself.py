"""Subscriptions that make Decaf send requests to itself: to its control API, and in loops."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from decaf.delivery.own_address import MOST
from scripts.attacks.attack import Ping, Scale, check
from tests.durable.process import Process

_HOSTS = ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0.0.0.0", "[::ffff:127.0.0.1]", "127.8.8.8")
_PATHS = ("/_decaf/reset", "/moto-api/reset", "/%5Fdecaf/reset", "/a/../_decaf/reset", "/_decaf/clock/freeze?a=b")


def control(scale: Scale) -> str:
    """By every name that leads here."""
    with scale.server() as server:
        sns = server.client("sns")
        topic = sns.create_topic(Name="itself")["TopicArn"]
        endpoints = [f"http://{host}:{server.port}{path}" for host in _HOSTS for path in _PATHS]
        for endpoint in endpoints:
            mark = server.control.mark()
            sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
            failed = server.control.wait_for("NotificationFailed", since=mark)
            reasons = [event.reason or "" for event in failed]
            check("deliveries cannot call the control API" in reasons[0], f"{endpoint} failed otherwise: {reasons}")
        check(len(sns.list_topics()["Topics"]) == 1 and not server.control.clock().frozen, "a delivery had an effect")
        sns.close()
    return f"{len(endpoints)} endpoints that lead to the control API or another emulator's reset are not reached"


def loop(scale: Scale) -> str:
    """Two topics that publish to each other by AWS calls of this server."""
    published = scale.count(5, 50)
    with scale.server() as server:
        sns = server.client("sns")
        first, second = (sns.create_topic(Name=name)["TopicArn"] for name in ("first", "second"))
        for topic, other in ((first, second), (second, first)):
            _confirm(server, sns, topic, other)
        server.control.advance(0)  # the requests to confirm have ended
        with Ping(server) as ping:
            mark = server.control.mark()
            for _ in range(published):
                sns.publish(TopicArn=first, Message="latte")
            failed = server.control.wait_for("NotificationFailed", since=mark, count=published)
        check(all("a loop" in (event.reason or "") for event in failed), f"it failed otherwise: {failed}")
        made = len(server.control.events(kind="NotificationPublished", since=mark))
        check(made <= published * (MOST + 1), f"{published} notifications led to {made}")
        sns.close()
    return f"{published} notifications in a loop led to {made} in all, then each ended; {ping.held()}"


def _confirm(server: Process, sns: Any, topic: str, other: str) -> None:
    """Subscribe the publishing of `other` to `topic`, and confirm it as its endpoint cannot."""
    endpoint = f"{server.url}/?{urlencode({'Action': 'Publish', 'TopicArn': other, 'Message': 'again'})}"
    mark = server.control.mark()
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
    server.control.wait_for("NotificationDelivered", since=mark)
    (pending,) = server.control.subscriptions(topic)
    sns.confirm_subscription(TopicArn=topic, Token=pending.token)
