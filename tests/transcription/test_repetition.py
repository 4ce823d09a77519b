"""Two people in a meeting, one of whose microphones hears the other, through the real worker."""

import asyncio
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from sqlalchemy import select

from tests.store.samples import NOW, Sitting
from tests.transcription.recordings import Samples, librivox, packets
from tests.transcription.rooms import echo, mixed, noise
from tests.transcription.test_worker import Office, end, met, office, say, transcript
from transcription.crosstalk import Crosstalk, Heard, same_words, within
from transcription.echo import passages
from transcription.words import Word
from visio.store import consents, participants, talkspurts, utterances
from visio.store.consents import Answer
from visio.store.database import Database
from visio.store.models import Talkspurt, Utterance

__all__ = ["met", "office"]

pytestmark = pytest.mark.slow

LINE = [Word(0.4, 0.9, " And", 0.9), Word(0.9, 1.2, " so", 0.9), Word(1.2, 1.6, " it", 0.9)]


@cache
def audio(decibels: float | None = None) -> bytes:
    """A sentence, or its echo."""
    said = librivox()[1][1]
    return packed(mixed(echo(said, decibels), noise(len(said))) if decibels else said)


@cache
def other_audio(gain: float = 1.0) -> bytes:
    return packed((librivox()[4][1] * gain).astype(np.float32))


def packed(samples: Samples) -> bytes:
    return talkspurts.pack((one.timestamp, one.payload) for one in packets(samples))


@pytest.fixture
async def other(database: Database, met: Sitting) -> Sitting:
    """Somebody else in the same meeting."""
    async with database.transaction() as session:
        row = await participants.joined(
            session, met.meeting.id, "p-2", "PA_2", account_id=None, name="Ali", now=NOW
        )
        agreed = Answer("transcription", True, "2026-11", "en")
        await consents.record(session, row.id, agreed, NOW)
    return replace(met, participant=row)


async def speakers(database: Database) -> list[str]:
    """Whose lines there are."""
    async with database.transaction() as session:
        query = select(Utterance.participant_id).order_by(Utterance.started_at, Utterance.id)
        return list(await session.scalars(query))


async def test_an_echo_is_not_written(
    database: Database, met: Sitting, other: Sitting, office: Office
) -> None:
    await say(database, met, at=10_000, audio=audio())
    await say(database, other, at=10_000, audio=audio(-20), track="TR_2")
    heard: list[None] = []
    office.parrot.before = lambda: heard.append(None)
    await office.work()
    assert set(await speakers(database)) == {met.participant.id}
    assert len(heard) == 1


async def test_an_echo_that_was_written_before_its_original_is_withdrawn(
    database: Database, met: Sitting, other: Sitting, office: Office
) -> None:
    await say(database, other, at=10_000, audio=audio(-20), track="TR_2")
    await office.work()
    assert set(await speakers(database)) == {other.participant.id}
    await say(database, met, at=10_000, audio=audio())
    await office.work()
    assert set(await speakers(database)) == {met.participant.id}


async def test_an_original_that_lands_while_its_echo_is_recognised_is_seen(
    database: Database, met: Sitting, other: Sitting, office: Office
) -> None:
    await say(database, other, at=10_000, audio=audio(-20), track="TR_2")
    loop = asyncio.get_running_loop()

    def land() -> None:
        office.parrot.before = lambda: None
        asyncio.run_coroutine_threadsafe(
            say(database, met, at=10_000, audio=audio()), loop
        ).result()

    office.parrot.before = land
    await office.worker.transcribe_next()
    assert await speakers(database) == []
    await office.work()
    assert set(await speakers(database)) == {met.participant.id}


async def test_somebody_elses_damaged_audio_keeps_nobody_from_being_written(
    database: Database, met: Sitting, other: Sitting, office: Office
) -> None:
    await say(database, other, at=10_000, audio=b"cut", track="TR_2")
    await say(database, met, at=10_000, audio=audio())
    await office.work()
    assert set(await speakers(database)) == {met.participant.id}


async def test_people_who_speak_at_once_are_both_written(
    database: Database, met: Sitting, other: Sitting, office: Office
) -> None:
    await say(database, met, at=10_000, audio=audio())
    await say(database, other, at=10_000, audio=other_audio(), track="TR_2")
    await office.work()
    assert set(await speakers(database)) == {met.participant.id, other.participant.id}


