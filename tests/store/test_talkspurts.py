from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.store.samples import NOW, Sitting, account, room, sitting
from visio.store import consents, meetings, participants, talkspurts
from visio.store.consents import Answer
from visio.store.database import Database
from visio.store.models import Meeting, Talkspurt, new_id, wall_clock
from visio.store.talkspurts import Backlog, Claimed, Fresh, away, pack, unpack

LEASE = 60_000


@pytest.fixture
async def met(database: Database) -> Sitting:
    return await sitting(database, await room(database, await account(database)))


def fresh(met: Sitting, *, track: str = "TR_1", shared: bool = False, at: int = 0) -> Fresh:
    return Fresh(
        id=new_id(),
        meeting_id=met.meeting.id,
        participant_id=met.participant.id,
        track_sid=track,
        started_at=at,
        duration=900,
        audio=b"sealed",
        shared=shared,
    )


async def add(database: Database, *some: Fresh) -> None:
    for one in some:
        async with database.transaction() as session:
            await talkspurts.add(session, one)


async def claim(database: Database, worker: str = "w", now: int = NOW) -> Claimed | None:
    async with database.transaction() as session:
        return await talkspurts.claim(session, worker, now, LEASE)


async def finish(database: Database, claimed: Claimed, state: str = "done", took: int = 0) -> bool:
    async with database.transaction() as session:
        return await talkspurts.finish(session, claimed, NOW, state=state, took=took)


async def release(database: Database, worker: str, *, blamed: bool) -> None:
    async with database.transaction() as session:
        await talkspurts.release(session, worker, NOW, blamed=blamed)


async def rows(database: Database) -> list[Talkspurt]:
    async with database.transaction() as session:
        return list(await session.scalars(select(Talkspurt).order_by(Talkspurt.sequence)))


async def meeting(database: Database, met: Sitting) -> Meeting:
    async with database.transaction() as session:
        return await session.get_one(Meeting, met.meeting.id)


async def claim_final(database: Database, worker: str = "w", now: int = NOW) -> Meeting | None:
    async with database.transaction() as session:
        return await talkspurts.claim_final(session, worker, now, LEASE)


async def finish_final(database: Database, held: Meeting) -> bool:
    async with database.transaction() as session:
        return await talkspurts.finish_final(session, held)


async def end(database: Database, met: Sitting) -> None:
    async with database.transaction() as session:
        await meetings.end(session, met.meeting.id, NOW)


async def test_a_talkspurt_written_twice_lands_once(database: Database, met: Sitting) -> None:
    first, second = fresh(met), fresh(met)
    await add(database, first, second, first)
    assert [(row.id, row.sequence) for row in await rows(database)] == [
        (first.id, 0),
        (second.id, 1),
    ]


async def test_the_oldest_is_claimed_first_and_by_one_worker(
    database: Database, met: Sitting
) -> None:
    some = [fresh(met, track=f"TR_{number}") for number in range(3)]
    await add(database, *some)
    claims = [await claim(database, worker) for worker in ("a", "b", "a", "b")]
    assert [claimed.id if claimed else None for claimed in claims] == [
        *(one.id for one in some),
        None,
    ]
    assert claims[0]
    assert claims[0].wrapped_key == met.meeting.wrapped_key


async def test_a_track_is_heard_in_order_whoever_dies(database: Database, met: Sitting) -> None:
    first, second, other = fresh(met), fresh(met), fresh(met, track="TR_2")
    await add(database, first, second, other)
    held = await claim(database, "dead")
    assert held
    assert held.id == first.id
    beside = await claim(database, "other")
    assert beside
    assert beside.id == other.id
    assert await claim(database, "other") is None
    again = await claim(database, "other", NOW + LEASE)
    assert again
    assert again.id == first.id
    assert await finish(database, again)
    followed = await claim(database, "other", NOW + LEASE)
    assert followed
    assert followed.id == second.id


async def test_what_a_track_said_before_is_what_was_written_down_of_it_lately(
    database: Database, met: Sitting
) -> None:
    other, old, failed, near, own = (
        fresh(met, at=115_000, track="TR_2"),
        fresh(met, at=0),
        fresh(met, at=100_000),
        fresh(met, at=110_000),
        fresh(met, at=121_000),
    )
    await add(database, other, old, failed, near, own)
    for state in ("done", "done", "failed", "done"):
        claimed = await claim(database)
        assert claimed
        await finish(database, claimed, state)
    claimed = await claim(database)
    assert claimed
    assert claimed.id == own.id
    async with database.transaction() as session:
        before = await talkspurts.before(session, claimed, 120_000)
    assert [one.id for one in before] == [near.id]


