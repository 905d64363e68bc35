"""The mutation run makes the mistakes that it says, and puts them where loaded code has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.mutation.patching import changes, functions_of, patch
from scripts.mutation.rooms import ROOMS, ROOT

RIGHT = """
LIMIT = 10

class Queue:
    def more(self, count):
        return [each for each in range(count) if each > 1]
"""


MAKER = """
def under(most):
    def is_under(count):
        return count < most
    return is_under

under_ten = under(10)
"""


def test_each_room_has_code_and_tests() -> None:
    for room in ROOMS.values():
        assert all(path.is_file() for path in room.files())
        assert all((ROOT / tests).exists() for tests in room.tests)


def test_a_loaded_function_gets_the_mistake() -> None:
    right, wrong = (
        compile(text, "queue_of_test.py", "exec") for text in (RIGHT, RIGHT.replace("each > 1", "each >= 1"))
    )
    loaded: dict[str, type] = {}
    exec(right, loaded)
    found = changes(right, wrong)
    assert found is not None
    assert patch(functions_of({"queue_of_test.py"}), found)
    assert loaded["Queue"]().more(3) == [1, 2]


def test_a_function_that_was_made_in_another_before_gets_it_too() -> None:
    right, wrong = (compile(MAKER.replace("<", sign), "maker_of_test.py", "exec") for sign in ("<", "<="))
    loaded: dict[str, Callable[[int], bool]] = {}
    exec(right, loaded)
    assert not loaded["under_ten"](10)
    assert patch(functions_of({"maker_of_test.py"}), changes(right, wrong) or [])
    assert loaded["under_ten"](10)


def test_a_mistake_outside_of_functions_needs_a_new_start() -> None:
    right, wrong = (compile(text, "queue_of_test.py", "exec") for text in (RIGHT, RIGHT.replace("10", "11")))
    assert changes(right, wrong) is None


def test_mistakes_are_small_and_keep_their_names() -> None:
    from scripts.mutation.mutants import find

    path = Path(ROOT / "emulator/decaf/sqs/receipt.py")
    found = find(path)
    assert len({mutant.id for mutant in found}) == len(found)
    assert [mutant.id for mutant in find(path)] == [mutant.id for mutant in found]
    assert all(mutant.source() != path.read_text(encoding="utf-8") for mutant in found)
