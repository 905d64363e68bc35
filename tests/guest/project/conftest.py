"""The project's own conftest, beside modules that bear common names."""

import pytest

from protocol import Frame


@pytest.fixture
def frame() -> Frame:
    """A frame of the project's own protocol."""
    return Frame(b"hello")
