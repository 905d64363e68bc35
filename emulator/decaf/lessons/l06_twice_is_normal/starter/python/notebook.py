"""The notebook on the counter: what is written in it is still there after a faint. You need not change this file."""

from pathlib import Path

_FILE = Path("notebook.txt")


def clear():
    """Begin a new day, with an empty notebook."""
    _FILE.unlink(missing_ok=True)


def knows(what):
    """Returns whether something is written in the notebook."""
    return _FILE.exists() and str(what) in _FILE.read_text().splitlines()


def remember(what):
    """Write something into the notebook."""
    with _FILE.open("a") as file:
        file.write(f"{what}\n")
