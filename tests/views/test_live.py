import csv
import io

import pytest

from tests.callers import BOT_KEY, Caller, House, call_claims
from visio.auth import tokens
from visio.hub import HUB, LiveRoom
from visio.store.models import Account

pytestmark = pytest.mark.one_database

LIVE = "/api/v1/live-meetings"


async def running(house: House, owner: Account, slug: str, title: str = "") -> LiveRoom:
    """A meeting with its owner inside."""
    room = await house.room(owner, "public", slug)
    caller = await house.signed_in(owner)
    if title:
        await caller.ask("PATCH", f"/api/v1/rooms/{slug}", {"title": title})
    await house.enter(caller, room.slug)
    live = house.server.app[HUB].opened(slug)
    assert live
    return live


def table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


async def test_nothing_runs(root: Caller) -> None:
    assert (await root.get(LIVE)).json == {"meetings": [], "total": 0}
    assert (await root.get(f"{LIVE}.csv")).body.decode("utf-8-sig") == "title,slug,since,people\r\n"


async def test_a_meeting_is_shown_with_who_is_in_it_and_how_they_came(
    house: House, root: Caller, ada: Account
) -> None:
    live = await running(house, ada, "ada-room")
    await house.enter(house.anonymous(), "ada-room", name="Guest")
    grants = tokens.Grants(room="ada-room", room_join=True)
    bot = tokens.Claims("recorder", grants, "Recorder", key=BOT_KEY)
    await house.connect(Caller(house.server, token=house.token(bot)))

    assert live.meeting
    (shown,) = (await root.get(LIVE)).json["meetings"]
    assert shown == {
        "sid": live.room.sid,
        "slug": "ada-room",
        "title": "Public",
        "programs": False,
        "since": live.meeting.started_at,
        "people": 3,
        "locked": False,
        "transcription": False,
    }
    answer = (await root.get(f"{LIVE}/{live.room.sid}")).json
    assert answer["meeting"] == shown
    people = {one.pop("name"): one for one in answer["participants"]}
    assert {name: (one["came"], one["role"]) for name, one in people.items()} == {
        "Ada": ("account", "owner"),
        "Guest": ("guest", "guest"),
        "Recorder": ("program", None),
    }
    # Nobody has sent a packet of media yet.
    assert {one["quality"] for one in people.values()} == {"connecting"}
    assert answer["total"] == 3


async def test_a_room_of_programs_alone_is_shown_too(house: House, root: Caller) -> None:
    grants = tokens.Grants(room="a/b c", room_join=True, room_create=True)
    claims = tokens.Claims("p-x", grants, "X", key=BOT_KEY)
    await house.connect(Caller(house.server, token=house.token(claims)))
    (shown,) = (await root.get(LIVE)).json["meetings"]
    assert (shown["slug"], shown["title"], shown["programs"]) == ("a/b c", "a/b c", True)
    assert (await root.post(f"{LIVE}/{shown['sid']}/end")).status == 204
    assert (await root.get(LIVE)).json["total"] == 0


async def test_they_are_searched_sorted_and_cut_into_pages(
    house: House, root: Caller, ada: Account
) -> None:
    await running(house, ada, "room-one", "Comité")
    await running(house, ada, "room-two", "Atelier")
    await running(house, ada, "room-six", "Bureau")
    await house.enter(house.anonymous(), "room-two", name="Guest")

    async def titles(query: str) -> list[str]:
        answer = await root.get(f"{LIVE}?{query}")
        return [one["title"] for one in answer.json["meetings"]]

    assert await titles("") == ["Atelier", "Bureau", "Comité"]
    assert await titles("order=descending") == ["Comité", "Bureau", "Atelier"]
    assert await titles("sort=since") == ["Comité", "Atelier", "Bureau"]
    assert (await titles("sort=people&order=descending"))[0] == "Atelier"
    assert await titles("search=COMITE") == ["Comité"]
    assert await titles("search=room-six") == ["Bureau"]
    assert await titles("limit=1&offset=1") == ["Bureau"]
    assert (await root.get(f"{LIVE}?limit=1")).json["total"] == 3


