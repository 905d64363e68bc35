"""The beats of a node: when it beats, how long a beat is good for, and when the others' silence may be believed.

Rule: all times are of one clock of this machine, in seconds. Only the time at which a beat was sent counts, since the
database may have seen it at once; so a node's own deadline is always before the end that the database has noted.
"""

from __future__ import annotations

from math import inf

RETRY = 0.25  # seconds from a statement that failed to the next beat


class Beats:
    """The beats of a node, each of which is good for `ttl` seconds by the database's clock."""

    def __init__(self, ttl: float) -> None:
        self.ttl = ttl
        self.deadline = -inf  # until when this node owns what the database has named it the owner of
        self.next = -inf  # when the next beat is due
        self._sent = -inf  # when the last beat that was answered had been sent
        self._since = inf  # the same of the first of an unbroken row of beats

    def send(self, now: float) -> None:
        """A beat is sent at `now`."""
        self.next = now + self.ttl / 4

    def answered(self, sent: float) -> None:
        """The beat that was sent at `sent` was answered."""
        if sent - self._sent > self.ttl / 2 or self._since == inf:
            self._since = sent
        self._sent = sent
        self.deadline = sent + self.ttl * 3 / 4

    def failed(self, now: float) -> None:
        """A statement was not answered, or with an error."""
        self._since = inf
        self.next = now + RETRY

    def may_take_from(self, expires: float) -> float:
        """Returns from when this node may take what another owns whose last beat expires at `expires`.

        It has beaten by then for as long as a beat is good: when the database was out of reach, all beats have expired,
        and the owner's comes again.
        """
        return max(expires, self._since + self.ttl)
