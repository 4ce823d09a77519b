import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import pytest
from livekit import rtc
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.rtc import LeaveRequest
from sqlalchemy import select, text

from tests.livekit.caller import Caller, called
from tests.livekit.signal import joined
from tests.livekit.site import Site, running_site
from tests.store import samples
from visio import agreement
from visio.access import Settings
from visio.errors import NotFound, RoomNotFound
from visio.hub import LiveRoom, steady_clock
from visio.store import participants, rooms
from visio.store.audit import SERVER
from visio.store.consents import Answer, Kind
from visio.store.database import Database
from visio.store.models import Account, Consent, Meeting, Model, Participant, Talkspurt, Utterance

pytestmark = pytest.mark.one_database

Row = TypeVar("Row", bound=Model)


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A running server with one room, "council"."""
    async with running_site(database) as site:
        await site.make_room("council")
        yield site


async def rows(site: Site, kind: type[Row]) -> Sequence[Row]:
    """Every row of a kind, in order of its making."""
    async with site.database.transaction() as session:
        return (await session.scalars(select(kind).order_by(kind.created_at))).all()


def live_room(site: Site, identity: str) -> LiveRoom:
    found = site.hub.find("council", identity)
    assert found is not None
    return found[0]


async def answer(
    site: Site,
    room: str,
    identity: str,
    *,
    granted: bool,
    kind: Kind = "transcription",
    erases: bool = False,
) -> None:
    given = Answer(kind, granted, "2026-11", "en", erases)
    await agreement.give(site.hub, room, identity, given, by=SERVER)


def consent_of(site: Site, identity: str) -> str:
    found = site.hub.find("council", identity)
    assert found is not None
    return found[1].attributes["visio.consent"]


# Rows


async def test_first_join_opens_a_meeting_with_a_key_of_its_own(site: Site) -> None:
    async with joined(site, "ada", "council", "visio") as ada:
        (meeting,) = await rows(site, Meeting)
        assert meeting.livekit_sid == ada.join.room.sid
        assert meeting.ended_at is None
        assert site.hub.meeting("council") == meeting.id
        assert json.loads(ada.join.room.metadata) == {
            "title": "Conseil",
            "meeting": meeting.id,
            "transcription": "off",
            "spotlight": "",
            **asdict(Settings(access="public")),
        }
    key = site.keyring.unwrap(meeting.wrapped_key)
    assert key.open(key.seal(b"said", "here"), "here") == b"said"


async def test_each_join_and_leave_is_a_row(site: Site) -> None:
    async with site.database.transaction() as session:
        account = (await session.scalars(select(Account))).one()
    async with joined(site, "ada", "council", "visio", account=account.id) as ada:
        async with joined(site, "bob", "council", "visio") as bob:
            await bob.send(leave=LeaveRequest())
            await ada.state_of("bob", ParticipantInfo.DISCONNECTED)
            assert site.hub.live("council") == 1
        await site.hub.close()
    first, second = await rows(site, Participant)
    assert (first.identity, first.account_id, first.sid) == ("ada", account.id, ada.sid)
    assert (second.identity, second.account_id, second.name) == ("bob", None, "Bob")
    assert second.left_at is not None
    assert second.left_at >= second.joined_at


async def test_meeting_ends_at_the_last_leave_once_nobody_came_back(site: Site) -> None:
    async with joined(site, "ada", "council", "visio") as ada:
        live = live_room(site, "ada")
        await ada.send(leave=LeaveRequest())
        await ada.closed()
    live.perform(live.room.handle_timeout(steady_clock() + 19))
    assert site.hub.meeting("council")
    assert not site.woken.is_set()
    live.perform(live.room.handle_timeout(steady_clock() + 21))
    await site.woken.wait()
    (meeting,), (person,) = await rows(site, Meeting), await rows(site, Participant)
    assert meeting.ended_at == person.left_at is not None
    assert site.hub.meeting("council") is None


async def test_return_in_time_continues_the_meeting(site: Site) -> None:
    for _ in range(2):
        async with joined(site, "ada", "council", "visio") as ada:
            await ada.send(leave=LeaveRequest())
            await ada.closed()
    (meeting,) = await rows(site, Meeting)
    assert [person.meeting_id for person in await rows(site, Participant)] == [meeting.id] * 2


async def test_a_new_meeting_begins_after_the_end(site: Site) -> None:
    for _ in range(2):
        async with joined(site, "ada", "council", "visio"):
            live = live_room(site, "ada")
            live.perform(live.room.leave(next(iter(live.clients)), 1, steady_clock()))  # type: ignore[arg-type]
            live.perform(live.room.handle_timeout(steady_clock() + 21))
            while site.hub.meeting("council"):
                await asyncio.wait(site.hub.ending)
    assert len(await rows(site, Meeting)) == 2


async def test_rooms_of_livekit_programs_leave_no_rows(site: Site) -> None:
    async with joined(site, "bot", "load-test"):
        assert site.hub.live("load-test") == 1
        assert site.hub.meeting("load-test") is None
        with pytest.raises(RoomNotFound):
            await site.hub.set_transcription("load-test", True)
    assert await rows(site, Meeting) == []


async def test_a_livekit_program_in_a_product_room_is_a_participant(site: Site) -> None:
    async with joined(site, "bot", "council"):
        (person,) = await rows(site, Participant)
        assert person.identity == "bot"


async def test_a_join_that_cannot_be_written_leaves_nothing_behind(site: Site) -> None:
    await break_table(site, "participant")
    with pytest.raises(Exception, match="500"):
        async with joined(site, "ada", "council", "visio"):
            pass
    assert not site.hub.present("council", "ada")
    await asyncio.wait(site.hub.ending)
    assert site.hub.meeting("council") is None


async def test_another_title_is_told_to_those_inside(site: Site) -> None:
    async with joined(site, "ada", "council", "visio") as ada:
        async with site.database.transaction() as session:
            row = await rooms.by_slug(session, "council")
            assert row is not None
            row.title = "Budget"
        await site.hub.configure("council")
        update = await ada.expect("room_update")
        assert json.loads(update.room.metadata)["title"] == "Budget"


# Consent


async def test_answers_are_on_disk_and_shown(site: Site) -> None:
    async with joined(site, "ada", "council", "visio") as ada:
        await site.hub.set_transcription("council", True)
        assert site.hub.transcription("council")
        update = await ada.expect("room_update")
        assert json.loads(update.room.metadata)["transcription"] == "on"
        for granted, shown in ((True, "granted"), (False, "refused")):
            await answer(site, "council", "ada", granted=granted)
            assert consent_of(site, "ada") == shown
    answers = await rows(site, Consent)
    assert [(row.granted, row.wording) for row in answers] == [
        (True, "2026-11"),
        (False, "2026-11"),
    ]


async def test_a_yes_that_cannot_be_written_does_not_count(site: Site) -> None:
    async with joined(site, "ada", "council", "visio"):
        await site.hub.set_transcription("council", True)
        await break_table(site, "consent")
        with pytest.raises(Exception, match="consent"):
            await answer(site, "council", "ada", granted=True)
        assert consent_of(site, "ada") == ""


async def test_a_no_that_cannot_be_written_counts_all_the_same(site: Site) -> None:
    async with joined(site, "ada", "council", "visio"):
        await answer(site, "council", "ada", granted=True)
        await break_table(site, "consent")
        with pytest.raises(Exception, match="consent"):
            await answer(site, "council", "ada", granted=False)
        assert consent_of(site, "ada") == "refused"


async def test_a_no_overtakes_a_yes_that_is_being_written(site: Site) -> None:
    async with joined(site, "ada", "council", "visio"):
        await asyncio.gather(
            answer(site, "council", "ada", granted=True),
            answer(site, "council", "ada", granted=False),
        )
        assert consent_of(site, "ada") == "refused"
    assert len(await rows(site, Consent)) == 2


async def test_answers_of_the_absent_are_not_found(site: Site) -> None:
    async with joined(site, "ada", "council", "visio"):
        for room, identity in (("council", "bob"), ("elsewhere", "ada")):
            with pytest.raises(NotFound):
                await answer(site, room, identity, granted=True)
            with pytest.raises(NotFound):
                await site.hub.set_shared_microphone(room, identity, True)


async def test_shared_microphone_is_a_row_and_an_attribute(site: Site) -> None:
    async with joined(site, "ada", "council", "visio") as ada:
        await site.hub.set_shared_microphone("council", "ada", True)
        (me,) = (await ada.expect("update")).participants
        assert me.attributes["visio.shared_microphone"] == "true"
        meeting = site.hub.meeting("council")
        assert meeting
        async with site.database.transaction() as session:
            (person,) = await participants.of_meeting(session, meeting)
        assert person.shared_microphone


async def break_table(site: Site, name: str) -> None:
    """Make every write to a table fail."""
    async with site.database.transaction() as session:
        await session.execute(text(f"ALTER TABLE {name} RENAME TO broken"))


# With media


@dataclass(frozen=True)
class Line:
    id: str
    meeting_id: str
    identity: str = "ada"
    track_sid: str = ""
    text: str = "Bonjour."
    started_at: int = 1_000
    ended_at: int = 2_500
    language: str = "fr"
    final: bool = True


@pytest.mark.slow
async def test_lines_of_the_transcript_reach_those_in_that_meeting(site: Site) -> None:
    ada, bob = (site.token(identity, "council", "visio") for identity in ("ada", "bob"))
    async with called(site.url, ada, bob) as callers:
        meeting = site.hub.meeting("council")
        assert meeting
        site.hub.show([Line("u0", "another"), Line("u1", meeting), Line("u2", meeting)])
        for caller in callers:
            for expected in ("u1", "u2"):
                segments, participant, _ = await caller.event("transcription_received")
                (segment,) = segments
                assert (segment.id, segment.text, segment.final) == (expected, "Bonjour.", True)
                assert participant.identity == "ada"


@pytest.mark.slow
async def test_drafts_reach_those_who_asked_for_them(site: Site) -> None:
    tokens = (site.token(identity, "council", "visio") for identity in ("ada", "bob"))
    async with called(site.url, *tokens) as (ada, bob):
        meeting = site.hub.meeting("council")
        assert meeting
        live, participant, _ = site.hub.attendee("council", "bob")
        live.clients[participant.sid].captions = True
        site.hub.show([Line("u1", meeting, final=False), Line("u1", meeting)])
        for caller, wanted in ((ada, [True]), (bob, [False, True])):
            for final in wanted:
                (segment,), _, _ = await caller.event("transcription_received")
                assert (segment.id, segment.final) == ("u1", final)


@pytest.mark.slow
async def test_a_withdrawal_that_erases_takes_what_was_said_back_at_once(site: Site) -> None:
    """From the database, and as a line without text from those who have it before them."""
    ada, bob = (site.token(identity, "council", "visio") for identity in ("ada", "bob"))
    async with called(site.url, ada, bob) as callers:
        await answer(site, "council", "ada", granted=True)
        line = await spoken(site, "ada")
        await answer(site, "council", "ada", granted=False)
        assert len(await rows(site, Utterance)) == 1
        await answer(site, "council", "ada", granted=False, erases=True)
        segments, participant, _ = await callers[1].event("transcription_received")
        (segment,) = segments
        assert (segment.id, segment.text, participant.identity) == (line, "", "ada")
        assert await rows(site, Utterance) == await rows(site, Talkspurt) == []


async def spoken(site: Site, identity: str) -> str:
    """Let somebody have said something that is written down; returns the line's id."""
    meeting = live_room(site, identity).meeting
    assert meeting
    (person,) = [one for one in await rows(site, Participant) if one.identity == identity]
    said = samples.Sitting(meeting, person, site.keyring.unwrap(meeting.wrapped_key))
    line = samples.utterance(said, "words", 700)
    async with site.database.transaction() as session:
        session.add_all([samples.talkspurt(said), line])
    return line.id


