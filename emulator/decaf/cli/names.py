"""Names of queues and topics as arguments: shells complete them with those that a running server has."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from decaf.cli.address import settings_of, url_of

_PATIENCE = 1.0  # seconds that a server has to answer


class _Name(click.ParamType[str]):
    """A name; another form, such as an ARN, is taken as it is."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from decaf.control.route import Refused
        from decaf.testing.http_client import NoServer

        try:
            url = ctx.params.get("url") or url_of(settings_of(None, {}))
            return [CompletionItem(name) for name in self.find(url, ctx.params.get("account"), incomplete)]
        except (NoServer, Refused, click.ClickException):
            return []

    def find(self, url: str, account: str | None, prefix: str) -> list[str]:
        """Returns the names that start with `prefix`, of one account or of all."""
        raise NotImplementedError


class QueueName(_Name):
    """The name of a queue."""

    name = "queue"

    def find(self, url: str, account: str | None, prefix: str) -> list[str]:
        from decaf.control.queues import FIND_QUEUES, FindQueues
        from decaf.testing.http_client import call

        request = FindQueues(account=account, prefix=prefix)
        return sorted({queue.name for queue in call(url, FIND_QUEUES, request, _PATIENCE).queues})


class TopicName(_Name):
    """The name of a topic."""

    name = "topic"

    def find(self, url: str, account: str | None, prefix: str) -> list[str]:
        from decaf.control.topics import FIND_TOPICS, FindTopics
        from decaf.testing.http_client import call

        request = FindTopics(account=account, prefix=prefix)
        return sorted({topic.name for topic in call(url, FIND_TOPICS, request, _PATIENCE).topics})