async def test_a_claim_is_free_again_when_its_lease_runs_out(
    database: Database, met: Sitting
) -> None:
    await add(database, fresh(met))
    assert await claim(database, "dead")
    assert await claim(database, "other", NOW + LEASE - 1) is None
    taken = await claim(database, "other", NOW + LEASE)
    assert taken
    assert taken.attempts == 2


async def test_a_lease_that_is_extended_holds(database: Database, met: Sitting) -> None:
    await add(database, fresh(met))
    claimed = await claim(database, "slow")
    assert claimed
    async with database.transaction() as session:
        assert await talkspurts.extend(session, claimed, NOW + 2 * LEASE)
    assert await claim(database, "other", NOW + LEASE) is None
    assert await claim(database, "other", NOW + 2 * LEASE)
    async with database.transaction() as session:
        assert not await talkspurts.extend(session, claimed, NOW + 4 * LEASE)


async def test_only_the_holder_finishes(database: Database, met: Sitting) -> None:
    await add(database, fresh(met))
    claimed = await claim(database, "dead")
    assert claimed
    taken = await claim(database, "other", NOW + LEASE)
    assert taken
    assert taken.fence > claimed.fence
    assert not await finish(database, claimed)
    assert await finish(database, taken)
    assert not await finish(database, taken)
    assert [row.state for row in await rows(database)] == ["done"]


async def test_a_claim_is_fenced_from_its_own_workers_next(
    database: Database, met: Sitting
) -> None:
    """Names do not tell the two apart, numbers do."""
    await add(database, fresh(met))
    first = await claim(database)
    second = await claim(database, now=NOW + LEASE)
    assert first
    assert second
    assert not await finish(database, first)
    assert await finish(database, second)


async def test_a_clock_that_was_put_back_keeps_nobody_waiting(
    database: Database, met: Sitting
) -> None:
    await add(database, fresh(met))
    claimed = await claim(database, "dead", NOW + 3_600_000)
    assert claimed
    taken = await claim(database, "other", NOW)
    assert taken
    assert not await finish(database, claimed)
    assert await finish(database, taken)


async def test_a_clock_that_jumps_ahead_gives_work_twice_and_takes_it_once(
    database: Database, met: Sitting
) -> None:
    await add(database, fresh(met))
    claims = [
        await claim(database, name, NOW + hour * 3_600_000) for hour, name in enumerate("abc")
    ]
    assert all(claims)
    assert [await finish(database, one) for one in claims if one] == [False, False, True]


async def test_the_backlog_tells_how_many_wait_how_long_and_how_fast_the_workers_are(
    database: Database, met: Sitting
) -> None:
    await add(database, *(fresh(met) for _ in range(4)))
    for took in (90, 270):
        claimed = await claim(database)
        assert claimed
        await finish(database, claimed, took=took)
    async with database.transaction() as session:
        oldest = min(row.created_at for row in await session.scalars(select(Talkspurt)))
        await session.execute(update(Talkspurt).values(created_at=oldest))
        assert await talkspurts.backlog(session, NOW) == Backlog(2, max(NOW - oldest, 0), 0.2)
        later = await talkspurts.backlog(session, oldest + 5000)
        assert (later.lag, later.real_time_factor) == (5000, None)


async def test_an_empty_queue_has_no_lag(database: Database) -> None:
    async with database.transaction() as session:
        assert await talkspurts.backlog(session, NOW) == Backlog(0, 0, None)


async def test_all_who_share_a_database_have_one_clock(database: Database) -> None:
    async with database.transaction() as session:
        before = wall_clock()
        assert before - 1000 <= await talkspurts.clock(session) <= wall_clock() + 1000


async def test_others_beside_a_talkspurt_are_those_that_overlap(
    database: Database, met: Sitting
) -> None:
    async with database.transaction() as session:
        other = await participants.joined(
            session, met.meeting.id, "p-2", "PA_2", account_id=None, name="Ali", now=NOW
        )
        agreed = Answer("transcription", True, "2026-11", "en")
        await consents.record(session, other.id, agreed, NOW)
    theirs = [
        replace(fresh(met, track="TR_2", at=at), participant_id=other.id)
        for at in (0, 5000, 9000, 11_500, 13_000)
    ]
    await add(database, fresh(met, at=10_000), fresh(met, at=10_000, track="TR_3"), *theirs)
    claimed = await claim(database)
    assert claimed
    async with database.transaction() as session:
        beside = await talkspurts.beside(session, claimed, 1000)
    assert [row.id for row in beside] == [theirs[2].id, theirs[3].id]


async def test_what_was_put_back_waits(database: Database, met: Sitting) -> None:
    await add(database, fresh(met))
    claimed = await claim(database)
    assert claimed
    async with database.transaction() as session:
        assert await talkspurts.put_back(session, claimed, NOW + 5000)
    assert await claim(database, now=NOW + 4999) is None
    assert await claim(database, now=NOW + 5000)


