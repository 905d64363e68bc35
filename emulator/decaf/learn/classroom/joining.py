"""Coming into a room from a terminal: the call of the front, and the file that keeps the place.

Rule: the file has the token of the learner's server, so only its owner can read it.
"""

from __future__ import annotations

import http.client
import json
import os
import tomllib
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

FILE = "class.toml"  # in the course's directory
_TIMEOUT = 120.0  # seconds: many servers may start at once


class Join(msgspec.Struct, forbid_unknown_fields=True):
    """What a learner sends to come in; with the `token` of before they come back."""

    name: str
    code: str
    token: str = ""


class Joined(msgspec.Struct):
    """A learner's place: the server's `url`, the address of its `page` with the token, and the token alone."""

    name: str
    url: str
    page: str
    token: str


class _Error(msgspec.Struct):
    error: str


S = TypeVar("S", bound=msgspec.Struct)


class NotIn(Exception):
    """A room does not let a learner in, or is not there; the text says why."""


class Place(msgspec.Struct, frozen=True):
    """A place in a room: the address of its front, the URL of the learner's server, the token of both, and the
    learner's name.
    """

    front: str
    url: str
    token: str
    name: str = ""


def join(front: str, code: str, name: str, token: str = "") -> Joined:
    """Returns a learner's place in the room with that address; with the `token` of before, the same place again.

    Raises NotIn.
    """
    body = msgspec.json.encode(Join(name, code, token))
    return _decoded(_post(front, "join", body, ""), Joined)


def restart(place: Place) -> None:
    """Let the room end the learner's server as a power failure does; returns when it is ready again. Raises NotIn."""
    _post(place.front, "restart", b"{}", place.token)


def look(place: Place) -> None:
    """Let the room look at what the learner's server shows, now that a run has ended. Raises NotIn."""
    _post(place.front, "look", b"{}", place.token)


def read_place(directory: Path) -> Place | None:
    """Returns the place that a course's directory has, None if it has none."""
    try:
        values = tomllib.loads((directory / FILE).read_text(encoding="utf-8"))
        return Place(str(values["front"]), str(values["url"]), str(values["token"]), str(values.get("name", "")))
    except (OSError, ValueError, KeyError):
        return None


def write_place(directory: Path, place: Place) -> None:
    """Keep a place in a course's directory."""
    directory.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in _values(place).items()]
    text = "".join(["# Your place in a room of learners; decaf learn leave deletes it.\n", *lines])
    with open(directory / FILE, "w", encoding="utf-8", opener=_private) as file:
        file.write(text)


def leave(directory: Path) -> bool:
    """Delete the place that a course's directory has. Returns whether it had one."""
    had = (directory / FILE).exists()
    (directory / FILE).unlink(missing_ok=True)
    return had


def _values(place: Place) -> dict[str, str]:
    return {"front": place.front, "url": place.url, "token": place.token, "name": place.name}


def _post(front: str, path: str, body: bytes, key: str) -> bytes:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    connection = http.client.HTTPConnection(urlsplit(front).netloc, timeout=_TIMEOUT)
    try:
        connection.request("POST", f"/{path}", body, headers)
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NotIn(f"no room answers at {front}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise NotIn(_decoded(answer, _Error).error)
    return answer


def _decoded(answer: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.DecodeError:
        raise NotIn("what answers there is no room of decaf learn --class") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
