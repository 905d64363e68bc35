"""What happens to the endpoints of a platform application, told to the topics that the application names for it.

Source: Amazon SNS Developer Guide, "Mobile app events"; the form of the messages is that of the real service.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from decaf.base.arn import read_arn
from decaf.base.ids import Ids
from decaf.sns.notification import Notification, timestamp
from decaf.sns.platform import Endpoint, PlatformApplication
from decaf.sns.topic import Topic
from decaf.sns.topic_attributes import signature_version
from decaf.store import Store

ApplicationEvent = Literal["EndpointCreated", "EndpointUpdated", "EndpointDeleted", "DeliveryFailure"]


class ApplicationEvents:
    """Publishes them, with `publish`: topic, notification, time."""

    def __init__(self, store: Store, ids: Ids, publish: Callable[[Topic, Notification, float], None]) -> None:
        self._store = store
        self._ids = ids
        self._publish = publish

    def tell(
        self,
        event: ApplicationEvent,
        application: PlatformApplication,
        endpoint: Endpoint,
        facts: Mapping[str, Any],
        base_url: str,
        now: float,
    ) -> None:
        """Publish `event` to the topic that `application` names for its kind, if it names one that exists.

        `facts` are what the message says of this kind of event; `base_url` is where whoever caused it reaches us.
        """
        topic = self._topic(application, event)
        if topic is None:
            return
        told = {
            "EndpointArn": str(endpoint.arn),
            "EventType": event,
            "Resource": str(application.arn),
            "Service": "SNS",
            "Time": timestamp(now),
            **facts,
        }
        notification = Notification(
            message_id=self._ids.uuid(),
            source=topic.arn,
            message=json.dumps(dict(sorted(told.items())), ensure_ascii=False, separators=(",", ":")),
            at=now,
            base_url=base_url,
            signature_version=signature_version(topic),
            subject=f"{event} event for app {application.name} ({application.platform})",
        )
        self._publish(topic, notification, now)

    def _topic(self, application: PlatformApplication, event: ApplicationEvent) -> Topic | None:
        named = application.attributes.get(f"Event{event}")
        arn = None if named is None else read_arn(named)
        topic = None if arn is None else self._store.find_topic(arn)
        return None if topic is None or topic.is_fifo else topic
