import csv
import hashlib
import io
import json
from typing import Any

import pytest

from tests.callers import Caller, House
from tests.queries import queries
from tests.store import samples
from tests.store.samples import NOW
from visio.retention import delete_due
from visio.store import audit, meetings, rooms
from visio.store.audit import COLUMNS
from visio.store.models import Account, Meeting
from visio.store.retention import DAY, Rule

pytestmark = pytest.mark.one_database

PROOFS = "/api/v1/deletion-proofs"


async def deleted(house: House, ada: Account, slug: str, by: Caller | None = None) -> Meeting:
    """A meeting that is gone: by the rules, or by somebody."""
    room = await house.room(ada, "public", slug)
    async with house.database.transaction() as session:
        await rooms.change(session, room.id, {"title": f"=Été {slug}"})
    meeting = (await samples.sitting(house.database, room, ada)).meeting
    async with house.database.transaction() as session:
        await meetings.end(session, meeting.id, NOW)
    if by:
        assert (await by.post(f"/api/v1/past-meetings/{meeting.id}/purge")).status == 204
    else:
        assert await delete_due(house.database, Rule(1, 1), NOW + 2 * DAY) == 1
    return meeting


def checks(proof: dict[str, Any]) -> bool:
    """As docs/privacy.md says that a row's hash is made: from the JSON alone."""
    entry = proof["entry"]
    covered = [entry[name] for name in COLUMNS if name != "hash"]
    text = proof["before"] + json.dumps(covered, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest() == entry["hash"]


async def test_proofs_are_listed_newest_first_with_what_is_known(
    house: House, root: Caller, ada: Account
) -> None:
    first = await deleted(house, ada, "room-one")
    second = await deleted(house, ada, "room-two", root)
    answer = (await root.get(PROOFS)).json
    assert [one["entry"]["object"] for one in answer["proofs"]] == [second.id, first.id]
    assert [one["by"] for one in answer["proofs"]] == ["Root", None]
    assert answer["proofs"][0]["title"] == "=Été room-two"
    assert answer["next"] is None
    page = (await root.get(f"{PROOFS}?limit=1")).json
    rest = (await root.get(f"{PROOFS}?limit=1&before={page['next']}")).json
    assert [*page["proofs"], *rest["proofs"]] == answer["proofs"]


async def test_a_proof_is_checked_by_itself(house: House, root: Caller, ada: Account) -> None:
    await deleted(house, ada, "room-one")
    await deleted(house, ada, "room-two", root)
    proofs = json.loads((await root.get(f"{PROOFS}.json")).body)
    assert [checks(one) for one in proofs] == [True, True]
    proofs[0]["entry"]["detail"] = "{}"
    proofs[1]["entry"]["author"] = ada.id
    assert [checks(one) for one in proofs] == [False, False]
    # And the chain still has it.
    entry = proofs[0]["entry"]
    expected = (entry["number"], entry["hash"])
    assert (await audit.verify(house.database, expected=expected)).faults == []


async def test_proofs_are_found_by_room_meeting_and_time(
    house: House, root: Caller, ada: Account
) -> None:
    one = await deleted(house, ada, "room-one")
    await deleted(house, ada, "room-two")

    async def found(query: str) -> list[str]:
        answer = (await root.get(f"{PROOFS}?{query}")).json["proofs"]
        downloaded = json.loads((await root.get(f"{PROOFS}.json?{query}")).body)
        assert sorted(map(str, answer)) == sorted(map(str, downloaded))
        return [proof["entry"]["object"] for proof in answer]

    assert await found(f"search={one.id}") == [one.id]
    assert await found("search=ETE+room-one") == await found("search=m-one") == [one.id]
    at = (await root.get(PROOFS)).json["proofs"][0]["entry"]["created_at"]
    assert await found(f"since={at + 1}") == await found("until=1") == []
    assert len(await found(f"until={at + 1}")) == 2


async def test_the_table_holds_what_the_json_does_and_no_formula(
    house: House, root: Caller, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.store.proofs._AT_ONCE", 1)
    for slug in ("room-one", "room-two"):
        await deleted(house, ada, slug)
    answer = await root.get(f"{PROOFS}.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="proofs.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    proofs = json.loads((await root.get(f"{PROOFS}.json")).body)
    assert [row["hash"] for row in rows] == [one["entry"]["hash"] for one in proofs]
    assert [row["hash_before"] for row in rows] == [one["before"] for one in proofs]
    assert rows[0]["title"] == "'=Été room-one"


async def test_a_part_takes_as_many_queries_however_many_there_are(
    house: House, root: Caller, ada: Account
) -> None:
    await deleted(house, ada, "room-one", root)
    with queries(house) as few:
        await root.get(PROOFS)
    for number in range(7):
        await deleted(house, ada, f"room-{number}")
    with queries(house) as many:
        await root.get(PROOFS)
    assert len(many) <= len(few)


async def test_reading_proofs_is_written_down(house: House, root: Caller) -> None:
    await root.get(f"{PROOFS}?search=x")
    await root.get(f"{PROOFS}.csv")
    entries = (await root.get("/api/v1/audit")).json["entries"]
    told = [(one["act"], json.loads(one["detail"])) for one in entries]
    assert ("audit.read", {"filters": ["act", "search"]}) in told
    assert ("audit.exported", {"format": "csv", "act": "meeting.deleted"}) in told


async def test_nothing_is_an_empty_list(root: Caller) -> None:
    assert (await root.get(PROOFS)).json == {"proofs": [], "next": None}
    assert json.loads((await root.get(f"{PROOFS}.json")).body) == []
    assert (await root.get(f"{PROOFS}.csv")).body.decode("utf-8-sig").count("\r\n") == 1


@pytest.mark.parametrize("query", ["since=x", "limit=0", "before=-1", "color=red", "search=%00"])
async def test_what_is_asked_wrongly_is_refused(root: Caller, query: str) -> None:
    assert (await root.get(f"{PROOFS}?{query}")).code == "invalid_fields"
