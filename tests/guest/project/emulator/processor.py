"""The project emulates something else."""


def add(left: int, right: int) -> int:
    """Returns the sum in 8 bits."""
    return (left + right) & 0xFF
