"""Finds in one track what it took up of another: out of a loudspeaker, or across the table."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transcription.audio import RATE, Samples

Span = tuple[int, int]
"""First sample, and the one after the last."""


def copied(mine: Samples, theirs: Samples, shift: int) -> list[Span]:
    """The passages of `mine` that are `theirs` again, and quieter; `shift`: where `theirs` begins.

    A copy comes within `_LAG` of the original. Its delay and reverberation do not matter: phases
    are compared (GCC-PHAT), and both have the same. Passages are looked at together first, for a
    whole talkspurt has one delay; then each must agree with that, and not be louder than the others
    make expect: then somebody speaks over the echo. What comes just before and after belongs to it
    until it is louder, too: somebody who answers at once is in one passage with an echo's end.
    """
    parts = list(passages(mine))
    near = [(part, mine[slice(*part)], _around(theirs, part, shift)) for part in parts]
    heard = [
        (part, likeness(sound, around), gain)
        for part, sound, around in near
        if loudness(around) > _SILENT and (gain := _gain(sound, around)) < -_QUIETER
    ]
    if not heard:
        return []
    weights = np.sqrt([end - start for (start, end), *_ in heard])
    together = sum(w * like for w, (_, like, _) in zip(weights, heard, strict=True))
    together /= np.sqrt(np.sum(weights**2))
    lag = int(together.argmax())
    if together[lag] < _ALIKE:
        return []
    there = slice(max(lag - _WOBBLE, 0), lag + _WOBBLE)
    alike = [(span, gain) for span, like, gain in heard if like[there].max() > _ALIKE_THERE]
    expected = float(np.percentile([gain for _, gain in alike], 25)) if alike else 0.0
    runs = _runs(parts, {span for span, gain in alike if gain < expected + _SPOKEN_OVER})
    louder = _louder(mine, theirs, shift + lag - _LAG, expected + _SPOKEN_OVER)
    return [_grown(run, louder) for run in runs]


def _louder(mine: Samples, theirs: Samples, shift: int, gain: float) -> NDArray[np.bool_]:
    """In which frames `mine` is louder than `theirs`, which begins at `shift`, makes expect."""
    original = _levels(_around(theirs, (0, len(mine)), shift)[_LAG:-_LAG])
    # A room goes on sounding for a while.
    held = np.pad(original, (_REVERBERATION - 1, 0), mode="edge")
    lately = sliding_window_view(held, _REVERBERATION).max(axis=1)
    return np.asarray(_levels(mine) > lately + gain)


def _grown(run: Span, louder: NDArray[np.bool_]) -> Span:
    """A little longer on both sides, but for what comes just before or after something louder."""
    start, end = run[0] // _FRAME, run[1] // _FRAME
    before = np.flatnonzero(louder[max(start - _GROWTH, 0) : start][::-1])
    after = np.flatnonzero(louder[end : end + _GROWTH])
    back = max(int(before[0]) - _ONSET, 0) if len(before) else 0
    on = max(int(after[0]) - _ONSET, 0) if len(after) else 0
    return run[0] - back * _FRAME, run[1] + on * _FRAME


def _runs(parts: Sequence[Span], chosen: set[Span]) -> list[Span]:
    """Chosen parts in a row, and what is between them, as one."""
    rows = [list(row) for whether, row in groupby(parts, chosen.__contains__) if whether]
    return [(row[0][0], row[-1][1]) for row in rows]


def passages(samples: Samples) -> Iterator[Span]:
    """Where something is heard, in pieces of `_PIECE` at most."""
    levels = _levels(samples)
    loud = levels > _threshold(levels)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    joined: list[list[int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if joined and (start - joined[-1][1]) * _FRAME < _GAP:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    for start, end in joined:
        length = (end - start) * _FRAME
        pieces = -(-length // _PIECE)
        if length >= _SHORTEST:
            for piece in range(pieces):
                yield (
                    start * _FRAME + piece * length // pieces,
                    start * _FRAME + (piece + 1) * length // pieces,
                )


def without(samples: Samples, spans: Sequence[Span]) -> Samples:
    """The same with silence there."""
    left = samples.copy()
    for start, end in spans:
        left[start:end] = 0
    return left


def loudness(samples: Samples) -> float:
    """Root mean square in dB of full scale."""
    power = np.mean(samples.astype(np.float64) ** 2) if len(samples) else 0.0
    return float(10 * np.log10(power + _NOTHING))


def likeness(mine: Samples, around: Samples) -> NDArray[np.float64]:
    """How far each delay from -_LAG to _LAG stands out, in standard deviations.

    `around` reaches _LAG further than `mine` on both sides.
    """
    size = 1 << (len(mine) + len(around)).bit_length()
    spectrum = np.fft.rfft(mine, size) * np.conj(np.fft.rfft(around, size))
    spectrum /= np.abs(spectrum) + _NOTHING
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(frequencies < _LOWEST) | (frequencies > _HIGHEST)] = 0
    correlation = np.abs(np.fft.irfft(spectrum, size))
    lags = np.concatenate((correlation[-2 * _LAG :], correlation[:1]))
    return lags / float(np.sqrt(np.mean(correlation**2)) + _NOTHING)


def _gain(mine: Samples, around: Samples) -> float:
    """How much louder than the original, in dB."""
    return loudness(mine) - loudness(around[_LAG:-_LAG])


def _around(samples: Samples, span: Span, shift: int) -> Samples:
    """What is there in another track, and _LAG on both sides; silence elsewhere."""
    first, last = span[0] - shift - _LAG, span[1] - shift + _LAG
    part = samples[max(first, 0) : max(last, 0)]
    before = min(max(-first, 0), last - first)
    return np.pad(part, (before, last - first - before - len(part)))


def _levels(samples: Samples) -> NDArray[np.float64]:
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + _NOTHING))


def _threshold(levels: NDArray[np.float64]) -> float:
    """What is above the background, and not far below the loudest."""
    heard = levels[levels > _SILENT]
    if not len(heard):
        return 0.0
    return max(float(np.percentile(heard, 10)) + _ABOVE, float(heard.max()) - _DEEPEST)


# Samples: the grid on which sound is told from silence.
_FRAME = RATE // 50
# Shorter silences are part of a passage; shorter passages are clicks.
_GAP = RATE // 4
_SHORTEST = RATE // 5
# Passages are judged by pieces of this length: longer ones are surer, shorter ones keep more of an
# answer that follows an echo at once.
_PIECE = RATE * 3 // 2
# A copy is at most so far from its original: network, jitter buffer and loudspeaker, and what two
# tracks' clocks are apart.
_LAG = RATE // 2
# Delays of one talkspurt's passages differ by less: 10 ms.
_WOBBLE = RATE // 100
# Hz: below is hum; above, a telephone says nothing and even a faint echo would stand out.
_LOWEST, _HIGHEST = 150, 4000
# dB of full scale: nobody speaks.
_SILENT = -75.0
# dB above the quietest tenth, and below the loudest frame, at which something is heard.
_ABOVE = 6.0
_DEEPEST = 40.0
# dB a copy is quieter than its original: less takes people who speak at once for echo, more lets
# through the echo of a loudspeaker turned up.
_QUIETER = 6.0
# dB above what the other passages make expect: somebody speaks over the echo.
_SPOKEN_OVER = 6.0
# Frames in which what was loud still sounds, by which an echo grows at most, and that are left of
# it before somebody's first loud one: a first word may be quiet.
_REVERBERATION = 15
_GROWTH = _PIECE // _FRAME
_ONSET = 10
# Standard deviations: together, and each passage at that delay. Higher lets faint, reverberant
# echoes through, lower takes other speech for them.
_ALIKE = 14.0
_ALIKE_THERE = 5.0
_NOTHING = 1e-12