@pytest.mark.parametrize(("blamed", "attempts"), [(True, 2), (False, 1)])
async def test_a_dead_workers_claims_are_free_at_once(
    database: Database, met: Sitting, blamed: bool, attempts: int
) -> None:
    await add(database, fresh(met), fresh(met))
    await claim(database, "dead")
    await claim(database, "alive")
    await release(database, "dead", blamed=blamed)
    taken = await claim(database, "other")
    assert taken
    assert taken.attempts == attempts
    assert await claim(database, "other") is None


async def test_pending_counts_what_is_not_closed(database: Database, met: Sitting) -> None:
    some = [fresh(met) for _ in range(4)]
    await add(database, *some)
    for state in ("done", "failed"):
        claimed = await claim(database)
        assert claimed
        await finish(database, claimed, state)
    await claim(database)
    async with database.transaction() as session:
        assert await talkspurts.pending(session, met.meeting.id) == 2
        still = await talkspurts.still_open(session, [one.id for one in some] + ["erased"])
        assert still == {some[2].id, some[3].id}


async def test_the_final_pass_waits_for_the_end_and_for_every_talkspurt(
    database: Database, met: Sitting
) -> None:
    await add(database, fresh(met))
    claimed = await claim(database)
    assert claimed
    assert await claim_final(database) is None
    await end(database, met)
    assert await claim_final(database) is None
    await finish(database, claimed)
    taken = await claim_final(database)
    assert taken
    assert taken.id == met.meeting.id
    assert await claim_final(database) is None


async def test_the_final_pass_deletes_the_audio(database: Database, met: Sitting) -> None:
    await add(database, fresh(met, shared=True), fresh(met))
    while claimed := await claim(database):
        await finish(database, claimed)
    await end(database, met)
    held = await claim_final(database)
    assert held
    async with database.transaction() as session:
        assert [row.shared for row in await talkspurts.shared(session, met.meeting.id)] == [True]
    assert await finish_final(database, held)
    assert [row.audio for row in await rows(database)] == [None, None]
    assert (await meeting(database, met)).final_pass == "done"
    assert await claim_final(database, now=NOW + 10 * LEASE) is None


async def test_a_final_pass_that_was_lost_writes_nothing(database: Database, met: Sitting) -> None:
    await add(database, fresh(met))
    claimed = await claim(database)
    assert claimed
    await finish(database, claimed)
    await end(database, met)
    held = await claim_final(database, "dead")
    assert held
    assert await claim_final(database, "other", NOW + LEASE)
    assert not await finish_final(database, held)
    assert [row.audio for row in await rows(database)] == [b"sealed"]


async def test_a_dead_workers_final_pass_goes_behind_the_others(
    database: Database, met: Sitting
) -> None:
    async with database.transaction() as session:
        await session.execute(update(Meeting).values(ended_at=NOW, final_pass="pending"))
        other = await meetings.start(session, met.meeting.room_id, "RM_2", NOW, b"key")
        other.ended_at = NOW + 1
        other.final_pass = "pending"
    first = await claim_final(database, "dead")
    assert first
    assert first.id == met.meeting.id
    await release(database, "dead", blamed=True)
    following = [await claim_final(database), await claim_final(database)]
    assert [one.id if one else None for one in following] == [other.id, met.meeting.id]


@pytest.mark.parametrize("before", ["none", "claimed", "done"])
async def test_a_talkspurt_that_lands_after_the_end_gets_its_final_pass(
    database: Database, met: Sitting, before: str
) -> None:
    await end(database, met)
    async with database.transaction() as session:
        await session.execute(
            update(Meeting).values(final_pass=before, final_worker="w", final_lease=NOW)
        )
    await add(database, fresh(met))
    if before == "claimed":
        assert await finish_final(database, await meeting(database, met))
    assert (await meeting(database, met)).final_pass == "pending"
    assert [row.audio for row in await rows(database)] == [b"sealed"]


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=1500)), max_size=30))
def test_packets_survive_packing(packets: list[tuple[int, bytes]]) -> None:
    assert list(unpack(pack(packets))) == packets


@given(st.binary(max_size=100))
def test_any_bytes_unpack_or_are_refused(audio: bytes) -> None:
    try:
        packets = list(unpack(audio))
    except ValueError:
        return
    assert pack(packets) == audio


def test_a_refused_row_is_no_outage() -> None:
    cause = Exception()
    assert away(OperationalError("", None, cause))
    assert away(ConnectionRefusedError())
    assert not away(IntegrityError("", None, cause))
    assert not away(ValueError())
