"""A module that many projects have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """A length byte and a payload."""

    payload: bytes

    def encode(self) -> bytes:
        """Returns the bytes on the wire."""
        return bytes([len(self.payload)]) + self.payload
