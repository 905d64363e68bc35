"""Events of mobile apps: what happens to a platform application's endpoints, as messages for topics it names.

Source: Amazon SNS Developer Guide, "Mobile app events"; the form of the messages is that of the real service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from decaf.sns.notification import timestamp
from decaf.sns.platform import Endpoint, PlatformApplication

EventType = Literal["EndpointCreated", "EndpointUpdated", "EndpointDeleted", "DeliveryFailure"]


class ApplicationEvent(msgspec.Struct, frozen=True):
    """One event of an endpoint. `details` are the members of the message that only this type of event has.

    `base_url` is the URL by which the client that caused the event reaches this server.
    """

    type: EventType
    application: PlatformApplication
    endpoint: Endpoint
    details: Mapping[str, Any]
    base_url: str

    @property
    def topic_arn(self) -> str | None:
        """The topic that the application names for events of this type, None if it names none."""
        named: str | None = self.application.attributes.get(f"Event{self.type}")
        return named

    @property
    def subject(self) -> str:
        return f"{self.type} event for app {self.application.name} ({self.application.platform})"

    def message(self, now: float) -> str:
        """Returns the message that reports the event, as JSON."""
        members = {
            "EndpointArn": str(self.endpoint.arn),
            "EventType": self.type,
            "Resource": str(self.application.arn),
            "Service": "SNS",
            "Time": timestamp(now),
            **self.details,
        }
        return json.dumps(dict(sorted(members.items())), ensure_ascii=False, separators=(",", ":"))
