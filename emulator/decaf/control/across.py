"""What becomes of a call of the control API that is not for one account in one region, where there are several shards.

Rule: half an answer is none. When one shard is not reached the response is 503, and when a change was made in others
it says so: made again, it is in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import merge
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from decaf.control import marks
from decaf.control.route import Across, ControlRequest, Refused, Req, Resp, Route, Shards
from decaf_protocol import Reply

if TYPE_CHECKING:
    from decaf.base.shard import Place
    from decaf.world import World

T = TypeVar("T")
E = TypeVar("E", bound=msgspec.Struct)  # with a `mark`

CHANGED_OTHERS = "other shards have made the change already"

# asking


async def ask(shards: Shards, shard: int, route: Route[Req, Resp], request: Req) -> Resp:
    """Returns the response of one shard. Raises Refused."""
    reply = await shards.fetch(shard, route, request)
    assert isinstance(reply, Reply)
    return msgspec.json.decode(reply.body, type=route.response)


async def try_all(shards: Shards, route: Route[Req, Resp], requests: Sequence[Req]) -> list[Resp | Refused]:
    """Returns the responses of all shards, each to its own of the requests."""
    return await try_some(shards, range(shards.count), route, requests)


async def try_some(
    shards: Shards, some: Iterable[int], route: Route[Req, Resp], requests: Iterable[Req]
) -> list[Resp | Refused]:
    """Returns the responses of some shards, each to its own of the requests."""

    from decaf.control.together import together  # commands know the routes, and need no event loop

    async def one(shard: int, request: Req) -> Resp | Refused:
        try:
            return await ask(shards, shard, route, request)
        except Refused as error:
            return error

    return await together(one(shard, request) for shard, request in zip(some, requests, strict=True))


async def ask_all(
    shards: Shards, route: Route[Req, Resp], request: Req | Sequence[Req], done: str = CHANGED_OTHERS
) -> list[Resp]:
    """Returns the responses of all shards, to the same request or each to its own.

    Raises Refused when one refuses; its text says what the others have `done` then, if the call changes something.
    """
    requests = [request] * shards.count if isinstance(request, ControlRequest) else request
    return all_of(await try_all(shards, route, requests), "" if route.method == "GET" else done)


def all_of(outcomes: Sequence[T | Refused], done: str = CHANGED_OTHERS) -> list[T]:
    """Returns the outcomes in all shards. Raises Refused when one is none, as `ask_all`."""
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    if refusals:
        raise refusal(refusals, done if len(refusals) < len(outcomes) else "")
    return [outcome for outcome in outcomes if not isinstance(outcome, Refused)]


def refusal(refusals: Sequence[Refused], done: str) -> Refused:
    """Returns the worst of some refusals, whose text says what other shards have `done`, if they have."""
    worst = max(refusals, key=lambda refusal: refusal.status)
    again = ": make the call again" if worst.status == 503 else ""
    return Refused(f"{worst}; {done}{again}", worst.status) if done else worst


async def settle(world: World, places: Collection[Place]) -> None:
    """Have it settled which shards have these accounts in regions. Raises Refused."""
    try:
        await world.place(places)
    except ConnectionError:
        raise Refused("the database is not reached: try again", 503) from None


# what becomes of a call


def joined(join: Callable[[Req, list[Resp]], Resp], everywhere: bool = False, done: str = CHANGED_OTHERS) -> Across:
    """All shards are asked. `join` makes one response of theirs, which are in the order of the shards."""

    async def ask_and_join(shards: Shards, route: Route[Req, Resp], request: Req) -> Resp:
        return join(request, await ask_all(shards, route, request, done))

    return Across(ask_and_join, everywhere)


async def _any(shards: Shards, route: Route[Req, Any], request: Req) -> Any:
    return await shards.fetch(shards.here, route, request)


async def _found(shards: Shards, route: Route[Req, Resp], request: Req) -> Resp:
    responses = await try_all(shards, route, [request] * shards.count)
    found = [response for response in responses if not isinstance(response, Refused)]
    refusals = [response for response in responses if isinstance(response, Refused)]
    others = [refusal for refusal in refusals if refusal.status != 404]
    answers = len(found) + len({str(refusal) for refusal in others})
    if answers > 1 and all(refusal.status < 500 for refusal in others):  # one that says why knows its own shard alone
        raise Refused("there are several of that name, in different accounts or regions: name one by its ARN")
    if others or not found:
        raise max(others or refusals, key=lambda refusal: refusal.status)
    return found[0]


async def _removed(shards: Shards, route: Route[Req, Resp], request: Req) -> Resp:
    responses = await try_all(shards, route, [request] * shards.count)
    refusals = [response for response in responses if isinstance(response, Refused)]
    others = [refusal for refusal in refusals if refusal.status != 404]
    if others or len(refusals) == shards.count:
        raise refusal(others or refusals, CHANGED_OTHERS if others and len(refusals) < shards.count else "")
    return next(response for response in responses if not isinstance(response, Refused))


ANY_SHARD = Across(_any)  # they all know the same
FOUND = Across(_found)  # the one shard that has it answers, the others have nothing of that name
REMOVED = Across(_removed)  # those that have it remove it
REMOVED_EVERYWHERE = Across(_removed, everywhere=True)
CHANGED = joined(lambda _, responses: responses[0])  # all are changed


def pages(field: str, key: Callable[[Any], str]) -> Across:
    """The responses are pages of a list that is sorted by `key`, in a field of theirs; so is the one made of them."""

    def join(request: Any, responses: list[Any]) -> Any:
        found = sorted((each for response in responses for each in getattr(response, field)), key=key)
        some = found[: request.limit]
        more = len(found) > len(some) or any(response.next is not None for response in responses)
        return msgspec.structs.replace(responses[0], **{field: some}, next=key(some[-1]) if more and some else None)

    return joined(join)


def lists(field: str, key: Callable[[Any], Any]) -> Across:
    """The responses have a list in a field, each sorted by `key`; so is that of all."""

    def join(_: Any, responses: list[Any]) -> Any:
        found = list(merge(*(getattr(response, field) for response in responses), key=key))
        return msgspec.structs.replace(responses[0], **{field: found})

    return joined(join)


def sets(field: str, key: Callable[[Any], Any]) -> Across:
    """As `lists`, where the same thing may be in several shards: no two have the same `key`."""

    def join(_: Any, responses: list[Any]) -> Any:
        found = {key(each): each for response in reversed(responses) for each in getattr(response, field)}
        return msgspec.structs.replace(responses[0], **{field: [found[each] for each in sorted(found)]})

    return joined(join)


# what has marks


def since(request: Req, shards: Shards, field: str = "since") -> list[Req]:
    """Returns the requests to all shards, each with its own of the marks in a field. Raises Refused."""
    mark = getattr(request, field)
    if mark is None:
        return [request] * shards.count
    return [msgspec.structs.replace(request, **{field: own}) for own in marks.split(mark, shards.count)]


def in_order(
    parts: Sequence[Sequence[E]], starts: Sequence[int], key: Callable[[E], float], own: str = "mark"
) -> Iterator[tuple[E, list[int]]]:
    """Yields what each shard has, in the order of `key`, each with a mark of all shards, and the marks of the shards
    after it. `starts` are their marks before; the field `own` has the mark in its shard.
    """
    position = list(starts)
    each_shard = ([(shard, each) for each in part] for shard, part in enumerate(parts))
    for shard, each in merge(*each_shard, key=lambda pair: key(pair[1])):
        position[shard] = getattr(each, own)
        yield msgspec.structs.replace(each, **{own: marks.join(position, shard)}), list(position)


def page_of_marked(
    parts: Sequence[Sequence[E]],
    ends: Sequence[int],
    asked: Sequence[int] | None,
    limit: int,
    key: Callable[[E], float],
    own: str = "mark",
) -> tuple[list[E], int]:
    """Returns the first `limit` after the marks that were asked for, or the last without them; and the mark after them.

    `parts` are what the shards have returned, `ends` the marks that they have returned with it.
    """
    if asked is None:
        starts = [getattr(part[0], own) - 1 if part else end for part, end in zip(parts, ends, strict=True)]
        return [each for each, _ in in_order(parts, starts, key, own)][-limit:], marks.join(ends)
    found = list(in_order(parts, asked, key, own))
    some = found[:limit]
    reached = some[-1][1] if some else list(asked)
    after = [
        end if not part or getattr(part[-1], own) == mark else mark
        for part, end, mark in zip(parts, ends, reached, strict=True)
    ]
    return [each for each, _ in some], marks.join(after)
