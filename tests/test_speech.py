import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tests.frames import ROOM, SPEECH, Heard, frames
from tests.store.samples import KEYRING, NOW, Sitting, account, room, sitting
from tests.transcription.recordings import Microphone
from visio.link import Draft, Message, Piece
from visio.live import Live
from visio.speech import Speech, SpokenUtterance
from visio.store import talkspurts, utterances
from visio.store.database import Database
from visio.store.models import Participant, Talkspurt
from visio.store.utterances import Source, Spoken

UPTIME = 100.0
"""CLOCK_MONOTONIC when the meeting starts, in these tests."""


class Fallible(Database):
    """A database that can be away."""

    away = False
    refused: asyncio.Event

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        if self.away:
            self.refused.set()
            raise ConnectionRefusedError
        async with super().transaction() as session:
            yield session


class Pauses:
    """Stands in for sleeping: whoever pauses goes on when told."""

    def __init__(self) -> None:
        self._waiting: dict[float, asyncio.Event] = {}

    async def __call__(self, seconds: float) -> None:
        await self._event(seconds).wait()
        self._event(seconds).clear()

    def end(self, seconds: float) -> None:
        self._event(seconds).set()

    def _event(self, seconds: float) -> asyncio.Event:
        return self._waiting.setdefault(seconds, asyncio.Event())


@pytest.fixture
async def fallible(database: Database) -> Fallible:
    fallible = Fallible(database.engine)
    fallible.refused = asyncio.Event()
    return fallible


@pytest.fixture
async def met(database: Database) -> Sitting:
    return await sitting(database, await room(database, await account(database)))


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def wakes() -> asyncio.Queue[None]:
    return asyncio.Queue()


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.fixture
async def speech(
    fallible: Fallible,
    pauses: Pauses,
    wakes: asyncio.Queue[None],
    tmp_path: Path,
    live: Live,
) -> AsyncIterator[Speech]:
    speech = Speech(
        fallible,
        KEYRING,
        lambda: wakes.put_nowait(None),
        tmp_path / "spool",
        live,
        wall=lambda: NOW / 1000 + 60,
        monotonic=lambda: UPTIME + 60,
        pause=pauses,
    )
    speech.open()
    yield speech
    await speech.close()


@pytest.fixture
def listen(speech: Speech, met: Sitting) -> Callable[..., Microphone]:
    def listen(sid: str = "TR_1", shared: bool = False) -> Microphone:
        microphone = Microphone()
        speech.open_track(met.meeting, met.participant, sid, microphone, shared)
        return microphone

    return listen


def say(microphone: Microphone, heard: list[Heard]) -> None:
    for frame in heard:
        assert microphone.handle
        microphone.handle(frame)


async def rows(database: Database) -> list[Talkspurt]:
    async with database.transaction() as session:
        query = select(Talkspurt).order_by(Talkspurt.track_sid, Talkspurt.sequence)
        return list(await session.scalars(query))


async def transcribe(database: Database, met: Sitting, *texts: str) -> None:
    """Do the worker's part for the oldest talkspurt."""
    async with database.transaction() as session:
        claimed = await talkspurts.claim(session, "w", NOW, 1000)
        assert claimed
        await talkspurts.finish(session, claimed, NOW)
        source = Source(met.meeting.id, met.participant.id, claimed.id, "fr", "test")
        utterances.add(session, source, [Spoken(5, 9, text) for text in texts], met.key)


async def test_what_is_said_lands_sealed_on_the_meetings_clock(
    database: Database,
    speech: Speech,
    met: Sitting,
    listen: Callable[..., Microphone],
    wakes: asyncio.Queue[None],
) -> None:
    say(listen(shared=True), frames((ROOM, 2), (SPEECH, 1), (ROOM, 1), (SPEECH, 1)))
    await speech.close_track("TR_1")
    first, second = await rows(database)
    assert (first.started_at, first.duration) == (1700, 1600)
    assert (second.started_at, second.duration) == (3700, 1300)
    assert (first.sequence, second.sequence) == (0, 1)
    assert first.shared
    assert first.audio
    packed = met.key.open(first.audio, talkspurts.audio_context(first.id))
    assert [offset for offset, _ in talkspurts.unpack(packed)] == [n * 960 for n in range(80)]
    assert wakes.qsize() == 2


