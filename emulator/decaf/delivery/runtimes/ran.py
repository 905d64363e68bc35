"""What running a function comes to, whichever way it ran.

Rule: no more of a result is read than shows that it is longer than MOST_PAYLOAD.
"""

from __future__ import annotations

import msgspec

MOST_PAYLOAD = 6_291_556  # bytes of a result: "Lambda quotas", as Lambda's own error has them


class Ended(Exception):
    """The function's process ended before it had a result; the text says how, as Lambda says it.

    `output` is what it wrote.
    """

    def __init__(self, how: str, output: str = "") -> None:
        super().__init__(how)
        self.output = output


class Ran(msgspec.Struct, frozen=True):
    """A function that has run: its result as JSON, or its error where it `failed`.

    `output` is what it wrote, `memory` what it used at most, in bytes.
    """

    payload: bytes
    failed: bool = False
    output: str = ""
    memory: int = 0
