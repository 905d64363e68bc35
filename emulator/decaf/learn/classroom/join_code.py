"""The code that lets people into the room, and how often an address may try one.

Rule: a code is compared in constant time, and after a few wrong ones an address waits, also with the right code.
Learners who are in the room come back by their token, for which nobody has to wait.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another: I, O, 0 and 1 are left out
_LENGTH = 8  # 32**8 codes: at ten tries in a minute they last 200,000 years
_PART = 4  # letters before a dash
WRONG = 10  # wrong codes after which an address waits
WAIT = 60.0  # seconds
_MOST_ADDRESSES = 1_000  # that are remembered; the one that erred longest ago is forgotten first


class WrongCode(Exception):
    """The code is not that of the room."""


class TooMany(Exception):
    """Too many wrong codes came from an address, which has to wait."""


def new_code() -> str:
    """Returns a code for people to read and type, such as KFTM-7Q2X."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{letters[:_PART]}-{letters[_PART:]}"


class Door:
    """Checks codes. `now` returns seconds on a clock that only goes forward."""

    def __init__(self, code: str, now: Callable[[], float]) -> None:
        self._code = _plain(code)
        self._now = now
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()  # by address: when it tried wrong codes

    def check(self, code: str, address: str | None) -> None:
        """Raises WrongCode, or TooMany where the address has tried too often, whatever the code."""
        place = _place(address)
        since = self._now() - WAIT
        recent = [at for at in self._wrong.get(place, ()) if at > since]
        if len(recent) >= WRONG:
            raise TooMany
        if not hmac.compare_digest(_plain(code), self._code):
            self._wrong[place] = [*recent, self._now()]
            self._wrong.move_to_end(place)
            if len(self._wrong) > _MOST_ADDRESSES:
                self._wrong.popitem(last=False)
            raise WrongCode


def _plain(code: str) -> bytes:
    """Returns a code without what people may add to it: dashes, spaces, small letters."""
    return "".join(code.split()).replace("-", "").upper().encode("utf-8", "surrogateescape")


def _place(address: str | None) -> str:
    """Returns what stands for the machine at an address: of IPv6 its network, since a machine has many addresses."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)