async def test_a_closed_track_is_not_listened_to(
    speech: Speech, listen: Callable[..., Microphone]
) -> None:
    microphone = listen()
    await speech.close_track("TR_1")
    assert microphone.handle is None
    await speech.close_track("TR_1")


async def test_a_track_opened_again_goes_on(
    database: Database, speech: Speech, listen: Callable[..., Microphone]
) -> None:
    first = listen()
    say(first, frames((SPEECH, 1)))
    say(listen(), [Heard(f.number, f.timestamp, f.level, 110) for f in frames((SPEECH, 1))])
    assert first.handle is None
    await speech.close_track("TR_1")
    assert [row.sequence for row in await rows(database)] == [0, 1]


async def test_a_microphone_that_falls_silent_without_a_packet_is_closed(
    database: Database,
    pauses: Pauses,
    listen: Callable[..., Microphone],
    wakes: asyncio.Queue[None],
) -> None:
    say(listen(), frames((SPEECH, 1)))
    pauses.end(0.25)
    await wakes.get()
    assert len(await rows(database)) == 1


async def test_rows_wait_while_the_database_is_away_and_land_in_order(
    speech: Speech, fallible: Fallible, pauses: Pauses, listen: Callable[..., Microphone]
) -> None:
    fallible.away = True
    microphone = listen()
    say(microphone, frames((SPEECH, 1), (ROOM, 1), (SPEECH, 1), (ROOM, 1)))
    await fallible.refused.wait()
    fallible.away = False
    pauses.end(1.0)
    await speech.close_track("TR_1")
    assert [(row.sequence, row.started_at) for row in await rows(fallible)] == [(0, 0), (1, 1700)]


async def test_a_refused_row_does_not_hold_up_the_others(
    database: Database, speech: Speech, met: Sitting, listen: Callable[..., Microphone]
) -> None:
    stranger = Participant(id="nobody", identity="x")
    microphone = Microphone()
    speech.open_track(met.meeting, stranger, "TR_0", microphone, False)
    say(microphone, frames((SPEECH, 1)))
    await speech.close_track("TR_0")
    say(listen(), frames((SPEECH, 1)))
    await speech.close_track("TR_1")
    assert [row.track_sid for row in await rows(database)] == ["TR_1"]


async def test_new_lines_are_handed_back_once(
    database: Database, speech: Speech, met: Sitting, listen: Callable[..., Microphone]
) -> None:
    shown: asyncio.Queue[list[SpokenUtterance]] = asyncio.Queue()
    speech.on_utterances(shown.put_nowait)
    say(listen(), frames((SPEECH, 1), (ROOM, 1), (SPEECH, 1)))
    await speech.close_track("TR_1")
    await transcribe(database, met, "Bonjour.", "Oui.")
    speech.read(met.meeting.id)
    lines = await shown.get()
    assert [(line.identity, line.track_sid, line.language) for line in lines] == [
        ("p-1", "TR_1", "fr"),
        ("p-1", "TR_1", "fr"),
    ]
    assert {line.text for line in lines} == {"Bonjour.", "Oui."}
    await transcribe(database, met, "Non.")
    speech.read("")
    assert [line.text for line in await shown.get()] == ["Non."]


async def test_a_line_that_cannot_be_shown_does_not_stop_the_next(
    database: Database, speech: Speech, met: Sitting, listen: Callable[..., Microphone]
) -> None:
    shown: asyncio.Queue[str] = asyncio.Queue()

    def show(lines: list[SpokenUtterance]) -> None:
        shown.put_nowait(lines[0].text)
        raise RuntimeError

    speech.on_utterances(show)
    say(listen(), frames((SPEECH, 1), (ROOM, 1), (SPEECH, 1)))
    await speech.close_track("TR_1")
    for text in ("un", "deux"):
        await transcribe(database, met, text)
        speech.read(met.meeting.id)
        assert await shown.get() == text


async def test_closing_lands_what_is_open(
    database: Database, speech: Speech, listen: Callable[..., Microphone]
) -> None:
    say(listen("TR_1"), frames((SPEECH, 1)))
    say(listen("TR_2"), frames((SPEECH, 1)))
    await speech.close()
    assert [row.track_sid for row in await rows(database)] == ["TR_1", "TR_2"]


