"""What holds for every list and for requests that are sent twice."""

import asyncio
from datetime import timedelta

import pytest

from tests.callers import Caller, House
from tests.queries import queries
from visio.store import accounts, rooms, services
from visio.store.database import Database
from visio.store.models import Account, Room, RoomMember, new_id

ROOMS = "/api/v1/rooms"
TITLE = {"title": "Conseil"}


@pytest.fixture
async def ada(house: House) -> Caller:
    return await house.signed_in(await house.account("ada@example.org"))


async def fill(house: House, count: int) -> None:
    """So many rooms of ada's, some of them as old as others."""
    ada = await house.account("ada@example.org")
    ids = [new_id() for _ in range(count)]
    async with house.database.transaction() as session:
        session.add_all(
            Room(
                id=row_id,
                slug=f"room-{number}",
                title=f"{number}",
                access="public",
                owner_id=ada.id,
            )
            for number, row_id in enumerate(ids)
        )
        await session.flush()
        session.add_all(
            RoomMember(room_id=row_id, account_id=ada.id, role="owner", created_at=1000 + n // 3)
            for n, row_id in enumerate(ids)
        )


async def browser(house: House) -> Caller:
    async with house.database.transaction() as session:
        ada = await accounts.by_email(session, "ada@example.org")
    assert ada
    return await house.signed_in(ada)


async def test_parts_of_a_list_are_the_list(house: House) -> None:
    await fill(house, 10)
    caller = await browser(house)
    whole = (await caller.get(ROOMS)).json
    assert (len(whole["rooms"]), whole["next"]) == (10, None)
    parts, after = [], ""
    while after is not None:
        part = (await caller.get(f"{ROOMS}?limit=4{after and f'&after={after}'}")).json
        parts.append(part["rooms"])
        after = part["next"]
    assert [len(part) for part in parts] == [4, 4, 2]
    assert [room for part in parts for room in part] == whole["rooms"]


async def test_a_list_that_ends_with_a_page_has_no_next(house: House) -> None:
    await fill(house, 4)
    assert (await (await browser(house)).get(f"{ROOMS}?limit=4")).json["next"] is None


@pytest.mark.one_database
@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=%D9%A1",
        "after=",
        "after=x",
        "after=MSAy",
        "after=%00",
    ],
)
async def test_pages_that_no_page_named_are_refused(ada: Caller, query: str) -> None:
    answer = await ada.get(f"{ROOMS}?{query}")
    assert answer.status in (400, 422), query


@pytest.mark.one_database
async def test_no_list_takes_more_queries_as_rows_grow(house: House) -> None:
    await fill(house, 3)
    caller = await browser(house)
    room = (await caller.get(ROOMS)).json["rooms"][0]["slug"]
    root = await house.signed_in(await house.account("root@example.org", administrator=True))
    lists = [
        (caller, ROOMS, "rooms"),
        (caller, f"{ROOMS}/{room}/members", "members"),
        (root, "/api/v1/accounts", "accounts"),
        (root, "/api/v1/accounts?search=example.org&sort=name", "accounts"),
        (root, "/api/v1/services", "services"),
    ]
    before = {}
    for who, path, _ in lists:
        with queries(house) as said:
            assert (await who.get(path)).status == 200
        before[path] = len(said)
    await _grow(house.database, room)
    for who, path, name in lists:
        with queries(house) as said:
            answer = await who.get(path)
        assert len(answer.json[name]) > 20
        assert len(said) == before[path], path


async def _grow(database: Database, slug: str) -> None:
    async with database.transaction() as session:
        room = await rooms.by_slug(session, slug)
        ada = await accounts.by_email(session, "ada@example.org")
        assert room
        assert ada
        for number in range(30):
            person = Account(email=f"p{number}@example.org", name="P", password_hash="-")
            await accounts.add(session, person)
            await session.flush()
            await rooms.set_member(session, room.id, person.id, "member")
            await services.add(session, f"Salle {number}")
            more = Room(slug=f"more-{number}", title="x", access="public", owner_id=ada.id)
            await rooms.add(session, more)


async def titles(caller: Caller) -> list[str]:
    return [room["title"] for room in (await caller.get(ROOMS)).json["rooms"]]


async def test_what_is_sent_again_is_done_once(ada: Caller) -> None:
    key = {"Idempotency-Key": "8e03978e"}
    first = await ada.post(ROOMS, TITLE, **key)
    again = await ada.post(ROOMS, TITLE, **key)
    assert (first.status, first.body) == (again.status, again.body)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert await titles(ada) == ["Conseil"]
    assert (await ada.post(ROOMS, TITLE)).json["slug"] != first.json["slug"]


async def test_what_is_sent_twice_at_once_is_done_once(ada: Caller) -> None:
    posts = [ada.post(ROOMS, TITLE, **{"Idempotency-Key": "k"}) for _ in range(8)]
    answers = await asyncio.gather(*posts)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert await titles(ada) == ["Conseil"]


async def test_another_request_with_the_same_key_is_refused(ada: Caller) -> None:
    key = {"Idempotency-Key": "k"}
    await ada.post(ROOMS, TITLE, **key)
    assert (await ada.post(ROOMS, {"title": "Other"}, **key)).code == "idempotency_key_reused"
    assert await titles(ada) == ["Conseil"]


async def test_a_refusal_is_not_kept(house: House, ada: Caller) -> None:
    taken = {"title": "Conseil", "slug": "public-room"}
    await house.room(await house.account("bob@example.org"))
    key = {"Idempotency-Key": "k"}
    assert (await ada.post(ROOMS, taken, **key)).code == "slug_taken"
    assert (await ada.post(ROOMS, TITLE, **key)).status == 201


@pytest.mark.one_database
async def test_keys_of_others_are_others(house: House, ada: Caller) -> None:
    key = {"Idempotency-Key": "k"}
    mine = await ada.post(ROOMS, TITLE, **key)
    bob = await house.signed_in(await house.account("bob@example.org"))
    assert (await bob.post(ROOMS, TITLE, **key)).json["slug"] != mine.json["slug"]


@pytest.mark.one_database
async def test_a_key_is_forgotten_after_a_day(house: House) -> None:
    account = await house.account("ada@example.org")
    key = {"Idempotency-Key": "k"}
    ada = await house.signed_in(account)
    first = await ada.post(ROOMS, TITLE, **key)
    house.clock.move(timedelta(days=1, seconds=1))
    ada = await house.signed_in(account)
    assert (await ada.post(ROOMS, TITLE, **{"Idempotency-Key": "other"})).status == 201
    assert (await ada.post(ROOMS, TITLE, **key)).json["slug"] != first.json["slug"]


@pytest.mark.one_database
@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_of_a_wrong_length_is_refused(ada: Caller, key: str) -> None:
    assert (await ada.post(ROOMS, TITLE, **{"Idempotency-Key": key})).code == "bad_request"
