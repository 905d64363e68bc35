"""A script of the project's own."""


def next_version(version: str) -> str:
    """Returns the next minor version."""
    major, minor = version.split(".")
    return f"{major}.{int(minor) + 1}"
