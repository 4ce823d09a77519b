"""How good a transcript is: under whose name words stand, how many are wrong, whose turn it was."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.speech.meetings import Said
from tests.wer import align, normalise

Span = tuple[str, float, float]
"""Whose voice, from and until, in seconds."""


@dataclass(frozen=True)
class Line:
    """A line of the transcript; seconds of the meeting, `voice` where a microphone is shared."""

    microphone: str
    voice: str
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Words:
    """Words of the reference, and what became of them."""

    count: int = 0
    errors: int = 0
    right: int = 0
    wrong: int = 0
    """Those that stand under the name of somebody else, whether under the right one too or not."""

    def __add__(self, other: "Words") -> "Words":
        return Words(
            self.count + other.count,
            self.errors + other.errors,
            self.right + other.right,
            self.wrong + other.wrong,
        )

    @property
    def wer(self) -> float:
        return self.errors / max(self.count, 1)

    @property
    def right_name(self) -> float:
        """Share of the words that stand anywhere which stand under the right name."""
        return self.right / max(self.right + self.wrong, 1)


@dataclass(frozen=True)
class _Word:
    text: str
    at: float


def attributed(said: Iterable[Said], lines: Iterable[Line], shared: str = "") -> Words:
    """The words of people with a microphone each, against the lines under their names.

    A word that somebody did not say, but another did at the same time (at the shared microphone
    too), stands under the wrong name.
    """
    spoken: dict[str, list[_Word]] = {}
    for one in sorted(said, key=lambda one: one.start):
        spoken.setdefault(one.microphone, []).extend(_spread(one.text, one.start, one.end))
    written: dict[str, list[_Word]] = {name: [] for name in spoken}
    for line in sorted(lines, key=lambda line: line.start):
        if line.microphone in written:
            written[line.microphone].extend(_spread(line.text, line.start, line.end))
    words = Words()
    for name, reference in spoken.items():
        if name != shared:
            right, stray, errors = _differences(reference, written[name])
            others = [word for other in spoken if other != name for word in spoken[other]]
            words += Words(len(reference), errors, right, _said_among(stray, others))
    return words


def errors(reference: str, hypothesis: str) -> Words:
    """Only the count of errors of a text against another."""
    wanted = normalise(reference)
    pairs = align(wanted, normalise(hypothesis))
    return Words(len(wanted), sum(a != b for a, b in pairs))


def said_by(said: Iterable[Said]) -> dict[str, str]:
    """What is said into each microphone, in order."""
    texts: dict[str, str] = {}
    for one in sorted(said, key=lambda one: one.start):
        texts[one.microphone] = f"{texts.get(one.microphone, '')} {one.text}".strip()
    return texts


def placed(turns: Iterable[Span], spans: Sequence[tuple[float, float, float]]) -> list[Span]:
    """Turns on the clock of a meeting of which pieces were put together: (start there, length,
    start in the meeting)."""
    return [
        (who, at + max(start - there, 0), at + min(end - there, length))
        for who, start, end in turns
        for there, length, at in spans
        if start < there + length and end > there
    ]


def missed(figures: Mapping[str, float]) -> list[str]:
    """What does not hold."""
    bounds = {
        "right_name ≥ 0.99": figures["right_name"] >= 0.99,
        "der ≤ der_pyannote + 0.01": figures["der"] <= figures["der_pyannote"] + 0.01,
        "wer ≤ wer_whole_file + 0.01": figures["wer"] <= figures["wer_whole_file"] + 0.01,
        "final_pass_s_per_h ≤ 300": figures["final_pass_s_per_h"] <= 300,
        "caption_p50_s ≤ 1.0": figures["caption_p50_s"] <= 1.0,
        "caption_p95_s ≤ 1.5": figures["caption_p95_s"] <= 1.5,
    }
    return [bound for bound, holds in bounds.items() if not holds]


def _spread(text: str, start: float, end: float) -> list[_Word]:
    """Its words, each with the time of its middle as if every letter took as long."""
    words = normalise(text)
    letters = max(sum(map(len, words)), 1)
    found, before = [], 0
    for word in words:
        middle = (before + len(word) / 2) / letters
        found.append(_Word(word, start + (end - start) * middle))
        before += len(word)
    return found


def _differences(
    reference: Sequence[_Word], hypothesis: Sequence[_Word]
) -> tuple[int, list[_Word], int]:
    """How many words are right, those written that are not of the reference, and the errors."""
    pairs = align([word.text for word in reference], [word.text for word in hypothesis])
    found = iter(hypothesis)
    written = [(one, next(found)) for one, other in pairs if other is not None]
    stray = [word for one, word in written if one != word.text]
    right = len(written) - len(stray)
    return right, stray, len(pairs) - right


def _said_among(stray: Iterable[_Word], others: Sequence[_Word]) -> int:
    """How many of the words are those of others at the same time."""
    return sum(any(_same(word, other) for other in others) for word in stray)


def _same(one: _Word, other: _Word) -> bool:
    return one.text == other.text and abs(one.at - other.at) <= _SAME_TIME


# Seconds that the time of a word, spread over its line, may be off.
_SAME_TIME = 2.0