@pytest.mark.parametrize(
    "query", ["sort=secret", "order=up", "limit=0", "limit=201", "offset=-1", "color=red"]
)
async def test_what_is_asked_wrongly_is_refused(root: Caller, query: str) -> None:
    assert (await root.get(f"{LIVE}?{query}")).code == "invalid_fields"


async def test_a_table_holds_all_and_no_formula(house: House, root: Caller, ada: Account) -> None:
    live = await running(house, ada, "ada-room", "Été, réunion")
    for name in ("=cmd|' /C calc'!A1", " +1", "-1", "@SUM(A1)", 'Zoé "Z"'):
        await house.enter(house.anonymous(), "ada-room", name=name)
    answer = await root.get(f"{LIVE}.csv?limit=1")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="meetings.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    (meeting,) = table(answer.body)
    assert (meeting["title"], meeting["people"]) == ("Été, réunion", "6")
    assert meeting["since"].endswith("+00:00")
    people = table((await root.get(f"{LIVE}/{live.room.sid}/participants.csv?limit=1")).body)
    assert {one["name"] for one in people} == {
        "Ada",
        "'=cmd|' /C calc'!A1",
        "'+1",  # a name's blanks go when it is given
        "'-1",
        "'@SUM(A1)",
        'Zoé "Z"',
    }


async def test_an_administrator_ends_a_meeting_but_never_the_next_one(
    house: House, root: Caller, ada: Account
) -> None:
    before = await running(house, ada, "ada-room")
    assert (await root.post(f"{LIVE}/{before.room.sid}/end")).status == 204
    assert house.server.app[HUB].opened("ada-room") is None
    await house.enter(await house.signed_in(ada), "ada-room")
    assert (await root.post(f"{LIVE}/{before.room.sid}/end")).code == "meeting_not_found"
    assert house.server.app[HUB].live("ada-room") == 1


async def test_an_administrator_removes_anybody_a_host_too(
    house: House, root: Caller, ada: Account
) -> None:
    live = await running(house, ada, "ada-room")
    guest = await house.enter(house.anonymous(), "ada-room", name="Guest")
    people = (await root.get(f"{LIVE}/{live.room.sid}")).json["participants"]
    for one in people:
        path = f"{LIVE}/{live.room.sid}/participants/{one['sid']}/remove"
        assert (await root.post(path)).status == 204
        again = await root.post(path)
        assert again.code in ("not_found", "meeting_not_found")
    # The token of before opens nothing.
    assert (await guest.get("/api/v1/rooms/ada-room/transcript")).code == "not_allowed"


async def test_nobody_else_ends_removes_or_looks(house: House, ada: Account) -> None:
    live = await running(house, ada, "ada-room")
    caller, sid = await house.signed_in(ada), live.room.sid
    (me,) = live.room.participants
    assert (await caller.get(f"{LIVE}/{sid}")).code == "not_allowed"
    assert (await caller.post(f"{LIVE}/{sid}/end")).code == "not_allowed"
    assert (await caller.post(f"{LIVE}/{sid}/participants/{me}/remove")).code == "not_allowed"
    outside = Caller(house.server, token=house.token(call_claims("ada-room")))
    assert (await outside.get(f"{LIVE}/{sid}")).code == "not_signed_in"
    assert house.server.app[HUB].live("ada-room") == 1


async def test_what_an_administrator_did_is_written_down(
    house: House, root: Caller, ada: Account
) -> None:
    live = await running(house, ada, "ada-room")
    (me,) = live.room.participants.values()
    await house.enter(house.anonymous(), "ada-room", name="Guest")
    assert live.meeting
    await root.post(f"{LIVE}/{live.room.sid}/participants/{me.sid}/remove")
    await root.post(f"{LIVE}/{live.room.sid}/end")
    ended, removed = [
        entry
        for entry in (await root.get("/api/v1/audit")).json["entries"]
        if entry["act"] in ("meeting.ended", "meeting.removed")
    ]
    assert (ended["object"], removed["object"]) == (live.meeting.id, me.identity)
    assert ended["author"] == removed["author"] != ada.id
