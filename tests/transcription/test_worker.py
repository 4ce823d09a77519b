import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from tests.store.samples import KEYRING, NOW, Sitting, account, room, sitting
from tests.transcription.recordings import librivox, packets
from transcription.audio import RATE, Samples
from transcription.context import Before
from transcription.words import Turn, Word
from transcription.worker import LEASE, Worker, compacted, passages_of
from visio.store import consents, meetings, participants, talkspurts, utterances
from visio.store.consents import Answer
from visio.store.database import Database
from visio.store.models import Meeting, Room, Talkspurt, Utterance, new_id
from visio.store.sealing import MISSING
from visio.store.talkspurts import Fresh

SPEECH = [(packet.timestamp, packet.payload) for packet in packets(librivox()[1][1])]


@dataclass(frozen=True)
class Heard:
    words: Sequence[Word]
    language: str = "en"


class Parrot:
    """Recognises the same in everything, after what it was told to do."""

    name = "parrot"

    def __init__(self) -> None:
        self.before: Callable[[], None] = lambda: None
        self.likely: list[str] = []
        self.contexts: list[Sequence[Before]] = []
        self.words = [
            Word(0.5, 0.9, " I", 0.9),
            Word(0.9, 1.3, " am.", 0.9),
            Word(1.8, 2.2, " Here.", 0.9),
        ]

    def recognise(
        self, samples: Samples, language: str, likely: str, before: Sequence[Before]
    ) -> Heard:
        assert len(samples) > RATE
        self.likely.append(likely)
        self.contexts.append(before)
        self.before()
        return Heard(self.words, language or "en")


class Office:
    """A worker with what it is given and what it says."""

    def __init__(self, database: Database, name: str = "w") -> None:
        self.parrot = Parrot()
        self.told: list[str] = []
        self.now = NOW
        self.diarized: list[Samples] = []
        self.people: list[int | None] = []
        self.turns: Callable[[], list[Turn]] = list
        self.worker = Worker(
            name,
            database,
            KEYRING,
            self.parrot,
            self._diarize,
            tell=self._tell,
            now=self._now,
        )

    async def work(self) -> None:
        while await self.worker.transcribe_next() or await self.worker.finalise_next():
            pass

    async def _diarize(self, samples: Samples, people: int | None) -> list[Turn]:
        self.diarized.append(samples)
        self.people.append(people)
        return self.turns()

    async def _now(self, _session: AsyncSession) -> int:
        return self.now

    async def _tell(self, meeting_id: str) -> None:
        self.told.append(meeting_id)


@pytest.fixture
async def met(database: Database) -> Sitting:
    return await sitting(database, await room(database, await account(database)))


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


async def say(
    database: Database,
    met: Sitting,
    *,
    at: int = 0,
    shared: bool = False,
    audio: bytes | None = None,
    track: str = "TR_1",
) -> str:
    name = new_id()
    sealed = met.key.seal(audio or talkspurts.pack(SPEECH), talkspurts.audio_context(name))
    fresh = Fresh(name, met.meeting.id, met.participant.id, track, at, 2900, sealed, shared)
    async with database.transaction() as session:
        await talkspurts.add(session, fresh)
    return name


async def end(database: Database, met: Sitting) -> None:
    async with database.transaction() as session:
        await meetings.end(session, met.meeting.id, NOW)


async def transcript(database: Database, met: Sitting) -> list[tuple[int, int, str | None, str]]:
    async with database.transaction() as session:
        rows = await utterances.spoken(session, met.meeting.id)
    return [
        (row.started_at, row.ended_at, row.voice, utterances.opened(row, met.key)) for row in rows
    ]


async def states(database: Database) -> list[str]:
    async with database.transaction() as session:
        query = select(Talkspurt.state).order_by(Talkspurt.started_at)
        return list(await session.scalars(query))


def refuse() -> list[Turn]:
    raise RuntimeError("cannot diarize")


def fail() -> None:
    raise RuntimeError("cannot recognise")


async def test_a_talkspurt_becomes_lines_on_the_meetings_clock(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met, at=10_000)
    assert await office.worker.transcribe_next()
    assert await transcript(database, met) == [
        (10_500, 11_300, None, "I am."),
        (11_800, 12_200, None, "Here."),
    ]
    assert await states(database) == ["done"]
    assert office.told == [met.meeting.id]
    assert not await office.worker.transcribe_next()


