"""Lazy heaps: the lowest live entry first, and memory in proportion to the live ones."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from decaf.base.lazy_heap import SWEEP_FLOOR, LazyHeap, Ranking

NUMBERS = st.integers(0, 30)


def _heap_of(*numbers: int) -> tuple[LazyHeap[int], set[int]]:
    """A heap of `numbers`, and the set of those that are live: all of them, until they are removed from it."""
    live = set(numbers)
    heap: LazyHeap[int] = LazyHeap(live.__contains__)
    for number in numbers:
        heap.push(number)
    return heap, live


def test_entries_are_popped_from_the_lowest_on() -> None:
    heap, _ = _heap_of(3, 1, 2)
    assert [heap.first(), heap.pop(), heap.pop(), heap.pop(), heap.pop()] == [1, 1, 2, 3, None]
    assert heap.first() is None


def test_dead_entries_are_skipped() -> None:
    heap, live = _heap_of(1, 2, 3, 4)
    live -= {1, 3}
    assert [heap.first(), heap.pop(), heap.pop(), heap.pop()] == [2, 2, 4, None]


def test_a_cleared_heap_is_empty_and_can_be_used_again() -> None:
    heap, live = _heap_of(1, 2)
    heap.clear()
    assert heap.first() is None
    live.add(5)
    heap.push(5)
    assert heap.first() == 5


def test_a_sweep_removes_the_dead_when_they_outnumber_the_live() -> None:
    heap, live = _heap_of(*range(3 * SWEEP_FLOOR))
    live &= set(range(SWEEP_FLOOR))
    heap.sweep(len(live))
    assert len(heap.entries) == 3 * SWEEP_FLOOR, "twice as many dead as live, and no more than the floor allows"
    live.remove(0)
    heap.sweep(len(live))
    assert sorted(heap.entries) == sorted(live)
    assert heap.pop() == 1


def test_equal_entries_are_one_when_swept() -> None:
    heap, live = _heap_of(*[7] * (3 + SWEEP_FLOOR))
    heap.sweep(len(live))
    assert heap.entries == [7]


def test_a_heap_can_be_pushed_to_and_popped_from_after_a_sweep() -> None:
    heap, live = _heap_of(*range(0, -100_000, -777))
    live &= set(range(0, -100_000, -7_770))
    heap.sweep(len(live))
    assert len(heap.entries) == len(live)
    live.add(-8_000)
    heap.push(-8_000)
    assert [heap.pop() for _ in range(len(live))] == sorted(live)


def test_of_equal_ranks_the_one_given_first_is_the_first() -> None:
    ranking: Ranking[int, str] = Ranking()
    for name in "cab":
        ranking.put(name, 1)
    order = []
    while (name := ranking.first() or "") != "":
        order.append(name)
        ranking.drop(name)
    assert order == ["c", "a", "b"]


def test_things_need_not_compare() -> None:
    ranking: Ranking[int, object] = Ranking()
    first, second = object(), object()
    ranking.put(first, 1)
    ranking.put(second, 1)
    assert ranking.first() is first


def test_a_rank_that_is_given_again_replaces_the_old_one() -> None:
    ranking: Ranking[int, str] = Ranking()
    ranking.put("a", 1)
    ranking.put("b", 2)
    ranking.put("a", 3)
    assert (ranking.first(), ranking.lowest(), len(ranking)) == ("b", 2, 2)


def test_a_thing_that_was_dropped_comes_back_as_a_new_one() -> None:
    ranking: Ranking[int, str] = Ranking()
    ranking.put("a", 1)
    ranking.put("b", 1)
    ranking.drop("a")
    ranking.drop("never there")
    ranking.put("a", 1)
    assert (ranking.first(), list(ranking)) == ("b", ["b", "a"])


def test_ranks_that_change_often_do_not_pile_up() -> None:
    ranking: Ranking[int, str] = Ranking()
    for rank in range(10_000):
        ranking.put("a", rank)
        ranking.put(f"dropped {rank}", rank)
        ranking.drop(f"dropped {rank}")
    assert (ranking.first(), len(ranking)) == ("a", 1)
    assert len(ranking._heap.entries) < 100


class HeapOfNumbers(RuleBasedStateMachine):
    """A heap of numbers, each live at most once, beside a plain set of them."""

    def __init__(self) -> None:
        super().__init__()
        self.live: set[int] = set()
        self.heap: LazyHeap[int] = LazyHeap(lambda number: number in self.live)

    @rule(numbers=st.sets(NUMBERS))
    def push(self, numbers: set[int]) -> None:
        for number in numbers - self.live:
            self.live.add(number)
            self.heap.push(number)

    @rule(numbers=st.sets(NUMBERS))
    def die(self, numbers: set[int]) -> None:
        for number in numbers & self.live:
            self.live.remove(number)
            self.heap.sweep(len(self.live))
            assert len(self.heap.entries) <= 2 * len(self.live) + SWEEP_FLOOR

    @rule()
    def pop(self) -> None:
        number = self.heap.pop()
        assert number == min(self.live, default=None)
        self.live.discard(-1 if number is None else number)

    @invariant()
    def the_first_is_the_lowest(self) -> None:
        assert self.heap.first() == min(self.live, default=None)


class RankingOfNames(RuleBasedStateMachine):
    """A ranking, beside a list of ranks and names in the order in which they were given, searched each time."""

    def __init__(self) -> None:
        super().__init__()
        self.ranking: Ranking[int, str] = Ranking()
        self.known: list[tuple[int, str]] = []

    @rule(name=st.sampled_from("abcde"), ranks=st.lists(st.integers(0, 5), min_size=1, max_size=40))
    def put(self, name: str, ranks: list[int]) -> None:
        for rank in ranks:
            self.ranking.put(name, rank)
            if (rank, name) not in self.known:
                self._forget(name)
                self.known.append((rank, name))

    @rule(name=st.sampled_from("abcde"))
    def drop(self, name: str) -> None:
        self.ranking.drop(name)
        self._forget(name)

    @rule()
    def clear(self) -> None:
        self.ranking.clear()
        self.known.clear()

    def _forget(self, name: str) -> None:
        self.known = [(rank, other) for rank, other in self.known if other != name]

    @invariant()
    def the_first_has_the_lowest_rank(self) -> None:
        lowest = min((rank for rank, _ in self.known), default=None)
        assert self.ranking.lowest() == lowest
        assert self.ranking.first() == next((name for rank, name in self.known if rank == lowest), None)

    @invariant()
    def it_has_what_was_put_and_not_dropped(self) -> None:
        assert len(self.ranking) == len(self.known)
        assert sorted(self.ranking) == sorted(name for _, name in self.known)


for machine in (HeapOfNumbers, RankingOfNames):
    machine.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
TestHeapOfNumbers = HeapOfNumbers.TestCase
TestRankingOfNames = RankingOfNames.TestCase
