"""Two hours of a meeting in virtual time: what the cutter says against when it was said."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.frames import PACKET, ROOM, SPEECH, Heard
from visio.cutter import RATE, Cutter, Talkspurt

HOURS = 2
TOLERANCE = 0.05
FASTEST = 0.03
"""Seconds that the fastest packets take: the roster's clock knows them as that old."""


@dataclass(frozen=True)
class Sender:
    """A microphone whose clock is `ppm` fast (negative: slow), behind a network.

    `speaks` seconds of speech come every `every`; between them nothing is sent (`dtx`: but for a
    packet each 400 ms). Of the packets `loss` is lost, and they are late by `jitter` on average.
    """

    ppm: float
    every: float = 60.0
    speaks: float = 3.0
    dtx: bool = True
    mute: tuple[float, float] = (0.0, 0.0)
    loss: float = 0.0
    jitter: float = 0.0
    joins: float = 0.0

    def frames(self) -> Iterator[Heard]:
        """What arrives, until two hours after the meeting's start."""
        chance = random.Random(1)  # noqa: S311
        for count in range(round((HOURS * 3600 - self.joins) * 50)):
            sent = self.joins + count * 0.02 / (1 + self.ppm / 1e6)
            if sent >= HOURS * 3600:
                return
            if not self._sends(count, sent) or chance.random() < self.loss:
                continue
            late = chance.expovariate(1 / self.jitter) if self.jitter else 0.0
            level = SPEECH if self._speaks(sent) else ROOM
            yield Heard(count, 12_345 + count * PACKET, level, sent + FASTEST + late)

    def starts(self) -> list[float]:
        """When each piece of speech begins."""
        beginnings = (n * self.every for n in range(round(HOURS * 3600 / self.every)))
        muted, opened = self.mute
        return [one for one in beginnings if one >= self.joins and not muted <= one < opened]

    def _speaks(self, sent: float) -> bool:
        return sent % self.every < self.speaks

    def _sends(self, count: int, sent: float) -> bool:
        if self.mute[0] <= sent < self.mute[1]:
            return False
        return self._speaks(sent) or not self.dtx or count % 20 == 0


def cut(sender: Sender) -> list[Talkspurt]:
    cutter = Cutter()
    closed = [talkspurt for frame in sender.frames() for talkspurt in cutter.push(frame)]
    return closed + cutter.flush()


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "sender",
    [
        pytest.param(Sender(0), id="a true clock"),
        pytest.param(Sender(200), id="a fast clock that falls silent between words"),
        pytest.param(Sender(-200), id="a slow clock that falls silent between words"),
        pytest.param(Sender(-200, mute=(600, 5400)), id="a slow clock muted for eighty minutes"),
        pytest.param(Sender(200, mute=(600, 5400)), id="a fast clock muted for eighty minutes"),
        pytest.param(Sender(-100, loss=0.1, jitter=0.03), id="a slow clock over a bad network"),
        pytest.param(Sender(100, loss=0.1, jitter=0.03), id="a fast clock over a bad network"),
        pytest.param(Sender(-100, dtx=False, every=600, jitter=0.02), id="no DTX", marks=SLOW),
        pytest.param(Sender(-200, joins=5000, loss=0.05, jitter=0.02), id="a late join"),
    ],
)
def test_the_timeline_is_exact_over_two_hours(sender: Sender) -> None:
    found = cut(sender)
    assert len(found) == len(sender.starts())
    for talkspurt, begins in zip(found, sender.starts(), strict=True):
        # What is kept from before the first loud frame may reach back over silence.
        loud = first_loud(talkspurt, begins, sender)
        assert loud == pytest.approx(begins + FASTEST, abs=TOLERANCE), begins


def first_loud(talkspurt: Talkspurt, begins: float, sender: Sender) -> float:
    """Where the first packet of the speech is on the timeline, when none was lost before it."""
    for offset, payload in talkspurt.packets:
        number = int.from_bytes(payload[1:5])
        sent = sender.joins + number * 0.02 / (1 + sender.ppm / 1e6)
        if sent >= begins - 1e-6:
            return talkspurt.started_at + offset / RATE - (sent - begins)
    raise AssertionError("no packet of the speech was kept")