async def test_only_what_is_an_echo_goes_from_a_line(
    database: Database, met: Sitting, other: Sitting, office: Office
) -> None:
    """An echo, and at once an answer: the answer stays, under the line's name."""
    said, answer = librivox()[1][1], librivox()[4][1]
    back = mixed(echo(said, -20), noise(len(said)))
    await say(database, other, at=0, audio=packed(np.concatenate([back, answer])), track="TR_2")
    seconds = len(back) / 16_000
    words = [*LINE, Word(seconds + 0.6, seconds + 0.9, " Yes.", 0.9)]
    office.parrot.words = [replace(word, start=word.start + 0.2) for word in words]
    await office.work()
    async with database.transaction() as session:
        before = (await session.scalars(select(Utterance).order_by(Utterance.started_at))).all()
    assert await say(database, met, at=0, audio=audio())
    office.parrot.words = [Word(0.5, 0.9, " Mine.", 0.9)]
    await office.work()
    lines = {text for *_, text in await transcript(database, met)}
    assert lines == {"Yes.", "Mine."}
    async with database.transaction() as session:
        kept = await utterances.by_ids(session, [row.id for row in before])
    assert len(kept) == 1


@pytest.mark.parametrize("quiet_first", [True, False])
async def test_the_same_words_on_two_tracks_are_the_louder_ones(
    database: Database, met: Sitting, other: Sitting, office: Office, quiet_first: bool
) -> None:
    """Where phases do not tell: a speaker's voice that a program changed on its way."""
    office.parrot.words = [*LINE, Word(1.6, 2.0, " goes.", 0.9)]
    tracks = [
        (other, "TR_2", packed((librivox()[4][1] * 0.1).astype(np.float32))),
        (met, "TR_1", audio()),
    ]
    for who, track, sound in tracks if quiet_first else reversed(tracks):
        await say(database, who, at=10_000, audio=sound, track=track)
        await office.work()
    assert await speakers(database) == [met.participant.id]


async def test_a_shared_microphone_is_diarized_without_the_echo_of_others(
    database: Database, met: Sitting, other: Sitting, office: Office
) -> None:
    await say(database, met, at=10_000, audio=audio())
    await say(database, other, at=10_000, audio=audio(-20), track="TR_2", shared=True)
    await end(database, met)
    await office.work()
    (samples,) = office.diarized
    assert np.abs(samples).max() < 0.01
    async with database.transaction() as session:
        assert list(await session.scalars(select(Talkspurt.audio))) == [None, None]


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("Oui, oui.", "Oui, oui.", False),
        ("And so it goes.", "and so it goes", True),
        ("And so it goes on.", "And so goes on.", True),
        ("And so it goes.", "We will see about that.", False),
        ("", "", False),
    ],
)
def test_few_words_may_be_said_by_two(one: str, two: str, same: bool) -> None:
    assert same_words(one, two) is same


def test_a_word_is_where_its_middle_is() -> None:
    assert within([(0, 100), (200, 300)], 80, 110)
    assert not within([(0, 100), (200, 300)], 100, 120)


def test_a_word_timed_a_little_before_its_echo_is_heard_is_an_echo_too() -> None:
    said = librivox()[1][1]
    back = mixed(echo(said, -20), noise(len(said)))
    own = librivox()[4][1]
    original = Heard("original", 1000, said)
    alone = Heard("alone", 1000, back)
    ((start, end),) = Crosstalk(original, [alone]).repeated["alone"]
    assert (start, end) == (1000, 1000 + len(back) * 1000 // 16_000)
    answered = Heard("answered", 1000, np.concatenate([back, np.zeros(16_000, np.float32), own]))
    ((start, end),) = Crosstalk(original, [answered]).repeated["answered"]
    answer = 1000 + len(back) // 16 + 1000
    assert start == 1000
    assert answer - 800 <= end < answer


def test_words_of_an_answer_that_follows_an_echo_at_once_stay() -> None:
    said, own = librivox()[1][1], librivox()[4][1]
    second = 16_000
    back = mixed(echo(said, -20), noise(len(said)))[: 2 * second]
    both = Heard("both", 0, np.concatenate([back, own[: 2 * second]]))
    spans = Crosstalk(Heard("original", 0, said[: 2 * second]), [both]).repeated["both"]
    assert spans[0][0] == 0
    onset, _ = next(passages(own))
    assert 1700 <= spans[-1][1] <= 2000 + onset // 16
