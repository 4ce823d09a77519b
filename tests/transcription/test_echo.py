"""Real speech through Opus and a room."""

from functools import cache

import numpy as np
import pytest

from tests.transcription.recordings import Samples, librivox, packets, silence
from tests.transcription.rooms import echo, mixed, noise
from transcription.audio import RATE, decode
from transcription.echo import Span, copied, loudness, passages, without

pytestmark = pytest.mark.slow


def through_opus(samples: Samples) -> Samples:
    return decode((packet.timestamp, packet.payload) for packet in packets(samples))


@cache
def sentence(number: int) -> Samples:
    return through_opus(librivox()[number][1])


def taken_up(samples: Samples, decibels: float, delay: float = 0.12) -> Samples:
    back = echo(samples, decibels, delay)
    return mixed(back, noise(len(back)))


def seconds(spans: list[Span]) -> float:
    return sum(end - start for start, end in spans) / RATE


def heard(samples: Samples) -> float:
    return seconds(list(passages(samples)))


@pytest.mark.parametrize("number", [1, 4])
@pytest.mark.parametrize("decibels", [-10, -20, -30])
def test_an_echo_is_recognised(number: int, decibels: float) -> None:
    original = librivox()[number][1]
    copy = through_opus(taken_up(original, decibels))
    assert seconds(copied(copy, sentence(number), 0)) >= 0.9 * heard(copy)
    assert copied(sentence(number), copy, 0) == []


def test_other_speech_at_the_same_time_is_none_whoever_is_louder() -> None:
    for one, other in ((1, 4), (4, 1), (2, 3), (3, 2)):
        quiet = (sentence(one) * 0.1).astype(np.float32)
        assert copied(quiet, sentence(other), 0) == []


def test_who_speaks_over_an_echo_is_kept() -> None:
    own, other = librivox()[4][1], librivox()[1][1]
    both = through_opus(mixed(own, taken_up(other, -20)))
    assert seconds(copied(both, sentence(1), 0)) <= 0.1 * heard(sentence(4))


def test_what_is_said_after_an_echo_is_kept() -> None:
    own, other = librivox()[4][1], librivox()[1][1]
    track = through_opus(np.concatenate([taken_up(other, -20), silence(0.5), own]))
    answer = len(other) + round(0.6 * RATE)
    spans = copied(track, sentence(1), 0)
    assert seconds(spans) >= 0.85 * heard(track[:answer])
    assert all(end <= answer for _, end in spans)
    left = without(track, spans)
    assert np.array_equal(left[answer:], track[answer:])
    assert not any(left[start:end].any() for start, end in spans)


@pytest.mark.parametrize("first", ["echo", "own"])
def test_who_speaks_at_once_after_or_before_an_echo_loses_nothing_of_either(first: str) -> None:
    own, other = librivox()[4][1][: 2 * RATE], librivox()[1][1]
    back = taken_up(other, -20)[: 2 * RATE]
    parts = [back, own] if first == "echo" else [own, back]
    track = through_opus(np.concatenate(parts))
    before = 0 if first == "echo" else len(own)
    original = np.concatenate([np.zeros(before, np.float32), sentence(1)[: 2 * RATE]])
    left = without(track, copied(track, original, 0))
    middle, away = 2 * RATE, RATE // 5
    echoed = slice(0, middle - away) if first == "echo" else slice(middle + away, None)
    said = slice(middle, None) if first == "echo" else slice(0, middle)
    assert loudness(left[echoed]) < loudness(track[echoed]) - 10
    assert loudness(left[said] - track[said]) < loudness(track[said]) - 20


def test_tracks_need_not_begin_together() -> None:
    copy = through_opus(taken_up(librivox()[1][1], -20, delay=0.4))
    shift = round(0.25 * RATE)
    assert seconds(copied(copy[shift:], sentence(1), -shift)) >= 0.8 * heard(copy[shift:])


@pytest.mark.parametrize("length", [0, 1, 319, 320])
def test_next_to_nothing_is_no_copy(length: int) -> None:
    nothing = np.zeros(length, np.float32)
    assert copied(nothing, sentence(1), 0) == []
    assert copied(sentence(1), nothing, 0) == []
    assert copied(sentence(1), sentence(4), 10 * RATE) == []
