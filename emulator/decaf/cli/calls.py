"""Calls of AWS's operations to a running server, as an SDK makes them: AWS JSON to SQS, AWS Query to SNS.

Rule: only the standard library's HTTP. An SDK would take longer to load than the call takes.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from decaf import __version__
from decaf.base.arn import Arn, read_arn
from decaf.control.naming import is_of_topic, is_queue
from decaf.control.route import Refused
from decaf.testing.control import Control
from decaf.testing.environment import ACCOUNT
from decaf.testing.http_client import NoServer

_DATE = "20260101T000000Z"  # any date: what is signed by an account is not verified, but has to be whole


class Calls:
    """The calls of one account in one region (None: the server's) to the server of `control`.

    They raise Refused when AWS would refuse them, and NoServer when no server answers.
    """

    def __init__(self, control: Control, region: str | None = None, account: str | None = None) -> None:
        self._url = control.url
        self._account = account or control.account or ACCOUNT
        self._region = region or ""

    @classmethod
    def of(cls, control: Control, arn: Arn) -> Calls:
        """Returns the calls of the account and the region of a queue or a topic."""
        return cls(control, arn.region, arn.account)

    def sqs(self, operation: str, **params: Any) -> dict[str, Any]:
        """Returns the result of an operation of SQS; parameters that are None are left out."""
        body = json.dumps({name: value for name, value in params.items() if value is not None})
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}"}
        return self._post("sqs", headers, body)

    def sns(self, operation: str, **params: str | None) -> dict[str, Any]:
        """Returns the result of an operation of SNS; parameters that are None are left out."""
        form = {name: value for name, value in params.items() if value is not None}
        body = urlencode({"Action": operation, "Version": "2010-03-31", **form})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        response: dict[str, Any] = self._post("sns", headers, body)[f"{operation}Response"]
        result: dict[str, Any] = response.get(f"{operation}Result", {})  # some operations have none
        return result

    def _post(self, service: str, headers: Mapping[str, str], body: str) -> dict[str, Any]:
        scope = f"{self._account}/{_DATE[:8]}/{self._region}/{service}/aws4_request"
        authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
        connection = http.client.HTTPConnection(urlsplit(self._url).netloc)
        try:
            agent = f"decaf/{__version__}"
            signed = {**headers, "Authorization": authorization, "X-Amz-Date": _DATE, "User-Agent": agent}
            connection.request("POST", "/", body.encode(), signed)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException) as error:
            raise NoServer(f"no server answers at {self._url}: {getattr(error, 'strerror', None) or error}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise Refused(_reason(answer), response.status)
        return answer


def find_queue(control: Control, name: str) -> Arn:
    """Returns the ARN of the queue that a name, a URL or an ARN means. Raises Refused when it is none, or several."""
    bare = name.rpartition("/")[2].rpartition(":")[2]
    arns = [read_arn(queue.arn) for queue in control.queues(bare)]
    return _only("queue", name, [arn for arn in arns if arn is not None and is_queue(arn, name)])


def find_topic(control: Control, name: str) -> Arn:
    """Returns the ARN of the topic that a name or an ARN means. Raises Refused when it is none, or several."""
    arns = [read_arn(topic.arn) for topic in control.topics(name.rpartition(":")[2])]
    return _only("topic", name, [arn for arn in arns if arn is not None and is_of_topic(arn, name)])


def _only(kind: str, name: str, found: list[Arn]) -> Arn:
    if not found:
        raise Refused(f"there is no {kind} {name}", 404)
    if len(found) > 1:
        raise Refused(f"several {kind}s are named {name}: {', '.join(map(str, found))}")
    return found[0]


def _reason(answer: Mapping[str, Any]) -> str:
    """Returns code and message of an error, as SNS and SQS write it in JSON."""
    error = answer.get("Error")
    if isinstance(error, dict):
        return f"{error['Code']}: {error['Message']}"
    return f"{answer['__type'].rpartition('#')[2]}: {answer['message']}"
