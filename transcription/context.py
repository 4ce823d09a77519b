"""What a microphone said just before: a sentence is heard better after the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from transcription.audio import RATE, Samples


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier talkspurt of the same microphone, in the words it was written down in.

    Without `samples` where it is too long ago to be heard again.
    """

    text: str
    language: str
    samples: Samples | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """A talkspurt behind what was said before it.

    The first `begins` seconds of the `samples` say what is in `near`; `older` was said before them.
    """

    samples: Samples
    begins: float = 0.0
    near: str = ""
    older: str = ""


def in_context(
    samples: Samples, before: Sequence[Before], language: str, longest: float
) -> Context:
    """A talkspurt behind as much of what came `before` (oldest first) as fits in `longest` seconds.

    What was said in another language does not help.
    """
    same = list(takewhile(lambda one: one.language == language, reversed(before)))
    room = longest * RATE - len(samples)
    near: list[Samples] = []
    for one in same:
        if one.samples is None or len(one.samples) > room:
            break
        near.insert(0, one.samples)
        room -= len(one.samples)
    texts = [one.text for one in same]
    return Context(
        np.concatenate([*near, samples]),
        sum(map(len, near)) / RATE,
        _told(texts[: len(near)]),
        _told(texts[len(near) :]),
    )


def _told(latest_first: Sequence[str]) -> str:
    return " ".join(reversed(latest_first))
