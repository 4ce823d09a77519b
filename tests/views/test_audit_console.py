"""The audit as administrators look things up in it, verify it, and read it in words."""

import json
from pathlib import Path
from typing import Any

import pytest

import visio
from tests.callers import Caller, House
from tests.queries import queries
from tests.store.test_audit import tamper
from tests.views.test_services import program
from visio.store import audit, rooms
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.models import Account

pytestmark = pytest.mark.one_database

AUDIT = "/api/v1/audit"
VERIFY = f"{AUDIT}/verification"
WEB = Path(visio.__file__).parent / "web" / "src"


async def wrote(house: House, author: Author, *deeds: Deed) -> None:
    async with house.database.transaction() as session:
        await audit.append(session, author, *deeds)


async def acts(root: Caller, query: str) -> list[str]:
    return [one["act"] for one in (await root.get(f"{AUDIT}?{query}")).json["entries"]]


async def test_a_person_is_found_by_what_they_did_and_had_done(
    house: House, root: Caller, ada: Account
) -> None:
    bob = await house.account("bob@example.org")
    await wrote(
        house,
        Author("account", ada.id),
        Deed(Act.ROOM_CREATED),
        Deed(Act.ROLE_GIVEN, ("account", bob.id)),
    )
    await wrote(house, Author("account", bob.id), Deed(Act.ACCOUNT_DISABLED, ("account", ada.id)))
    await wrote(house, Author("server"), Deed(Act.REMOVED, ("participant", ada.id)))
    everything = ["account.disabled", "room.role_given", "room.created"]
    for whom in (ada.id, "ada@example.org", "ADA@example.org"):
        assert await acts(root, f"person={whom}") == everything
    assert await acts(root, "person=bob@example.org") == ["account.disabled", "room.role_given"]
    both = f"person={ada.id}&act=room.created"
    assert await acts(root, both) == ["room.created"]
    unknown = await root.get(f"{AUDIT}?person=nobody@example.org")
    assert unknown.code == "address_unknown"


async def test_a_room_is_found_by_its_address_even_once_it_is_deleted(
    house: House, root: Caller, ada: Account
) -> None:
    room = await house.room(ada, "public", "conseil")
    by = Author("account", ada.id)
    await wrote(house, by, Deed(Act.ROOM_CHANGED, ("room", room.id), room.id))
    await wrote(house, by, Deed(Act.BANNED, ("browser", "x"), room.id), Deed(Act.ENDED))
    assert await acts(root, "about=conseil") == ["room.banned", "room.changed"]
    names = (await root.get(f"{AUDIT}?about=conseil")).json["names"]
    assert names == {ada.id: "Ada", room.id: "Public"}
    async with house.database.transaction() as session:
        await rooms.remove(session, room.id, house.clock())
    assert await acts(root, "about=conseil") == ["room.banned", "room.changed"]
    assert (await root.get(f"{AUDIT}?about=conseil")).json["names"] == {ada.id: "Ada"}
    assert await acts(root, f"about={room.id}") == ["room.banned", "room.changed"]
    assert await acts(root, "about=x") == ["room.banned"]


async def test_programs_are_named_by_their_keys(house: House, root: Caller) -> None:
    _, caller = await program(house, "rooms:write")
    await caller.post("/api/v1/rooms", {"title": "Conseil"})
    told = (await root.get(f"{AUDIT}?act=room.created")).json
    (entry,) = told["entries"]
    assert entry["author_kind"] == "key"
    assert told["names"] == {entry["author"]: "test", entry["object"]: "Conseil"}


async def test_more_rows_of_more_kinds_need_no_more_queries(
    house: House, root: Caller, ada: Account
) -> None:
    counts = []
    for some in ("a", "b"):
        with queries(house) as sent:
            path = f"{AUDIT}?person=ada@example.org&about=conseil&limit=50"
            assert (await root.get(path)).status == 200
        counts.append(len(sent))
        for number in range(10):
            room = await house.room(ada, "public", f"room-{some}-{number}")
            await wrote(house, Author("account", ada.id), Deed(Act.ENDED, room=room.id))
    assert counts[0] == counts[1]


async def test_what_is_exported_is_what_was_asked_for(
    house: House, root: Caller, ada: Account
) -> None:
    room = await house.room(ada, "public", "conseil")
    by = Author("account", ada.id)
    await wrote(house, by, Deed(Act.ROOM_CHANGED, ("room", room.id), room.id), Deed(Act.ENDED))
    answer = await root.get(f"{AUDIT}/export?person=ada@example.org&about=conseil")
    rows = [json.loads(line) for line in answer.body.decode().splitlines()]
    assert [row["act"] for row in rows] == ["room.changed"]
    table = (await root.get(f"{AUDIT}/export?about=conseil&format=csv")).body.decode()
    assert len(table.splitlines()) == 2
    unknown = await root.get(f"{AUDIT}/export?person=nobody@example.org")
    assert unknown.code == "address_unknown"
    newest = (await root.get(f"{AUDIT}?act=audit.exported")).json["entries"]
    assert [json.loads(one["detail"])["filters"] for one in newest] == [
        ["about"],
        ["about", "person"],
    ]


async def test_the_chain_is_verified_and_said_where_it_breaks(house: House, root: Caller) -> None:
    whole = (await root.post(VERIFY, {})).json
    assert (whole["faults"], whole["faults_in_all"]) == ([], 0)
    assert whole["number"] >= whole["rows"] >= 1
    noted = {"expected": {"number": whole["number"], "hash": whole["hash"]}}
    assert (await root.post(VERIFY, noted)).json["faults"] == []
    said = (await root.get(f"{AUDIT}?act=audit.verified")).json["entries"]
    assert [json.loads(one["detail"])["faults"] for one in said] == [0, 0]

    wrong = {"expected": {"number": whole["number"], "hash": "0" * 64}}
    assert (await root.post(VERIFY, wrong)).json["faults"] == [
        {"number": whole["number"], "what": "changed"}
    ]
    late = {"expected": {"number": 10_000, "hash": "0" * 64}}
    assert (await root.post(VERIFY, late)).json["faults"] == [{"number": 10_000, "what": "missing"}]
    number = whole["number"]
    await tamper(house.database, "UPDATE audit SET act = 'x' WHERE number = :n", n=number)
    broken = (await root.post(VERIFY, {})).json
    assert broken["faults"] == [{"number": number, "what": "changed"}]
    assert broken["faults_in_all"] == 1
    for body in ({"expected": {"number": 1, "hash": "x"}}, {"expected": 7}, {"more": 1}):
        assert (await root.post(VERIFY, body)).code == "invalid_fields", body


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_act_is_said_in_words(language: str) -> None:
    words: dict[str, Any] = json.loads((WEB / f"locales/{language}.json").read_text())
    known = {str(act).replace(".", "_", 1) for act in Act}
    for group in ("acts", "says"):
        said = words["admin"]["audit"][group]
        assert set(said) == known
    assert all("{{who}}" in one for one in words["admin"]["audit"]["says"].values())
    offered = (WEB / "features/admin/audit/acts.ts").read_text()
    assert all(f'"{word}"' in offered for word in known)