@pytest.mark.slow
async def test_only_those_who_agreed_are_listened_to_and_only_so_long(site: Site) -> None:
    ada, bob = (site.token(identity, "council", "visio") for identity in ("ada", "bob"))
    async with called(site.url, ada, bob) as callers:
        tracks = [await caller.speak(440) for caller in callers]
        for listener, speaker in zip(callers, reversed(callers), strict=True):
            await listener.track_of(speaker.me.identity, rtc.TrackKind.KIND_AUDIO)
        await answer(site, "council", "ada", granted=True)
        await answer(site, "council", "bob", granted=False)
        assert tapped(site) == set()
        began = steady_clock()
        await site.hub.set_transcription("council", True)
        assert tapped(site) == {tracks[0].sid}
        await heard_for(callers[0], seconds=2)
        await answer(site, "council", "ada", granted=False)
        agreed = steady_clock() - began
        assert tapped(site) == set()
        await heard_for(callers[0], seconds=2)
        await site.hub.close()
    people = {person.identity: person.id for person in await rows(site, Participant)}
    talkspurts = await rows(site, Talkspurt)
    assert {row.participant_id for row in talkspurts} == {people["ada"]}
    assert {row.track_sid for row in talkspurts} == {tracks[0].sid}
    assert sum(row.duration for row in talkspurts) < (agreed + 1) * 1000


