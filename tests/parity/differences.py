"""Where two traces differ, place by place: what a failing comparison shows."""

from __future__ import annotations

from typing import Any


def differences(decaf: Any, aws: Any, path: str = "") -> list[str]:
    """One line for each place where the traces differ, with both values; empty when they are equal."""
    if decaf == aws:
        return []
    if isinstance(decaf, dict) and isinstance(aws, dict):
        return [line for key in sorted({*decaf, *aws}) for line in _at(decaf, aws, key, f"{path}/{key}")]
    if isinstance(decaf, list) and isinstance(aws, list) and len(decaf) == len(aws):
        pairs = enumerate(zip(decaf, aws, strict=True))
        return [line for index, (ours, theirs) in pairs for line in differences(ours, theirs, f"{path}/{index}")]
    return [f"{path.lstrip('/')}: Decaf gives {decaf!r}, AWS {aws!r}"]


def _at(decaf: dict[str, Any], aws: dict[str, Any], key: str, path: str) -> list[str]:
    if key not in decaf:
        return [f"{path.lstrip('/')}: Decaf leaves it out, AWS gives {aws[key]!r}"]
    if key not in aws:
        return [f"{path.lstrip('/')}: Decaf gives {decaf[key]!r}, AWS leaves it out"]
    return differences(decaf[key], aws[key], path)
