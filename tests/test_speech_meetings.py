"""The meetings of `make bench-speech`: the same each time, and as hard as they say."""

import random

import numpy as np
import pytest

from benchmarks.speech.meetings import Meeting, Said, Sound
from benchmarks.speech.sentences import sentence
from tests.transcription.recordings import Samples, packets

RATE = 16_000


def tone(hertz: float, seconds: float = 1.0) -> Samples:
    turns = np.arange(round(seconds * RATE)) * hertz / RATE
    return (0.1 * np.sin(2 * np.pi * turns)).astype(np.float32)


@pytest.fixture
def meeting() -> Meeting:
    said = [Said("ann", "Ann", 1.0, 2.0, "la"), Said("bob", "Bob", 4.0, 5.0, "lo")]
    return Meeting(
        "test", ["ann", "bob"], said, [Sound("ann", 1, tone(440)), Sound("bob", 4, tone(660))]
    )


def sentences(language: str) -> list[str]:
    chance = random.Random(1)  # noqa: S311
    return [sentence(language, chance) for _ in range(200)]


def loudness(samples: Samples, start: float, end: float) -> float:
    part = samples[round(start * RATE) : round(end * RATE)].astype(np.float64)
    return float(10 * np.log10(np.mean(part**2)))


def test_everybody_is_heard_in_every_other_microphone_20_db_quieter(meeting: Meeting) -> None:
    own, other = meeting.track("ann"), meeting.track("bob")
    assert loudness(own, 1.2, 2) - loudness(other, 1.4, 2) == pytest.approx(20, abs=2)
    assert loudness(other, 2.9, 3.9) < -60
    assert loudness(meeting.own("bob"), 1.4, 2) < -60


def test_a_meeting_sounds_the_same_each_time(meeting: Meeting) -> None:
    track = meeting.track("ann")
    assert np.array_equal(track, meeting.track("ann"))
    assert meeting.received("ann", track) == meeting.received("ann", track)


def test_packets_are_lost_and_late(meeting: Meeting) -> None:
    sent = list(packets(np.zeros(60 * RATE, np.float32)))
    arrived = meeting.received("ann", np.zeros(60 * RATE, np.float32))
    lost = 1 - len(arrived) / len(sent)
    assert 0.002 <= lost <= 0.03
    late = [one.received_at - one.sequence * 0.02 for one in arrived]
    assert max(late) - min(late) >= 0.01


def test_a_slow_clock_counts_fewer_packets() -> None:
    samples = np.zeros(100 * RATE, np.float32)
    slow = list(packets(samples, drift=0.01))
    assert len(slow) == 4950
    assert slow[-1].received_at == pytest.approx(99.98, abs=0.03)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sentences_are_whole_and_repeatable(language: str) -> None:
    said = sentences(language)
    assert said == sentences(language)
    assert len(set(said)) >= 100
    assert not any("{" in one or one != one.strip() for one in said)
    assert not any(letter.isdigit() for one in said for letter in one)