def tapped(site: Site) -> set[str]:
    room = live_room(site, "ada").room
    return {
        track.sid
        for participant in room.participants.values()
        for track in participant.tracks.values()
        if track.tapped
    }


async def heard_for(caller: Caller, seconds: float) -> None:
    """Let media run: as long as it takes a participant to hear that much of another."""
    (track,) = (
        publication.track
        for participant in caller.room.remote_participants.values()
        for publication in participant.track_publications.values()
        if publication.track
    )
    stream = rtc.AudioStream(track)
    for _ in range(int(seconds * 100)):
        await anext(stream)
    await stream.aclose()


# Attendance


async def test_the_register_knows_accounts_guests_telephones_and_services(site: Site) -> None:
    async with site.database.transaction() as session:
        account = (await session.scalars(select(Account))).one()
    async with (
        joined(site, "ada", "council", "visio", account=account.id),
        joined(site, "ali", "council", "visio", guest="a" * 64),
        joined(site, "caller", "council", kind="sip"),
        joined(site, "scribe", "council", kind="agent"),
        joined(site, "app", "council"),
    ):
        people = await rows(site, Participant)
    assert {person.identity: person.kind for person in people} == {
        "ada": "account",
        "ali": "guest",
        "caller": "phone",
        "scribe": "service",
        "app": "guest",
    }


