"""Frames of a microphone, without sound: levels and numbers."""

from dataclasses import dataclass

from visio.cutter import RATE

SPEECH, ROOM, MUTE = 25, 80, 127
PACKET = 960


@dataclass(frozen=True)
class Heard:
    """20 ms of Opus whose payload ends in its number."""

    number: int
    timestamp: int
    level: int
    received_at: float
    length: int = 80

    @property
    def payload(self) -> bytes:
        return (bytes([0x78]) + self.number.to_bytes(4) + bytes(75))[: self.length]


def frames(*parts: tuple[int | None, float]) -> list[Heard]:
    """Consecutive (level, seconds); level None sends nothing for that long."""
    heard: list[Heard] = []
    timestamp = 0
    for level, seconds in parts:
        for _ in range(round(seconds * 50)):
            if level is not None:
                heard.append(Heard(len(heard), timestamp, level, 100 + timestamp / RATE))
            timestamp += PACKET
    return heard
