"""The project's own modules are the ones that it imports."""

from emulator.processor import add
from scripts.release import next_version

from protocol import Frame
from tests.orders import ORDERS


def test_own_modules(frame: Frame) -> None:
    assert frame.encode() == b"\x05hello"
    assert add(255, 2) == 1
    assert next_version("1.9") == "1.10"
    assert len(ORDERS) == 2
