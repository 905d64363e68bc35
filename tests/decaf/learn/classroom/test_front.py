"""The front of a room: who comes in, what each can reach, and that everything ends together."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest

from tests.decaf.learn.classroom.conftest import Visit, runs

Play = Callable[..., None]


def test_who_has_the_code_gets_a_server_of_their_own(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        status, ada = await visit.join("Ada")
        assert (status, ada["name"]) == (200, "Ada")
        _, grace = await visit.join("Grace", visit.classroom.code.lower().replace("-", " "))
        assert ada["url"] != grace["url"]
        assert ada["page"] == f"{ada['url']}/_decaf/ui/#/lessons?token={ada['token']}"
        assert await visit.status(ada["url"], "/clock/advance", ada["token"]) == 400  # it was read: it lacks seconds
        servers = [place.server for place in visit.classroom.places]
        assert len({server.pid for server in servers}) == 2
        await visit.classroom.close()
        assert not any(runs(server.pid) for server in servers)

    play(scene)


def test_learners_do_not_reach_the_control_api_of_each_other(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        (_, ada), (_, grace) = await asyncio.gather(visit.join("Ada"), visit.join("Grace"))
        for path in ("/reset", "/clock/freeze", "/functions"):
            assert await visit.status(ada["url"], path, grace["token"]) == 403
            assert await visit.status(ada["url"], path) == 403  # by this machine's address neither
        for key in (grace["token"], "", visit.classroom.code):
            assert (await visit.call("POST", "/remove", {"name": "Ada"}, key))[0] == 403
            assert (await visit.call("POST", "/readmit", {"name": "Ada"}, key))[0] == 403

    play(scene)


def test_a_wrong_code_gets_nothing_and_after_ten_nothing_helps(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        for _ in range(10):
            status, refused = await visit.join("Ada", "WRNG-CODE")
            assert (status, refused) == (403, {"error": "This is not the code of the room."})
        assert (await visit.join("Ada"))[0] == 429
        assert (await visit.call("GET", "/board", key=visit.classroom.code))[0] == 429
        assert (await visit.call("GET", "/board", key=visit.classroom.key))[0] == 200  # the teacher is not shut out
        assert visit.classroom.places == []

    play(scene)


def test_a_learner_comes_back_by_their_token_also_after_ten_wrong_codes(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        (_, ada), (_, grace) = await asyncio.gather(visit.join("Ada"), visit.join("Grace"))
        wrong = [await visit.join("Ada", "WRNG-CODE", token) for token in ("", grace["token"], "x" * 32, *[""] * 7)]
        assert [status for status, _ in wrong] == [403] * 10
        assert await visit.join("Ada", token=ada["token"]) == (200, ada)
        assert await visit.join("ada", "WRNG-CODE", ada["token"]) == (200, ada)
        for name, token in (("Ada", ""), ("Ada", "x" * 32), ("Ada", grace["token"]), ("Alan", ada["token"])):
            assert (await visit.join(name, token=token))[0] == 429
        assert len(visit.classroom.places) == 2

    play(scene)


def test_a_name_is_there_once_and_its_learner_comes_back_with_their_token(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        _, ada = await visit.join("Ada")
        for name in ("Ada", " ada ", "\uff21da"):
            status, refused = await visit.join(name)
            assert status == 409
            assert refused["error"].startswith("Somebody of that name is in the room.")
        assert await visit.join("ADA", token=ada["token"]) == (200, ada)
        assert len(visit.classroom.places) == 1

    play(scene)


def test_the_teacher_lets_a_learner_in_again_once_and_removes_one(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        _, ada = await visit.join("Ada")
        (place,) = visit.classroom.places
        assert await visit.call("POST", "/readmit", {"name": "ada"}, visit.classroom.key) == (200, {})
        assert await visit.join("Ada") == (200, ada)
        assert (await visit.join("Ada"))[0] == 409
        assert await visit.call("POST", "/remove", {"name": "Ada"}, visit.classroom.key) == (200, {})
        assert not runs(place.server.pid)
        assert not place.server.folder.exists()
        assert (await visit.call("POST", "/remove", {"name": "Ada"}, visit.classroom.key))[0] == 404
        _, again = await visit.join("Ada")
        assert again["token"] != ada["token"]

    play(scene)


def test_a_learner_who_is_removed_while_the_server_starts_can_come_in_again_at_once(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        first = asyncio.create_task(visit.join("Ada"))
        while not visit.classroom.places:
            await asyncio.sleep(0)
        removing = asyncio.create_task(visit.classroom.remove("Ada"))
        while visit.classroom.places:
            await asyncio.sleep(0)
        second = asyncio.create_task(visit.join("Ada"))
        (refused, _), _, (status, ada) = await asyncio.gather(first, removing, second)
        assert (refused, status) == (503, 200)
        assert await visit.join("Ada", token=ada["token"]) == (200, ada)
        assert len(visit.classroom.places) == 1
        assert await visit.call("POST", "/remove", {"name": "Ada"}, visit.classroom.key) == (200, {})
        assert visit.classroom.places == []

    play(scene)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "a name is missing"),
        ("  ", "a name is missing"),
        ("x" * 41, "a name has at most 40 characters"),
        ("Ada\u202e", "a name has only characters that can be seen"),
        ("A\x1b[2Jda", "a name has only characters that can be seen"),
        ("\x00", "a name has only characters that can be seen"),
    ],
)
def test_a_name_is_a_name(play: Play, name: str, reason: str) -> None:
    async def scene(visit: Visit) -> None:
        assert await visit.join(name) == (400, {"error": f"Another name, please: {reason}."})

    play(scene)


def test_a_full_room_lets_nobody_in(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        assert (await visit.join("Ada"))[0] == 200
        status, refused = await visit.join("Grace")
        assert (status, refused["error"]) == (409, "The room is full. Ask your teacher for a place.")

    play(scene, most=1)


def test_servers_that_are_just_starting_end_with_the_room(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        joining = [asyncio.create_task(visit.join(f"Learner {number}")) for number in range(8)]

        while len(visit.classroom.places) < 8:
            await asyncio.sleep(0)
        servers = [place.server for place in visit.classroom.places]
        await visit.classroom.close()
        assert not any(runs(server.pid) for server in servers)
        assert {status for status, _ in await asyncio.gather(*joining)} == {503}
        assert visit.classroom.places == []

    play(scene, most=8)


def test_many_who_come_at_once_with_one_name_get_one_place(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        statuses = [status for status, _ in await asyncio.gather(*(visit.join("Ada") for _ in range(8)))]
        assert sorted(statuses) == [200] + [409] * 7

    play(scene)


def test_a_server_that_is_killed_comes_back_with_its_queues_at_the_same_address(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        _, ada = await visit.join("Ada")
        (place,) = visit.classroom.places
        create = {
            "X-Amz-Target": "AmazonSQS.CreateQueue",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": "AWS4-HMAC-SHA256 Credential=100000000002/20260101/us-east-1/sqs/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "X-Amz-Date": "20260101T000000Z",
        }
        async with visit.session.post(ada["url"], data=b'{"QueueName": "orders"}', headers=create) as response:
            assert response.status == 200
        for times, kill in ((2, place.server.pid), (3, None)):
            if kill:
                os.kill(kill, 9)
            else:
                assert await visit.call("POST", "/restart", {}, ada["token"]) == (200, {})

            async def is_back(times: int = times) -> bool:
                return place.server.is_ready and place.server.starts == times

            await visit.until(is_back)
            listing = create | {"X-Amz-Target": "AmazonSQS.ListQueues"}
            async with visit.session.post(ada["url"], data=b"{}", headers=listing) as response:
                assert "/orders" in await response.text()
        assert (await visit.call("POST", "/restart", {}, "another"))[0] == 404

    play(scene)


def test_pages_of_other_sites_and_long_bodies_are_refused(play: Play) -> None:
    async def scene(visit: Visit) -> None:
        assert (await visit.call("POST", "/join", {}, Origin="http://evil.example"))[0] == 403
        assert (await visit.call("GET", "/", Host="evil.example"))[0] == 403
        assert (await visit.call("POST", "/join", {"name": "x" * 9_000}))[0] == 413
        assert (await visit.call("POST", "/join", {"name": 1}))[0] == 400
        assert (await visit.call("POST", "/join", {"name": "Ada", "code": "x", "more": 1}))[0] == 400
        for path in ("/elsewhere", "/../classroom.py", "/static/app.js"):
            async with visit.session.get(visit.url + path) as response:
                assert response.status == 404

    play(scene)