async def test_what_is_spoken_in_the_room_is_what_is_recognised(
    database: Database, met: Sitting, office: Office
) -> None:
    async with database.transaction() as session:
        await session.execute(update(Room).values(spoken="fr"))
    await say(database, met, at=0)
    assert await office.worker.transcribe_next()
    async with database.transaction() as session:
        assert set(await session.scalars(select(Utterance.language))) == {"fr"}


async def test_the_language_of_the_last_question_is_the_likely_one(
    database: Database, met: Sitting, office: Office
) -> None:
    for number, language in enumerate(("fr", "en", "fr")):
        answer = Answer("transcription", True, "2026-11", language)
        async with database.transaction() as session:
            await consents.record(session, met.participant.id, answer, NOW + number)
    await say(database, met, at=10_000)
    assert await office.worker.transcribe_next()
    assert office.parrot.likely == ["fr"]


async def test_what_the_same_microphone_said_just_before_is_known(
    database: Database, met: Sitting, office: Office
) -> None:
    for at in (0, 100_000, 110_000, 117_000, 121_000):
        await say(database, met, at=at)
    await say(database, met, at=119_000, track="TR_2")
    while await office.worker.transcribe_next():
        office.parrot.words = [Word(0.5, 0.9, f" {len(office.parrot.contexts)}.", 0.9)]
    contexts = {len(before): before for before in office.parrot.contexts}
    assert sorted(len(before) for before in office.parrot.contexts) == [0, 0, 1, 2, 3, 3]
    assert [one.text for one in contexts[3]] == ["1.", "2.", "3."]


async def test_of_what_was_said_longer_ago_only_the_words_are_known(
    database: Database, met: Sitting, office: Office
) -> None:
    for number in range(8):
        await say(database, met, at=number * 3000)
    await office.work()
    last = office.parrot.contexts[-1]
    assert {(one.text, one.language) for one in last} == {("I am. Here.", "en")}
    assert [one.samples is not None for one in last] == [False] * 2 + [True] * 5


async def test_words_are_kept_with_their_times(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met, at=10_000)
    await office.work()
    async with database.transaction() as session:
        row = (await session.scalars(select(Utterance).order_by(Utterance.started_at))).first()
    assert row
    words = utterances.opened_words(row, met.key)
    assert [(word.started_at, word.text) for word in words] == [(10_500, " I"), (10_900, " am.")]
    assert (row.language, row.model) == ("en", "parrot")


async def test_a_talkspurt_that_fails_is_tried_three_times_and_then_shown_as_missing(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met, at=10_000)
    office.parrot.before = fail
    for attempt in range(3):
        assert await transcript(database, met) == []
        assert await office.worker.transcribe_next()
        office.now += 1000 * (attempt + 1)
    assert await transcript(database, met) == [(10_000, 12_900, None, MISSING)]
    assert await states(database) == ["failed"]
    assert not await office.worker.transcribe_next()


async def test_a_talkspurt_that_fails_does_not_keep_the_others_waiting(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met, at=0, audio=b"cut")
    await say(database, met, at=10_000)
    await office.work()
    assert await states(database) == ["pending", "done"]


async def test_a_talkspurt_that_killed_three_workers_is_not_tried_again(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met)
    for number in range(3):
        async with database.transaction() as session:
            assert await talkspurts.claim(session, f"dead-{number}", NOW, LEASE)
            await talkspurts.release(session, f"dead-{number}", NOW, blamed=True)
    await office.work()
    assert [text for *_, text in await transcript(database, met)] == [MISSING]
    assert await states(database) == ["failed"]


async def test_a_worker_whose_claim_was_lost_writes_nothing(
    database: Database, met: Sitting, office: Office
) -> None:
    """It hung for longer than its lease; another one did the work meanwhile."""
    await say(database, met)
    other = Office(database, "other")
    other.now = NOW + LEASE
    loop = asyncio.get_running_loop()

    def hang() -> None:
        asyncio.run_coroutine_threadsafe(other.work(), loop).result()

    office.parrot.before = hang
    await office.worker.transcribe_next()
    assert [text for *_, text in await transcript(database, met)] == ["I am.", "Here."]
    assert (other.told, office.told) == ([met.meeting.id], [])


