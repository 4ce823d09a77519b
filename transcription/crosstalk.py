"""A talkspurt beside those of others at the same time: what it repeats of them, they of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from transcription.audio import RATE, Samples
from transcription.echo import Span, copied, loudness, passages, without

Times = list[tuple[int, int]]
"""From and until, milliseconds since the meeting's start."""


@dataclass(frozen=True)
class Heard:
    """A talkspurt's sound; `started_at` in milliseconds since the meeting's start."""

    id: str
    started_at: int
    samples: Samples

    def loudness(self, started_at: int, ended_at: int) -> float:
        """How loud it is between two moments, in dB of full scale."""
        return loudness(self.samples[self._index(started_at) : self._index(ended_at)])

    def _index(self, moment: int) -> int:
        return max((moment - self.started_at) * RATE // 1000, 0)


@dataclass(frozen=True)
class Crosstalk:
    """One talkspurt among others."""

    mine: Heard
    others: Sequence[Heard]

    @property
    def own(self) -> Samples | None:
        """Mine without what it took up of the others; None where that is all."""
        taken: list[Span] = []
        for other in self.others:
            taken += copied(self.mine.samples, other.samples, _shift(self.mine, other))
        if not taken:
            return self.mine.samples
        return without(self.mine.samples, taken) if _left(self.mine.samples, taken) else None

    @property
    def repeated(self) -> dict[str, Times]:
        """When the others only repeat what is said here, by talkspurt."""
        found = {
            other.id: copied(other.samples, self.mine.samples, _shift(other, self.mine))
            for other in self.others
        }
        return {
            other.id: [_times(other, span) for span in _widened(other.samples, found[other.id])]
            for other in self.others
            if found[other.id]
        }

    def louder(self, mine: tuple[int, int], other_id: str, theirs: tuple[int, int]) -> float:
        """By how many dB mine is louder between two moments than another between others."""
        other = next(one for one in self.others if one.id == other_id)
        return self.mine.loudness(*mine) - other.loudness(*theirs)


def within(times: Times, started_at: int, ended_at: int) -> bool:
    """Whether the middle of something lies there."""
    middle = (started_at + ended_at) / 2
    return any(start <= middle <= end for start, end in times)


def same_words(one: str, other: str) -> bool:
    """Whether two lines say the same, and enough not to have been said by two."""
    first, second = _words(one), _words(other)
    if min(len(first), len(second)) < _ENOUGH:
        return False
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _SAME


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _shift(one: Heard, other: Heard) -> int:
    """Where `other` begins, in samples of `one`."""
    return (other.started_at - one.started_at) * RATE // 1000


def _left(samples: Samples, taken: Sequence[Span]) -> list[Span]:
    """The passages of which nothing was taken up."""
    return [
        part
        for part in passages(samples)
        if not any(start <= part[0] and part[1] <= end for start, end in taken)
    ]


def _widened(samples: Samples, taken: Sequence[Span]) -> list[Span]:
    """What was taken up, and half of the silence to what was not: words are timed roughly."""
    left = _left(samples, taken)
    return [
        (
            max(((min(last, start) + start) // 2 for at, last in left if at < start), default=0),
            min(
                ((max(at, end) + end) // 2 for at, last in left if last > end),
                default=len(samples),
            ),
        )
        for start, end in taken
    ]


def _times(heard: Heard, span: Span) -> tuple[int, int]:
    start, end = (heard.started_at + at * 1000 // RATE for at in span)
    return start, end


# Words below which two people may well have said the same.
_ENOUGH = 4
# Share of words in common, in order: a recogniser hears an echo less well.
_SAME = 0.75
MARGIN = 2000
"""Milliseconds around a talkspurt in which others may repeat it, or it them."""
SAME_TIME = 2000
"""Milliseconds that a repeated line begins after the original at most."""
CLEARLY = 3.0
"""dB below which neither of two equal lines is the louder: both stay."""
