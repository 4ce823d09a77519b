"""Words, and where a passage of them ends: pure arithmetic, no model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word with its punctuation and the space before it; seconds."""

    start: float
    end: float
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One voice between two moments; seconds."""

    start: float
    end: float
    voice: str


def sentences(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words in order, parted where a sentence ends with a breath, and at long pauses."""
    passage = list(words[:1])
    for previous, word in pairwise(words):
        pause = word.start - previous.end
        ended = previous.text.endswith(_STOPS)
        if pause >= (_BREATH if ended else _PAUSE):
            yield passage
            passage = []
        passage.append(word)
    if passage:
        yield passage


def by_voice(words: Sequence[Word], turns: Sequence[Turn]) -> list[tuple[str | None, list[Word]]]:
    """The words in order, parted where the voice changes; the voice is None without turns."""
    voices = _smoothed(words, [voice_of(word.start, word.end, turns) for word in words])
    return [
        (voice, [word for word, _ in group])
        for voice, group in groupby(zip(words, voices, strict=True), key=lambda pair: pair[1])
    ]


def voice_of(start: float, end: float, turns: Iterable[Turn]) -> str | None:
    """The voice heard longest between two moments, else the nearest; None without turns."""
    nearest = max(turns, key=lambda turn: _overlap(start, end, turn), default=None)
    return nearest.voice if nearest else None


def _smoothed(words: Sequence[Word], voices: list[str | None]) -> list[str | None]:
    """A blip inside somebody else's speech is a boundary a few frames off, not another person."""
    smoothed = list(voices)
    for here in range(1, len(words) - 1):
        around = voices[here - 1] == voices[here + 1] != voices[here]
        if around and words[here].end - words[here].start < _BLIP:
            smoothed[here] = voices[here - 1]
    return smoothed


def _overlap(start: float, end: float, turn: Turn) -> float:
    """Seconds in common; negative, the distance."""
    return min(end, turn.end) - max(start, turn.start)


_STOPS = (".", "?", "!", "…", ":", "。", "？", "！")
# Seconds of silence after a full stop that part two lines: more makes longer lines, less breaks
# at every comma-like breath.
_BREATH = 0.2
# The same in the middle of a sentence: less breaks sentences whenever somebody hesitates.
_PAUSE = 1.0
# A word shorter than this cannot be somebody else's alone between two words of one voice: more
# hides short interjections, less shows flicker at turn boundaries.
_BLIP = 0.2
