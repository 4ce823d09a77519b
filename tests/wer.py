"""Word error rate, for tests and the smoke run."""

import re
import unicodedata
from collections.abc import Sequence

Pair = tuple[str | None, str | None]


def wer(reference: str, hypothesis: str) -> float:
    """Errors (words changed, missing, added) by words of the reference, normalised."""
    wanted = normalise(reference)
    pairs = align(wanted, normalise(hypothesis))
    return sum(a != b for a, b in pairs) / max(len(wanted), 1)


def normalise(text: str) -> list[str]:
    """The words in lower case without punctuation; what is written short spelled out."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return [_SPELLED.get(word, word) for word in re.sub(r"[^\w']+", " ", plain).split()]


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> list[Pair]:
    """The two side by side with the fewest differences; None where one has no word."""
    costs = _costs(reference, hypothesis)
    i, j = len(reference), len(hypothesis)
    pairs: list[Pair] = []
    while i or j:
        if i and j and costs[i][j] == costs[i - 1][j - 1] + (reference[i - 1] != hypothesis[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((reference[i], hypothesis[j]))
        elif i and costs[i][j] == costs[i - 1][j] + 1:
            i -= 1
            pairs.append((reference[i], None))
        else:
            j -= 1
            pairs.append((None, hypothesis[j]))
    return pairs[::-1]


def _costs(reference: Sequence[str], hypothesis: Sequence[str]) -> list[list[int]]:
    """Levenshtein's table."""
    costs = [list(range(len(hypothesis) + 1))]
    for i, wanted in enumerate(reference, 1):
        above, row = costs[-1], [i]
        for j, got in enumerate(hypothesis, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (wanted != got)))
        costs.append(row)
    return costs


# What a recogniser writes short and a reference in full.
_SPELLED = {
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    **dict(
        zip(
            map(str, range(11)),
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
            strict=True,
        )
    ),
}