async def test_the_stays_of_one_person_belong_together_in_one_meeting_only(site: Site) -> None:
    """A guest is known by the browser: not by the name, and in no other meeting."""
    async with (
        joined(site, "p-1", "council", "visio", guest="a" * 64),
        joined(site, "p-2", "council", "visio", guest="a" * 64),
        joined(site, "p-3", "council", "visio", guest="b" * 64, name="P-1"),
    ):
        first, again, other = await rows(site, Participant)
    assert first.person == again.person != other.person
    await site.make_room("other")
    async with joined(site, "p-4", "other", "visio", guest="a" * 64):
        elsewhere = (await rows(site, Participant))[-1]
    assert elsewhere.person != first.person


@pytest.mark.slow
async def test_how_long_somebody_spoke_is_written_while_they_speak_and_when_they_leave(
    site: Site,
) -> None:
    tokens = (site.token(name, "council", "visio") for name in ("ada", "bob"))
    async with called(site.url, *tokens) as (ada, bob):
        await ada.speak(440)
        # The second time somebody's level is told, they have been heard for a while.
        for _ in range(2):
            await bob.event("active_speakers_changed")
        await site.hub.note_running()
        (meeting,), people = await rows(site, Meeting), await rows(site, Participant)
        spoken = {person.identity: person.spoken for person in people}
        assert meeting.seen_at is not None
        assert spoken["ada"] > 0 == spoken["bob"]
    await site.hub.close()
    (meeting,), people = await rows(site, Meeting), await rows(site, Participant)
    assert meeting.ended_at == max(person.left_at or 0 for person in people)
    for person in people:
        assert person.left_at is not None
        assert spoken[person.identity] <= person.spoken <= person.left_at - person.joined_at