async def test_a_line_that_is_taken_back_or_amended_is_shown_again(
    database: Database, speech: Speech, met: Sitting, listen: Callable[..., Microphone]
) -> None:
    """The worker found out that it only was an echo."""
    shown: asyncio.Queue[list[SpokenUtterance]] = asyncio.Queue()
    speech.on_utterances(shown.put_nowait)
    say(listen(), frames((SPEECH, 1), (ROOM, 1), (SPEECH, 1)))
    await speech.close_track("TR_1")
    await transcribe(database, met, "Un.", "Deux, trois.")
    speech.read(met.meeting.id)
    names = {line.text: line.id for line in await shown.get()}
    async with database.transaction() as session:
        gone, kept = await utterances.by_ids(session, [names["Un."], names["Deux, trois."]])
        if gone.id != names["Un."]:
            gone, kept = kept, gone
        await session.delete(gone)
        await utterances.amend(session, kept, Spoken(7, 9, "trois."), met.key)
    await transcribe(database, met, "Quatre.")
    speech.read(met.meeting.id)
    assert [(line.id, line.text) for line in (await shown.get())[:2]] == [
        (names["Deux, trois."], "trois."),
        (names["Un."], ""),
    ]


class Outlet:
    """The line to a worker, which hears what is open and says drafts of it."""

    def __init__(self, live: Live) -> None:
        self.heard = asyncio.Event()
        self.segment = ""
        self.shown: asyncio.Queue[list[SpokenUtterance]] = asyncio.Queue()
        self._live = live

    def send(self, message: Message) -> bool:
        if isinstance(message, Piece):
            self.segment = message.segment
            self.heard.set()
        return True

    def hang_up(self) -> None:
        pytest.fail("nobody stops here")

    def say(self, text: str) -> None:
        self._live.take(Draft(self.segment, text, "fr"))


@pytest.fixture
def caption(speech: Speech, live: Live, met: Sitting, pauses: Pauses) -> "Caption":
    """Captions are asked for: gives the line, once it has heard what was said so far."""

    async def caption() -> Outlet:
        outlet = Outlet(live)
        speech.on_utterances(outlet.shown.put_nowait)
        live.join(outlet)
        live.wanted = lambda meeting_id: meeting_id == met.meeting.id
        pauses.end(0.1)
        await outlet.heard.wait()
        return outlet

    return caption


Caption = Callable[[], Awaitable[Outlet]]


async def test_a_draft_has_the_name_and_place_of_its_line(
    database: Database,
    speech: Speech,
    met: Sitting,
    listen: Callable[..., Microphone],
    caption: Caption,
) -> None:
    say(listen(), frames((ROOM, 2), (SPEECH, 1)))
    outlet = await caption()
    outlet.say("Bonj")
    (draft,) = outlet.shown.get_nowait()
    assert (draft.id, draft.text, draft.final) == (outlet.segment, "Bonj", False)
    assert (draft.identity, draft.track_sid, draft.meeting_id) == ("p-1", "TR_1", met.meeting.id)
    assert (draft.started_at, draft.ended_at) == (1700, 3000)
    await speech.close_track("TR_1")
    assert [row.id for row in await rows(database)] == [draft.id]


@pytest.mark.parametrize("texts", [(), ("Bonjour.",)])
async def test_a_draft_that_no_line_follows_is_taken_back(
    database: Database, speech: Speech, met: Sitting, caption: Caption, texts: tuple[str, ...]
) -> None:
    microphone = Microphone()
    speech.open_track(met.meeting, met.participant, "TR_1", microphone, False)
    say(microphone, frames((SPEECH, 1)))
    outlet = await caption()
    outlet.say("Bonj")
    await speech.close_track("TR_1")
    outlet.say("Bonjour")  # too late: nobody may listen any more
    await transcribe(database, met, *texts)
    speech.read(met.meeting.id)
    (draft,), (line,) = await outlet.shown.get(), await outlet.shown.get()
    assert (draft.text, draft.final) == ("Bonj", False)
    assert (line.text, line.final) == ("".join(texts), True)
    assert (line.id == outlet.segment) == (not texts)


async def test_a_draft_of_what_may_not_be_kept_is_taken_back(
    speech: Speech, met: Sitting, caption: Caption
) -> None:
    microphone = Microphone()
    stranger = Participant(id="nobody", identity="x")
    speech.open_track(met.meeting, stranger, "TR_0", microphone, False)
    say(microphone, frames((SPEECH, 1)))
    outlet = await caption()
    outlet.say("Bonj")
    await speech.close_track("TR_0")
    texts = [outlet.shown.get_nowait()[0].text for _ in range(2)]
    assert texts == ["Bonj", ""]