async def test_what_is_released_can_be_done_by_another_at_once(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met)
    async with database.transaction() as session:
        await talkspurts.claim(session, "w", NOW, LEASE)
    other = Office(database, "other")
    assert not await other.worker.transcribe_next()
    await office.worker.release()
    assert await other.worker.transcribe_next()


async def test_a_worker_waits_until_it_is_woken(
    database: Database, met: Sitting, office: Office
) -> None:
    running = asyncio.create_task(office.worker.run())
    await say(database, met)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        loop.call_soon_threadsafe(done.set)

    office.parrot.before = tell
    office.worker.wake()
    await done.wait()
    running.cancel()
    await asyncio.wait([running])


async def test_the_final_pass_tells_voices_apart_and_deletes_the_audio(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met, at=10_000, shared=True)
    await say(database, met, at=60_000, shared=True)
    await say(database, met, at=20_000, track="TR_2")
    await end(database, met)
    # The silence between the two talkspurts is one second on the pipeline's clock: the second
    # one begins at 3.9 s there.
    office.turns = lambda: [Turn(0, 0.85, "S1"), Turn(0.85, 3, "S2"), Turn(3.9, 8, "S1")]
    await office.work()
    assert await transcript(database, met) == [
        (10_500, 10_900, "S1", "I"),
        (10_900, 11_300, "S2", "am."),
        (11_800, 12_200, "S2", "Here."),
        (20_500, 21_300, None, "I am."),
        (21_800, 22_200, None, "Here."),
        (60_500, 61_300, "S1", "I am."),
        (61_800, 62_200, "S1", "Here."),
    ]
    (samples,) = office.diarized
    assert len(samples) == pytest.approx((3.9 + 2.9) * RATE, abs=RATE // 10)
    async with database.transaction() as session:
        assert list(await session.scalars(select(Talkspurt.audio))) == [None] * 3
        assert set(await session.scalars(select(Utterance.final))) == {True}
        assert (await session.get_one(Meeting, met.meeting.id)).final_pass == "done"


@pytest.mark.parametrize("people", [None, 3])
async def test_no_more_voices_are_looked_for_than_there_are_people(
    database: Database, met: Sitting, office: Office, people: int | None
) -> None:
    await say(database, met, shared=True)
    async with database.transaction() as session:
        await participants.set_shared_microphone(session, met.participant.id, True, people)
    await end(database, met)
    await office.work()
    assert office.people == [people]


async def test_without_a_shared_microphone_nothing_is_diarized(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met)
    await end(database, met)
    await office.work()
    assert office.diarized == []
    async with database.transaction() as session:
        assert list(await session.scalars(select(Talkspurt.audio))) == [None]


async def test_a_final_pass_that_fails_thrice_leaves_the_words_without_voices(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met, shared=True)
    await end(database, met)
    office.turns = refuse
    await office.work()
    assert len(office.diarized) == 3
    assert [(voice, text) for *_, voice, text in await transcript(database, met)] == [
        (None, "I am."),
        (None, "Here."),
    ]
    async with database.transaction() as session:
        assert list(await session.scalars(select(Talkspurt.audio))) == [None]


async def test_a_missing_passage_survives_the_final_pass(
    database: Database, met: Sitting, office: Office
) -> None:
    await say(database, met, shared=True)
    office.parrot.before = fail
    for _ in range(3):
        await office.worker.transcribe_next()
        office.now += 10_000
    await end(database, met)
    office.turns = lambda: [Turn(0, 3, "S1")]
    await office.work()
    assert [text for *_, text in await transcript(database, met)] == [MISSING]


@pytest.mark.parametrize(
    ("spans", "starts"),
    [
        ([], []),
        ([(5000, 1000)], [0]),
        ([(5000, 1000), (6200, 1000)], [0, 1200]),
        ([(5000, 1000), (60_000, 1000), (61_000, 500)], [0, 2000, 3000]),
        ([(0, 1000), (500, 1000)], [0, 1000]),
    ],
)
def test_long_silences_are_shortened_for_diarization(
    spans: list[tuple[int, int]], starts: list[int]
) -> None:
    assert compacted(spans) == starts


def test_no_words_make_no_passage() -> None:
    assert passages_of([], 0) == []
