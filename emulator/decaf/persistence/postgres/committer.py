"""The thread that writes for all shards of a node: what they have when a commit ends is the next one.

Rule: a shard's batch is taken only when it can be written, so that it has all changes until then, and a commit has at
most one of each shard. With the shards' commits apart, the database would write to its disk once for each. A batch that
cannot be written harms no other: after an error of the statement, what another node owns is left out, and after a
second one each is written by itself. When the connection was lost, the database says which of them were done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from decaf.base.clock import pause, seconds
from decaf.persistence.errors import Fenced, NotWritten
from decaf.persistence.keeper import Write
from decaf.persistence.postgres.committing import ARGUMENTS, arguments
from decaf.persistence.postgres.postgres import PATIENCE, PAUSE, Postgres
from decaf.persistence.postgres.session import Lost, Session
from decaf.persistence.unwritable import NOTHING, LeftOut
from decaf.persistence.worker import Ended, Take, Worker

if TYPE_CHECKING:
    from asyncpg import Connection

Outcome = tuple[LeftOut | None, BaseException | None]

_COMMIT = f"SELECT commit_batches({', '.join(f'${n + 1}' for n in range(ARGUMENTS))})"
_STATES = "SELECT shard, owner, epoch, seq FROM shards WHERE shard = ANY ($1) ORDER BY shard FOR UPDATE"


class Committer(Worker):
    """The thread of the node `node`, and its connection to the database at `url`."""

    def __init__(self, url: str, node: str, synchronous: bool, patience: float = PATIENCE) -> None:
        super().__init__("decaf-commits")
        self.session = Session(url, node, synchronous)
        self._patience = patience
        self._waiting: dict[Take, None] = {}  # what has something to write, each once
        self._is_writing = False

    def end(self) -> None:
        """A shard has nothing more to be written; others may have."""

    def stop(self) -> None:
        """End the thread after the work it has, and close the connection."""
        super().end()
        self.session.close()

    def write(self, take: Take) -> None:
        """Write what `take` returns together with what other shards have by then, once no commit is under way."""
        self._waiting[take] = None
        if not self._is_writing:
            self._begin()

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, {}
        taken = [found for take in waiting if (found := take()) is not None]
        self._is_writing = bool(taken)
        if taken:
            writes, ends = zip(*taken, strict=True)
            self.run(Together(self.session, writes, self._patience).outcomes, partial(self._ended, ends))

    def _ended(self, ends: tuple[Ended, ...], outcomes: list[Outcome], error: BaseException | None) -> None:
        try:
            for ended, outcome in zip(ends, outcomes or [(None, error)] * len(ends), strict=True):
                ended(*outcome)
        finally:
            asyncio.get_running_loop().call_soon(self._begin)  # with what these shards have by now, too


class Together:
    """Batches of different shards, on their way into one commit."""

    def __init__(self, session: Session, writes: Sequence[Write], patience: float) -> None:
        self._session = session
        self._patience = patience
        batches = {_keeper_of(write): write.batch for write in writes}
        self._keepers = tuple(batches)
        self._left = {keeper: batches[keeper] for keeper in sorted(batches, key=_number)}  # those without an outcome
        self._outcomes: dict[Postgres, Outcome] = {}
        self._is_unsure = False  # a trial before this one may have been done, or failed for another node's shard

    def outcomes(self) -> list[Outcome]:
        """Write them. Returns for each what was left out, or the error."""
        if len(self._keepers) == 1:
            self._write_apart()
        for keeper in [*self._left]:
            if keeper.is_behind:
                self._write_alone(keeper)
        until = seconds() + self._patience
        while self._left:
            try:
                self._try()
            except Lost as error:
                self._is_unsure = True
                if seconds() >= until:
                    self._give_up(error)
                else:
                    pause(PAUSE)
            except Exception as error:  # of one of them
                if self._is_unsure or not isinstance(error, NotWritten):
                    self._write_apart()
                self._is_unsure = True
        return [self._outcomes[keeper] for keeper in self._keepers]

    def _try(self) -> None:
        if self._is_unsure:
            self._find_done()
        self._leave_out_fenced()
        if not self._left:
            return
        began = seconds()
        if not self._session.run(self._call):
            self._is_unsure = True  # it was one alone, and its row says who owns it
            return
        took = seconds() - began
        for keeper in [*self._left]:
            keeper.committed(took)
            self._end(keeper, (NOTHING, None))

    async def _call(self, connection: Connection) -> bool | None:
        """Returns whether what is left was written; None when it is one, and another node owns the shard.

        Raises NotWritten when another node owns one of several.
        """
        shards, owners, epochs, seqs = zip(*[keeper.compared() for keeper in self._left], strict=True)
        values = arguments([*zip(shards, self._left.values(), strict=True)])
        return await connection.fetchval(_COMMIT, shards, owners[0], epochs, seqs, *values)  # type: ignore[no-any-return]

    def _leave_out_fenced(self) -> None:
        """End the batches of shards that another node owns by now."""
        for keeper in [*self._left]:
            try:
                keeper.check()
            except Fenced as error:
                self._end(keeper, (None, error))

    def _find_done(self) -> None:
        """Find out which of them were done by a trial whose answer was lost."""
        shards = [*map(_number, self._left)]
        rows = self._session.run(lambda connection: connection.fetch(_STATES, shards))
        states = {shard: state for shard, *state in rows}
        for keeper in [*self._left]:
            try:
                is_done = keeper.is_counted(*states[_number(keeper)])
            except Fenced as error:
                self._end(keeper, (None, error))
                continue
            if is_done:
                keeper.committed(0.0)
                self._end(keeper, (NOTHING, None))

    def _write_apart(self) -> None:
        for keeper in [*self._left]:
            self._write_alone(keeper)

    def _write_alone(self, keeper: Postgres) -> None:
        try:
            self._end(keeper, (keeper.apply(self._left[keeper], self._is_unsure), None))
        except Exception as error:
            self._end(keeper, (None, error))

    def _give_up(self, error: Lost) -> None:
        for keeper in [*self._left]:
            keeper.fall_behind()
            self._end(keeper, (None, error))

    def _end(self, keeper: Postgres, outcome: Outcome) -> None:
        del self._left[keeper]
        self._outcomes[keeper] = outcome


def _keeper_of(write: Write) -> Postgres:
    assert isinstance(write.keeper, Postgres)
    return write.keeper


def _number(keeper: Postgres) -> int:
    return keeper.shard.number
