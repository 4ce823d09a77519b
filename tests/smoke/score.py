"""How much of what was said was understood, and under whose name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.wer import align, normalise


@dataclass(frozen=True)
class Score:
    right_name: float
    """Share of the recognised reference words that stand under the name of who said them."""
    wer: float
    """Errors by reference words, each person's words against that person's lines."""


def score(said: Mapping[str, str], written: Mapping[str, str]) -> Score:
    """Compare, by name, what each person said with what was written under that name."""
    missing, stray, right, errors, count = {}, {}, 0, 0, 0
    for name, words in said.items():
        reference, hypothesis = normalise(words), normalise(written.get(name, ""))
        pairs = align(reference, hypothesis)
        right += sum(a == b for a, b in pairs)
        errors += sum(a != b for a, b in pairs)
        count += len(reference)
        missing[name] = [a for a, b in pairs if a is not None and a != b]
        stray[name] = [b for a, b in pairs if b is not None and a != b]
    wrong = sum(
        _common(words, strangers)
        for name, words in missing.items()
        for other, strangers in stray.items()
        if other != name
    )
    return Score(right / max(1, right + wrong), errors / count)


def _common(words: Sequence[str], others: Sequence[str]) -> int:
    return sum(a == b for a, b in align(words, others))
