import csv
import io
import json
from datetime import timedelta

import pytest

from tests.callers import Caller, House
from tests.queries import queries
from tests.store import samples
from tests.store.samples import NOW
from visio.store import meetings
from visio.store.models import Account, Meeting
from visio.store.retention import DAY

pytestmark = pytest.mark.one_database

PAST = "/api/v1/past-meetings"


async def over(house: House, ada: Account, slug: str = "public-room") -> Meeting:
    """A meeting of hers with something said, an hour long."""
    room = await house.room(ada, "public", slug)
    sitting = await samples.sitting(house.database, room, ada)
    async with house.database.transaction() as session:
        session.add(samples.utterance(sitting, "secret words"))
        await session.flush()
        await meetings.end(session, sitting.meeting.id, NOW + 3_600_000)
    return sitting.meeting


async def test_what_is_kept_of_a_meeting_is_shown_and_nothing_of_its_content(
    house: House, root: Caller, ada: Account
) -> None:
    meeting = await over(house, ada)
    answer = await root.get(PAST)
    (shown,) = answer.json["meetings"]
    assert shown == {
        "id": meeting.id,
        "title": "Public",
        "slug": "public-room",
        "deleted": False,
        "started_at": NOW,
        "ended_at": NOW + 3_600_000,
        "people": 1,
        "kept": ["attendance", "transcript"],
        "until": NOW + 3_600_000 + 30 * DAY,
        "held_at": None,
        "held_for": None,
        "held_reference": "",
    }
    assert (answer.json["total"], answer.json["next"]) == (1, None)
    table = await root.get(f"{PAST}.csv")
    (row,) = csv.DictReader(io.StringIO(table.body.decode("utf-8-sig")))
    assert (row["slug"], row["seconds"], row["people"]) == ("public-room", "3600", "1")
    for body in (answer.body, table.body):
        assert b"secret" not in body
        assert b"Ada" not in body


async def test_a_meeting_is_held_and_released_for_a_reason(
    house: House, root: Caller, ada: Account
) -> None:
    meeting = await over(house, ada)
    path = f"{PAST}/{meeting.id}"
    why = {"reason": "court", "reference": " TA Lyon 26/123 "}
    assert (await root.post(f"{path}/hold", why)).status == 204
    (shown,) = (await root.get(f"{PAST}?held=true")).json["meetings"]
    held = (shown["held_at"], shown["held_for"], shown["held_reference"])
    assert held == (house.clock.now, "court", "TA Lyon 26/123")
    assert (await root.post(f"{path}/purge")).code == "meeting_held"
    assert (await root.post(f"{path}/release", {"reason": "closed"})).status == 204
    assert (await root.get(f"{PAST}?held=true")).json["total"] == 0
    entries = (await root.get(f"/api/v1/audit?object={meeting.id}")).json["entries"]
    told = [(one["act"], json.loads(one["detail"]), one["room"]) for one in entries]
    # What somebody wrote is in no row of the audit.
    assert told == [
        ("meeting.released", {"reason": "closed"}, meeting.room_id),
        ("meeting.held", {"reason": "court"}, meeting.room_id),
    ]


async def test_a_meeting_is_deleted_at_once_with_its_proof(
    house: House, root: Caller, ada: Account
) -> None:
    meeting = await over(house, ada)
    path = f"{PAST}/{meeting.id}"
    assert (await root.post(f"{path}/purge")).status == 204
    assert (await root.get(PAST)).json["total"] == 0
    (entry,) = (await root.get(f"/api/v1/audit?object={meeting.id}")).json["entries"]
    assert (entry["act"], entry["author_kind"]) == ("meeting.deleted", "account")
    assert json.loads(entry["detail"]) == {"participant": 1, "utterance": 1}
    for act, body in (
        ("purge", None),
        ("hold", {"reason": "other"}),
        ("release", {"reason": "other"}),
    ):
        assert (await root.post(f"{path}/{act}", body)).code == "meeting_not_found"


async def test_what_goes_on_is_neither_past_nor_deleted(
    house: House, root: Caller, ada: Account
) -> None:
    room = await house.room(ada, "public")
    running = await samples.sitting(house.database, room, ada)
    assert (await root.get(PAST)).json["total"] == 0
    assert (await root.post(f"{PAST}/{running.meeting.id}/purge")).code == "meeting_runs"


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("hold", {}),
        ("hold", {"reason": "because"}),
        ("hold", {"reason": "court", "reference": "x" * 201}),
        ("hold", {"reason": "court", "reference": "two\nlines"}),
        ("release", {"reason": "court"}),
    ],
)
async def test_no_reason_is_no_hold(
    house: House, root: Caller, ada: Account, act: str, body: dict[str, str]
) -> None:
    meeting = await over(house, ada)
    assert (await root.post(f"{PAST}/{meeting.id}/{act}", body)).code == "invalid_fields"


async def test_each_part_takes_as_many_queries(house: House, root: Caller, ada: Account) -> None:
    await over(house, ada)
    with queries(house) as few:
        await root.get(PAST)
    for number in range(12):
        await over(house, ada, f"room-{number}")
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        with queries(house) as many:
            query = f"limit=5&sort=until&order=descending&after={after}"
            answer = (await root.get(f"{PAST}?{query}")).json
        assert len(many) <= len(few)
        found += [one["id"] for one in answer["meetings"]]
        after = answer["next"]
    assert len(set(found)) == answer["total"] == 13


@pytest.mark.parametrize("query", ["sort=people", "held=perhaps", "after=x", "search=%00"])
async def test_what_is_asked_wrongly_is_refused(root: Caller, query: str) -> None:
    assert (await root.get(f"{PAST}?{query}")).code == "invalid_fields"
    assert (await root.get(f"{PAST}.csv?{query}")).code == "invalid_fields"


async def test_meetings_outlive_their_room(house: House, root: Caller, ada: Account) -> None:
    meeting = await over(house, ada)
    await root.ask("DELETE", f"/api/v1/all-rooms/{meeting.room_id}")
    (shown,) = (await root.get(f"{PAST}?search=public")).json["meetings"]
    assert (shown["id"], shown["deleted"]) == (meeting.id, True)


async def test_the_rules_are_shown_with_what_they_are_about(
    house: House, root: Caller, ada: Account
) -> None:
    held = await over(house, ada)
    await over(house, ada, "other-room")
    await root.post(f"{PAST}/{held.id}/hold", {"reason": "inquiry"})
    counts = {"kept": 2, "due_day": 1, "due_week": 1, "held": 1}
    rules = {"days": 30, "most": 365, "audit_days": 365}
    # Both ended long before the server's clock.
    assert house.clock.now > NOW + 31 * timedelta(days=1) / timedelta(milliseconds=1)
    assert (await root.get("/api/v1/retention")).json == {**rules, **counts}
