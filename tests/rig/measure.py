"""What somebody saw and heard between two moments, and how good it has to be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Sample = Mapping[str, float]
"""What page.html counts each second; `at` in milliseconds."""


@dataclass(frozen=True)
class Received:
    """A window of a call, at the subscriber's."""

    fps: float
    freeze: float
    """Share of the time in freezes, as getStats defines them (W3C webrtc-stats)."""
    height: float
    """Lines of the picture, at worst."""
    rate: float
    """kbit/s, audio and video."""
    conceal: float
    """Share of the audio that the decoder made up."""
    buffer: float
    """Milliseconds that audio waits in the jitter buffer."""
    longest: float
    """Seconds, the longest without a new picture."""
    worst_conceal: float
    """`conceal` of the worst five seconds."""


def received(
    samples: Sequence[Sample], frames: Sequence[float], start: float, end: float
) -> Received:
    """What arrived from `start` to `end`, in milliseconds; `frames` is when each was shown."""
    window = _between(samples, start, end)
    first, last = window[0], window[-1]
    seconds = (last["at"] - first["at"]) / 1000
    shown = [start, *(at for at in frames if start < at < end), end]
    # A freeze is counted when it is over: one that is not yet counts all the same.
    unfinished = (end - shown[-2]) / 1000
    frozen = last["frozen"] - first["frozen"] + (unfinished if unfinished > _FREEZE else 0.0)
    emitted = last["emitted"] - first["emitted"]
    return Received(
        fps=(last["decoded"] - first["decoded"]) / seconds,
        freeze=min(1.0, frozen / seconds),
        height=min(one["height"] for one in window),
        rate=_rate(first, last),
        conceal=_concealed(first, last),
        buffer=(last["buffered"] - first["buffered"]) / max(1.0, emitted) * 1000,
        longest=max(after - before for before, after in pairwise(shown)) / 1000,
        worst_conceal=max(_concealed(one, _after(window, one, _HEARING)) for one in window[:-1]),
    )


def recovered(samples: Sequence[Sample], dropped: float, restored: float, end: float) -> float:
    """Seconds from `restored` until the rate is nine tenths of what it was before `dropped`.

    All that was waited when it is never so, until `end`; in milliseconds all three.
    """
    before = _between(samples, dropped - _USUAL, dropped)
    enough = 0.9 * _rate(before[0], before[-1])
    for one, other in pairwise(_between(samples, restored, end)):
        if _rate(one, other) >= enough:
            return (other["at"] - restored) / 1000
    return (end - restored) / 1000


def worst(runs: Sequence[Received]) -> Received:
    """The worst of each."""
    return Received(
        fps=min(run.fps for run in runs),
        freeze=max(run.freeze for run in runs),
        height=min(run.height for run in runs),
        rate=min(run.rate for run in runs),
        conceal=max(run.conceal for run in runs),
        buffer=max(run.buffer for run in runs),
        longest=max(run.longest for run in runs),
        worst_conceal=max(run.worst_conceal for run in runs),
    )


def missed(figures: Mapping[str, float]) -> list[str]:
    """The goals (G6a, G6b, G6c, G7, G8) that these figures do not reach; of the others none."""
    above = [
        f"{name} is {figures[name]:.4g}, more than {most}"
        for name, most in AT_MOST.items()
        if name in figures and figures[name] > most
    ]
    below = [
        f"{name} is {figures[name]:.4g}, less than {least}"
        for name, least in AT_LEAST.items()
        if name in figures and figures[name] < least
    ]
    return above + below


def _between(samples: Sequence[Sample], start: float, end: float) -> list[Sample]:
    window = sorted(
        (one for one in samples if start <= one["at"] <= end), key=lambda one: one["at"]
    )
    assert len(window) > 1, "the browser was too slow to count"
    return window


def _after(window: Sequence[Sample], one: Sample, time: float) -> Sample:
    return next((other for other in window if other["at"] >= one["at"] + time), window[-1])


def _rate(first: Sample, last: Sample) -> float:
    return (last["bytes"] - first["bytes"]) * 8 / max(1.0, last["at"] - first["at"])


def _concealed(first: Sample, last: Sample) -> float:
    return (last["concealed"] - first["concealed"]) / max(1.0, last["heard"] - first["heard"])


AT_MOST = {
    "conceal_10": 0.005,
    "conceal_20": 0.01,
    "conceal_30": 0.02,
    "conceal_40": 0.05,
    "jitter_buffer_ms": 300,
    "conceal_burst": 0.03,
    "freeze_10": 0.01,
    "freeze_20": 0.03,
    "freeze_30": 0.10,
    "longest_freeze_drop_s": 1.0,
    "conceal_drop": 0.02,
    "recover_s": 10,
    "conceal_jitter": 0.01,
    "freeze_jitter": 0.01,
}
AT_LEAST = {
    "fps_20": 24,
    "likeness_20": 0.8,
    "fps_30": 15,
    "height_10": 180,
    "height_20": 180,
    "height_30": 180,
}
REPORTED = (
    "freeze_10",
    "freeze_20",
    "freeze_30",
    "fps_20",
    "fps_30",
    "conceal_10",
    "conceal_20",
    "conceal_30",
    "conceal_40",
    "conceal_burst",
    "jitter_buffer_ms",
    "longest_freeze_drop_s",
    "recover_s",
)
"""What the last line of `make bench-loss` says."""

_FREEZE = 0.3
"""Seconds; what getStats takes for a freeze is longer than this at 30 frames per second never."""
_HEARING = 5000.0
"""Milliseconds. Less would call a single lost packet of 20 ms a bad second."""
_USUAL = 5000.0
"""Milliseconds over which the rate before a drop is taken."""
