"""Decaf as the answer to every botocore client of this process, whenever it was made.

Two methods of botocore are replaced while an interception lasts: `RequestSigner.sign`, which all requests pass on
their way, and `Endpoint._send`, the one step that opens a socket. Both are found on their class at each call, so it
does not matter when a client was made, nor in which session; botocore's events are emitted as ever. aiobotocore has
its own of both.

Rule: the replaced methods are the state of the process, not of an object; so is the list of who answers.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import botocore.endpoint
import botocore.session
import botocore.signers
from botocore import UNSIGNED
from botocore.credentials import RefreshableCredentials

from decaf.api import lambda_, sts
from decaf.testing import moto
from decaf.testing.decaf import Decaf
from decaf.testing.prepared import respond, respond_async
from decaf_protocol import is_account

SERVICES = frozenset({"sqs", "sns", "sts", "lambda"})
# Services of which Decaf has these operations alone.
_PARTLY: Mapping[str, Container[str]] = {"sts": sts.OPERATIONS, "lambda": lambda_.OPERATIONS}
_DATE = "20120101T000000Z"  # of all that is not signed

_lock = threading.Lock()
_answering: list[Answering] = []
_passing: set[str] = set()  # accounts that were made for tests
_replaced: list[tuple[type, str, Any]] = []


class NotMocked(Exception):
    """A request to a service that Decaf does not have, and that would have reached AWS."""


@dataclass(slots=True, eq=False)
class Answering:
    """Who answers from now on: the server that `decaf()` returns, in `account`.

    With `every_endpoint`, clients that name an endpoint of another server are answered too. An account is `passing` if
    it was made for one test: a client that has it as its key, by the environment, acts in the present account all the
    same, also in a later test.
    """

    decaf: Callable[[], Decaf]
    account: str
    every_endpoint: bool = False
    passing: bool = True


def begin(answering: Answering) -> None:
    """Let it answer the requests of all clients, until `end`. The last that began answers."""
    with _lock:
        if not _answering:
            _replace_methods()
        _answering.append(answering)
        if answering.passing:
            _passing.add(answering.account)


def end(answering: Answering) -> None:
    """Let it answer no more; after the last, botocore is as it was before."""
    with _lock:
        _answering.remove(answering)
        if not _answering:
            for owner, name, method in reversed(_replaced):
                setattr(owner, name, method)
            _replaced.clear()
            moto.take_back()


def current() -> Answering | None:
    """Returns who answers at present."""
    last = _answering[-1:]  # another thread may take it away meanwhile
    return last[0] if last else None


def _replace_methods() -> None:
    _replace(botocore.signers.RequestSigner, "sign", _signing)
    _replace(botocore.endpoint.Endpoint, "_send", _sending)
    with suppress(ImportError):
        import aiobotocore.endpoint
        import aiobotocore.signers

        _replace(aiobotocore.signers.AioRequestSigner, "sign", _signing_async)
        _replace(aiobotocore.endpoint.AioEndpoint, "_send", _sending_async)


def _replace(owner: type, name: str, replacement: Callable[[Any], Any]) -> None:
    method = owner.__dict__[name]
    _replaced.append((owner, name, method))
    setattr(owner, name, replacement(method))


def _signing(sign: Any) -> Any:
    def signed(signer: Any, operation_name: str, request: Any, *more: Any, **named: Any) -> Any:
        if more or named:
            with _presigned(signer, request):
                sign(signer, operation_name, request, *more, **named)
        elif not _sign_for_decaf(signer, request):
            sign(signer, operation_name, request)

    return signed


def _signing_async(sign: Any) -> Any:
    async def signed(signer: Any, operation_name: str, request: Any, *more: Any, **named: Any) -> Any:
        if more or named:
            with _presigned(signer, request):
                await sign(signer, operation_name, request, *more, **named)
        elif not _sign_for_decaf(signer, request):
            await sign(signer, operation_name, request)

    return signed


@contextmanager
def _presigned(signer: Any, request: Any) -> Iterator[None]:
    """Let the URL that is signed meanwhile lead to Decaf and the account, if Decaf answers it."""
    answering = _answering_to(signer._signing_name, request.url)
    if answering is not None:
        request.url = answering.decaf().url + request.url.removeprefix(_origin(request.url))
    yield
    if answering is not None and (key := _given_key(signer)) is not None:
        request.url = request.url.replace(f"X-Amz-Credential={key}", f"X-Amz-Credential={_account(key, answering)}")


def _sending(send: Any) -> Any:
    def sent(endpoint: Any, prepared: Any) -> Any:
        answering = _answering_to(endpoint._endpoint_prefix, prepared.url)
        if answering is not None:
            return respond(answering.decaf(), prepared, endpoint)
        if _is_of_aws(prepared.url):
            return moto.respond(prepared) or _refuse(endpoint, prepared)
        return send(endpoint, prepared)

    return sent


def _sending_async(send: Any) -> Any:
    async def sent(endpoint: Any, prepared: Any) -> Any:
        answering = _answering_to(endpoint._endpoint_prefix, prepared.url)
        if answering is not None:
            return await respond_async(answering.decaf(), prepared, endpoint)
        if _is_of_aws(prepared.url):
            return _refuse(endpoint, prepared)
        return await send(endpoint, prepared)

    return sent


def _refuse(endpoint: Any, prepared: Any) -> Any:
    service = endpoint._endpoint_prefix
    raise NotMocked(
        f"{prepared.method} {prepared.url}: Decaf has SQS, SNS, STS and Lambda, not {service}, and lets no request "
        f"reach AWS. Mock {service} with moto (mock_aws), or name its server in the client's endpoint_url."
    )


def _sign_for_decaf(signer: Any, request: Any) -> bool:
    """Returns whether a request needs no signature, and writes who sends it where Decaf answers it.

    Nobody checks a signature here, but for that of a declared identity; and credentials of a profile would be fetched
    first, over the network.
    """
    signing = request.context.get("signing") or {}
    service = signing.get("signing_name") or signer._signing_name
    key = _given_key(signer)
    answering = _answering_to(service, request.url)
    if answering is None:
        return key is None and _is_of_aws(request.url)
    moto.set_aside(_has)  # before the event that moto answers by
    if signer._signature_version is UNSIGNED:
        return False
    decaf = answering.decaf()
    if key is not None and decaf.is_here and decaf.world.access.identities.find(key) is not None:
        request.url = decaf.url + request.url.removeprefix(_origin(request.url))  # its host is signed
        return False
    account = _account(key, answering)
    region = signing.get("region") or signer._region_name
    scope = f"{account}/{_DATE[:8]}/{region}/{service}/aws4_request"
    for name in ("Authorization", "X-Amz-Date"):
        del request.headers[name]  # or there would be two
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
    request.headers["X-Amz-Date"] = _DATE
    return True


def _given_key(signer: Any) -> str | None:
    """Returns the access key of a client, None where it has none or would first have to fetch one."""
    credentials = signer._credentials
    if credentials is None or isinstance(credentials, RefreshableCredentials):
        return None
    return str(credentials.access_key)


def _account(key: str | None, answering: Answering) -> str:
    named = key is not None and is_account(key) and key not in _passing
    return str(key) if named else answering.account


def _has(service: str, operation: str) -> bool:
    """Returns whether Decaf has an operation; moto may have others of STS and Lambda."""
    return service in SERVICES and (service not in _PARTLY or operation in _PARTLY[service])


def _answering_to(service: str, url: str) -> Answering | None:
    """Returns who answers a request of a service to `url`, None if that is not Decaf."""
    answering = current()
    if answering is None or service not in SERVICES:
        return None
    if answering.every_endpoint or _is_of_aws(url) or _origin(url) in _origins(answering):
        return answering
    return None


def _is_of_aws(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host.endswith(_aws_domains())


def _origins(answering: Answering) -> set[str]:
    """Returns the addresses that are Decaf's: its own, and those of the environment, which no code names."""
    return {answering.decaf().url, *_configured(os.environ)}


def _configured(environment: Mapping[str, str]) -> list[str]:
    names = ("AWS_ENDPOINT_URL", *(f"AWS_ENDPOINT_URL_{service.upper()}" for service in SERVICES))
    return [_origin(environment[name]) for name in names if name in environment]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@cache
def _aws_domains() -> tuple[str, ...]:
    """Returns the domains of AWS's endpoints, in all its partitions."""
    loader = botocore.session.Session().get_component("data_loader")
    outputs = [partition["outputs"] for partition in loader.load_data("partitions")["partitions"]]
    return tuple(sorted({f".{one[name]}" for one in outputs for name in ("dnsSuffix", "dualStackDnsSuffix")}))
