import base64
import csv
import io
import json

import pytest

from tests.callers import Caller, House
from tests.queries import queries
from tests.store import samples
from tests.store.samples import NOW
from tests.views.test_lists import fill
from visio.hub import HUB
from visio.store import rooms
from visio.store.models import Account, Room

pytestmark = pytest.mark.one_database

ALL = "/api/v1/all-rooms"


def cursor(sort: str, value: object, row_id: str = "0" * 36) -> str:
    """What stands for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps([sort, value, row_id]).encode()).decode()


@pytest.fixture
async def room(house: House, ada: Account) -> Room:
    return await house.room(ada, "restricted")


async def acts(root: Caller, room: Room) -> list[tuple[str, str, dict[str, object]]]:
    """What the audit has of a room, the oldest first."""
    entries = (await root.get(f"/api/v1/audit?room={room.id}")).json["entries"]
    return [(one["act"], one["object"], _detail(one)) for one in reversed(entries)]


def _detail(entry: dict[str, str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(entry["detail"])
    return found


async def test_a_room_is_shown_with_who_owns_it_and_who_is_inside(
    house: House, root: Caller, ada: Account
) -> None:
    public = await house.room(ada, "public")
    await house.member(public, await house.account("bob@example.org"))
    await house.enter(house.anonymous(), public.slug, name="Guest")
    answer = (await root.get(ALL)).json
    (shown,) = answer["rooms"]
    assert (answer["total"], answer["next"]) == (1, None)
    assert shown["owners"] == [{"id": ada.id, "name": "Ada", "email": "ada@example.org"}]
    assert (shown["slug"], shown["members"], shown["live"]) == ("public-room", 2, 1)
    assert shown["last_meeting"] >= shown["created_at"] > NOW
    assert shown["access"] == "public"


async def test_ten_thousand_are_walked_through_with_as_many_queries_for_each_part(
    house: House, root: Caller
) -> None:
    await root.get(f"{ALL}?search=nothing")  # what is prepared once
    with queries(house) as few:
        await root.get(ALL)
    await fill(house, 450)
    slugs: list[str] = []
    after: str | None = ""
    while after is not None:
        with queries(house) as many:
            answer = (await root.get(f"{ALL}?limit=200&sort=slug&after={after}")).json
        assert len(many) <= len(few)
        slugs += [one["slug"] for one in answer["rooms"]]
        after = answer["next"]
    assert slugs == sorted(f"room-{number}" for number in range(450))
    assert answer["total"] == 450


@pytest.mark.parametrize(
    "query",
    [
        "sort=secret",
        "order=up",
        "limit=0",
        "limit=201",
        "after=x",
        f"after={cursor('title', 1)}",  # a number where titles are
        f"after={cursor('slug', 'a')}",  # of another order
        f"after={cursor('title', chr(0))}",
        f"after={cursor('title', chr(0xD800))}",
        f"after={cursor('title', 'a', 'no id')}",
        f"after={base64.urlsafe_b64encode(b'[' * 3000).decode()}",
        f"sort=created&after={cursor('created', True)}",
        f"sort=created&after={cursor('created', 2**60)}",
        "search=%00",
        "color=red",
    ],
)
async def test_what_is_asked_wrongly_is_refused(root: Caller, query: str) -> None:
    assert (await root.get(f"{ALL}?{query}")).code == "invalid_fields"
    assert (await root.get(f"{ALL}.csv?{query}")).code == "invalid_fields"


async def test_titles_of_any_signs_are_walked_through(
    house: House, root: Caller, ada: Account
) -> None:
    titles = ["\u200bInvisible", "\ufdfa" * 200, "🏛" * 200, "東京"]
    for number, title in enumerate(titles):
        room = await house.room(ada, "public", f"room-{number}")
        async with house.database.transaction() as session:
            await rooms.change(session, room.id, {"title": title})
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        answer = (await root.get(f"{ALL}?limit=1&after={after}")).json
        found += [one["title"] for one in answer["rooms"]]
        after = answer["next"]
    assert sorted(found) == sorted(titles)


async def test_a_table_holds_all_and_no_formula(
    house: House, root: Caller, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.views.parts._AT_ONCE", 2)
    for number in range(5):
        room = await house.room(ada, "public", f"room-{number}")
        async with house.database.transaction() as session:
            await rooms.change(session, room.id, {"title": f"=SUM({number})"})
    answer = await root.get(f"{ALL}.csv?limit=1&sort=slug&order=descending")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rooms.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row["title"] for row in rows] == [f"'=SUM({number})" for number in (4, 3, 2, 1, 0)]
    assert {row["owners"] for row in rows} == {"ada@example.org"}
    assert {row["last_meeting"] for row in rows} == {""}
    found = (await root.get(f"{ALL}.csv?search=room-3")).body
    assert len(found.splitlines()) == 2


async def test_an_administrator_changes_a_room_under_the_policy(
    house: House, root: Caller, room: Room
) -> None:
    path = f"{ALL}/{room.id}"
    new = {"title": "New", "access": "public", "retention_days": 7}
    assert (await root.ask("PATCH", path, new)).status == 204
    (shown,) = (await root.get(f"{ALL}?search=new")).json["rooms"]
    assert {name: shown[name] for name in new} == new
    policy = {"access": ["restricted"], "creators": "everybody", "max_participants": 5}
    await root.put("/api/v1/policy", policy)
    assert (await root.ask("PATCH", path, {"access": "trusted"})).code == "access_ruled_out"
    assert (await root.ask("PATCH", path, {"max_participants": 6})).code == "most_ruled_out"
    assert (await root.ask("PATCH", path, {"owner": "x"})).code == "invalid_fields"
    (act,) = await acts(root, room)
    detail = {"access": "public", "retention_days": 7, "fields": sorted(new)}
    assert act == ("room.changed", room.id, detail)


async def test_a_change_is_in_force_inside(house: House, root: Caller, ada: Account) -> None:
    room = await house.room(ada, "public")
    await house.enter(house.anonymous(), room.slug, name="Guest")
    await root.ask("PATCH", f"{ALL}/{room.id}", {"max_participants": 1})
    join = f"/api/v1/rooms/{room.slug}/join"
    assert (await house.anonymous().post(join, {"name": "Two"})).code == "room_full"


async def test_an_administrator_deletes_a_room_with_its_meeting(
    house: House, root: Caller, ada: Account
) -> None:
    room = await house.room(ada, "public")
    await house.enter(house.anonymous(), room.slug, name="Guest")
    path = f"{ALL}/{room.id}"
    assert (await root.ask("DELETE", path)).status == 204
    assert house.server.app[HUB].opened(room.slug) is None
    assert (await root.get(ALL)).json["total"] == 0
    assert (await root.ask("DELETE", path)).code == "room_not_found"
    assert (await root.ask("PATCH", path, {"title": "x"})).code == "room_not_found"
    assert (await root.put(f"{path}/owner", {"email": ada.email})).code == "room_not_found"
    assert ("room.deleted", room.id, {}) in await acts(root, room)


async def test_a_room_gets_another_owner_also_inside(
    house: House, root: Caller, ada: Account
) -> None:
    room, bob = await house.room(ada, "public"), await house.account("bob@example.org")
    path = f"{ALL}/{room.id}/owner"
    assert (await root.put(path, {"email": "nobody@example.org"})).code == "address_unknown"
    assert (await root.put(path, {"email": "nobody"})).code == "invalid_fields"
    await house.enter(await house.signed_in(bob), room.slug)
    assert (await root.put(path, {"email": " BOB@example.org "})).status == 204
    live = house.server.app[HUB].opened(room.slug)
    assert live
    roles = {one.attributes["visio.role"] for one in live.room.participants.values()}
    assert roles == {"owner"}
    (shown,) = (await root.get(ALL)).json["rooms"]
    assert [one["email"] for one in shown["owners"]] == ["bob@example.org"]
    members = (await (await house.signed_in(bob)).get(f"/api/v1/rooms/{room.slug}/members")).json
    assert {one["email"]: one["role"] for one in members["members"]} == {
        "bob@example.org": "owner",
        "ada@example.org": "administrator",
    }
    assert (await acts(root, room))[-2:] == [
        ("room.role_given", bob.id, {"role": "owner"}),
        ("room.role_given", ada.id, {"role": "administrator"}),
    ]


async def test_nobody_who_is_kept_out_becomes_owner(house: House, root: Caller, room: Room) -> None:
    bob = await house.account("bob@example.org")
    await root.ask("PATCH", f"/api/v1/accounts/{bob.id}", {"disabled": True})
    given = await root.put(f"{ALL}/{room.id}/owner", {"email": bob.email})
    assert given.code == "address_unknown"


async def test_an_administrator_reads_nothing_by_taking_a_room(
    house: House, root: Caller, room: Room
) -> None:
    """What was said before stays with those who were there."""
    held = await samples.sitting(house.database, room)
    path = f"/api/v1/meetings/{held.meeting.id}"
    assert (await root.get(path)).code == "meeting_not_found"
    await root.put(f"{ALL}/{room.id}/owner", {"email": "root@example.org"})
    assert (await root.get(path)).code == "meeting_not_found"
    assert (await root.get(f"{path}/attendance.csv")).code == "meeting_not_found"
    assert (await root.get("/api/v1/meetings")).json["meetings"] == []
