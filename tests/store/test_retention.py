from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.store import samples
from tests.store.samples import NOW, Sitting
from visio.retention import delete_due, delete_scheduled
from visio.store import audit, meetings, retention
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Wanted
from visio.store.database import Database
from visio.store.models import (
    AuditEntry,
    Invitation,
    Meeting,
    Model,
    Room,
    ScheduledMeeting,
    Talkspurt,
)
from visio.store.retention import Hold, Rule

DAY = timedelta(days=1) // timedelta(milliseconds=1)
RULE = Rule(days=30, most=365)


async def held(database: Database, days: int = 0, slug: str = "abc-defg-hij") -> Sitting:
    """A meeting that ended at NOW, of which there is everything."""
    owner = await samples.account(database, f"{slug}@example.org")
    place = await samples.room(database, owner, slug)
    sitting = await samples.sitting(database, place, owner)
    async with database.transaction() as session:
        before = await session.scalar(select(func.max(Talkspurt.sequence) + 1)) or 0
        await session.execute(update(Room).where(Room.id == place.id).values(retention_days=days))
        spoken = samples.talkspurt(sitting, before), samples.utterance(sitting, "words")
        session.add_all(spoken)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, NOW)
    return sitting


async def count(database: Database, table: str) -> int:
    async with database.transaction() as session:
        query = select(func.count()).select_from(Model.metadata.tables[table])
        return await session.scalar(query) or 0


def scheduled(room_id: str, name: str, **when: int | None) -> ScheduledMeeting:
    row: dict[str, object] = {"room_id": room_id, "title": "Comité", "agenda": "", "zone": "UTC"}
    row |= {"begins": "2026-11-23T10:00", "length": 1, "recurrence": "", "language": "fr"}
    return ScheduledMeeting(**row | when, id=name, changed_at=NOW)


async def proofs(database: Database) -> list[AuditEntry]:
    async with database.transaction() as session:
        wanted = Wanted(act=Act.MEETING_DELETED)
        return list(await audit.page(session, wanted, before=None, limit=100))


MADE = ("meeting", "participant", "consent", "talkspurt", "utterance")


async def test_a_meeting_goes_with_all_that_was_made_of_it(database: Database) -> None:
    sitting = await held(database)
    assert await delete_due(database, RULE, NOW + 30 * DAY) == 0
    assert [await count(database, table) for table in MADE] == [1] * 5
    assert await delete_due(database, RULE, NOW + 30 * DAY + 1) == 1
    assert [await count(database, table) for table in MADE] == [0] * 5
    (proof,) = await proofs(database)
    assert (proof.object, proof.room) == (sitting.meeting.id, sitting.meeting.room_id)
    assert proof.detail == '{"participant":1,"talkspurt":1,"utterance":1}'
    assert (await audit.verify(database)).faults == []


@pytest.mark.parametrize(("chosen", "days"), [(0, 30), (7, 7), (90, 90), (3660, 365)])
async def test_a_room_may_choose_within_what_the_server_allows(
    database: Database, chosen: int, days: int
) -> None:
    await held(database, chosen)
    assert await delete_due(database, RULE, NOW + days * DAY) == 0
    assert await delete_due(database, RULE, NOW + days * DAY + 1) == 1


async def test_the_servers_own_days_are_within_its_most(database: Database) -> None:
    await held(database)
    assert await delete_due(database, Rule(days=30, most=2), NOW + 2 * DAY + 1) == 1


async def test_what_goes_on_or_is_held_stays(database: Database) -> None:
    kept, other = await held(database), await held(database, slug="other-room")
    running = await samples.sitting(
        database, await samples.room(database, await samples.account(database), "third-room")
    )
    late = NOW + 400 * DAY
    async with database.transaction() as session:
        assert await retention.hold(session, kept.meeting.id, Hold(), NOW)
        assert await retention.hold(session, "unknown", Hold(), NOW) is None
    assert await delete_due(database, RULE, late) == 1
    async with database.transaction() as session:
        left = set(await session.scalars(select(Meeting.id)))
        assert left == {kept.meeting.id, running.meeting.id}
        assert await retention.delete_meeting(session, kept.meeting.id) is None
        assert await retention.delete_meeting(session, running.meeting.id) is None
        assert await retention.delete_meeting(session, other.meeting.id) is None
        await retention.release(session, kept.meeting.id)
    assert await delete_due(database, RULE, late, Author("command", "root")) == 1
    assert {proof.author for proof in await proofs(database)} == {None, "root"}


async def test_more_than_are_found_at_once_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for number in range(5):
        await held(database, slug=f"room-{number}")
    assert await delete_due(database, RULE, NOW + 31 * DAY) == 5
    assert len(await proofs(database)) == 5


async def test_a_deletion_that_stops_in_the_middle_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: neither a meeting without its proof, nor a proof without its deletion."""
    for number in range(3):
        await held(database, slug=f"room-{number}")
    append, calls = audit.append, 0

    async def fail_at_the_second(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("the power is out")
        await append(*arguments)  # type: ignore[arg-type] - as they came

    with monkeypatch.context() as patch:
        patch.setattr(audit, "append", fail_at_the_second)
        with pytest.raises(OSError, match="power"):
            await delete_due(database, RULE, NOW + 31 * DAY)
    assert (await count(database, "meeting"), len(await proofs(database))) == (2, 1)
    assert await delete_due(database, RULE, NOW + 31 * DAY, SERVER) == 2
    assert (await count(database, "meeting"), len(await proofs(database))) == (0, 3)


def test_whatever_belongs_to_a_meeting_goes_with_it() -> None:
    """Also tables of later: their foreign keys take them along, one of each table at least."""
    for table in Model.metadata.sorted_tables:
        ways = {
            key.ondelete
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table.name in MADE
        }
        assert not ways or "CASCADE" in ways or table.name in MADE, table.name
        assert ways <= {"CASCADE", "SET NULL"}, table.name


async def test_scheduled_meetings_go_as_long_after_their_end_as_meetings(
    database: Database,
) -> None:
    owner = await samples.account(database)
    place = await samples.room(database, owner)
    times: dict[str, dict[str, int | None]] = {
        "over": {"ends_at": NOW},
        "cancelled": {"ends_at": NOW + 99 * DAY, "cancelled_at": NOW},
        "to come": {"ends_at": NOW + 99 * DAY},
        "without end": {"ends_at": None},
    }
    async with database.transaction() as session:
        for name, when in times.items():
            session.add(scheduled(place.id, name, **when))
        await session.flush()
        session.add(Invitation(scheduled_meeting_id="over", email="bob@example.org"))
    assert await delete_scheduled(database, RULE, NOW + 30 * DAY) == 0
    assert await delete_scheduled(database, RULE, NOW + 30 * DAY + 1) == 2
    async with database.transaction() as session:
        kept = set(await session.scalars(select(ScheduledMeeting.id)))
        wanted = Wanted(act=Act.SCHEDULED_DELETED)
        proofs = await audit.page(session, wanted, before=None, limit=9)
    assert kept == {"to come", "without end"}
    assert {proof.object for proof in proofs} == {"over", "cancelled"}
    assert await count(database, "invitation") == 0
