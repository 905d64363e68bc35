"""Endpoints that accept connections and never respond, beside one that does, and a server that is stopped meanwhile."""

from __future__ import annotations

from scripts.attacks.attack import Ping, Scale, check
from tests.endpoint import HANG, Endpoint

_SOON = 10.0  # seconds, less than the 15 after which an endpoint is given up


def dead(scale: Scale) -> str:
    crowd = scale.count(100, 500)
    with scale.server("--shutdown-grace", "1") as server, Endpoint(*[HANG] * crowd) as hanging, Endpoint() as living:
        sns = server.client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        with Ping(server) as ping:
            for number in range(crowd):
                sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{hanging.url}{number}")
            mark = server.control.mark()
            sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=living.url)
            server.control.wait_for("NotificationDelivered", since=mark, timeout=_SOON)
            sns.confirm_subscription(TopicArn=topic, Token=living.received[0].envelope["Token"])
            sns.publish(TopicArn=topic, Message="latte")
            server.control.wait_for("NotificationDelivered", since=mark, count=2, timeout=_SOON)
        sns.close()
        check(len(living.of()) == 1, "the endpoint that responds got nothing")
        check(server.stop() == 0, "the server did not stop with status 0")
        server.start()
    return f"{crowd} endpoints that never respond delay no other, nor the stop; {ping.held()}"
