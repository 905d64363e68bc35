"""Who is in the room: each name once, with a token that only its learner has."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST = 40  # learners, unless the teacher says another number
LONGEST_NAME = 40  # characters


class BadName(Exception):
    """A name cannot be used; the text says why."""


class NameTaken(Exception):
    """Somebody of that name is in the room."""


class Full(Exception):
    """As many learners as there may be are in the room, or no port is free for one more."""


class NoLearner(LookupError):
    """There is no such learner in the room."""


@dataclass(slots=True)
class Learner:
    """One learner. `address` is that of their machine. `may_return` is whether the name alone lets them in again."""

    name: str
    address: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    may_return: bool = False


class Roster:
    """The learners in the room, at most `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._learners: dict[str, Learner] = {}  # by their folded names

    def __iter__(self) -> Iterator[Learner]:
        return iter(tuple(self._learners.values()))

    def __len__(self) -> int:
        return len(self._learners)

    def enter(self, name: str, address: str, token: str = "") -> tuple[Learner, bool]:
        """Returns the learner of a name, and whether they are new; who is known needs their `token`, or the teacher's
        leave. Raises BadName, NameTaken or Full.
        """
        name = read_name(name)
        known = self._learners.get(_folded(name))
        if known is None:
            if len(self._learners) >= self.most:
                raise Full
            learner = self._learners[_folded(name)] = Learner(name, address)
            return learner, True
        if not (known.may_return or _same(known.token, token)):
            raise NameTaken
        known.may_return = False
        return known, False

    def named(self, name: str) -> Learner:
        """Raises NoLearner."""
        try:
            return self._learners[_folded(name)]
        except KeyError:
            raise NoLearner(name) from None

    def with_token(self, token: str) -> Learner:
        """Raises NoLearner."""
        for learner in self:
            if _same(learner.token, token):
                return learner
        raise NoLearner

    def knows(self, name: str, token: str) -> bool:
        """Returns whether a learner of that name is in the room, and the token is theirs."""
        learner = self._learners.get(_folded(name))
        return learner is not None and _same(learner.token, token)

    def remove(self, learner: Learner) -> None:
        """Remove a learner: the name is free again, unless another learner has it by now."""
        if self._learners.get(_folded(learner.name)) is learner:
            del self._learners[_folded(learner.name)]


def read_name(text: str) -> str:
    """Returns a name as it is shown. Raises BadName."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise BadName("a name is missing")
    if len(name) > LONGEST_NAME:
        raise BadName(f"a name has at most {LONGEST_NAME} characters")
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise BadName("a name has only characters that can be seen")
    return name


def _folded(name: str) -> str:
    """Returns what is the same for names that look alike: ADA and ada."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def _same(token: str, given: str) -> bool:
    return hmac.compare_digest(token.encode(), given.encode("utf-8", "surrogateescape"))
