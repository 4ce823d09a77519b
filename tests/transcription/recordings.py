"""Real recordings, and a microphone that sends them as Opus frames with their levels."""

import re
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from visio.cutter import Frame

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Packet:
    """An Opus frame as the tap gives it."""

    sequence: int
    timestamp: int
    level: int
    payload: bytes
    received_at: float


class Microphone:
    """A publication that is fed by hand."""

    def __init__(self) -> None:
        self.handle: Callable[[Frame], None] | None = None

    def tap(self, handle: Callable[[Frame], None]) -> None:
        self.handle = handle

    def untap(self) -> None:
        self.handle = None

    def say(self, samples: Samples, start: float = 0.0) -> None:
        """Send 16 kHz samples whose first was taken at `start` of CLOCK_MONOTONIC."""
        assert self.handle
        for packet in packets(samples, start):
            self.handle(packet)


def packets(
    samples: Samples, start: float = 0.0, rate: int = 16_000, drift: float = 0.0
) -> Iterator[Packet]:
    """Opus at 64 kbit/s, a packet every 20 ms, received as it is sent.

    A device whose clock is slow takes up more in what it calls a second: `drift` is by how much.
    """
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = 48_000
    encoder.layout = "mono"
    encoder.format = "flt"
    encoder.bit_rate = 64_000
    step = rate / 50 * (1 + drift)
    for number in range(int(len(samples) // step)):
        sound = samples[round(number * step) : round((number + 1) * step)]
        frame = av.AudioFrame.from_ndarray(_at_48_kilohertz(sound), format="flt", layout="mono")
        frame.sample_rate = 48_000
        for packet in encoder.encode(frame):
            at = start + number * 0.02 * (1 + drift)
            yield Packet(number, number * 960, _level(sound), bytes(packet), at)


def librivox() -> list[tuple[str, Samples]]:
    """Five sentences of one reader: the words, and 16 kHz samples (Debian, BSD-2)."""
    return _transcribed(_DATA / "librivox", "transcription")


def cards() -> list[tuple[str, Samples]]:
    """Five times a man names playing cards."""
    return _transcribed(_DATA / "cards", "cards.transcription")


def read(file: Path) -> Samples:
    """A 16-bit mono 16 kHz file as samples in -1..1."""
    with wave.open(str(file)) as recording:
        data = recording.readframes(recording.getnframes())
    return np.frombuffer(data, "<i2").astype(np.float32) / 32768


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * 16_000), np.float32)


def telephone(site_packages: Path) -> Path:
    """The folder of pyannote's sample: two voices on one line, with truth (MIT)."""
    return site_packages / "pyannote" / "audio" / "sample"


def _transcribed(folder: Path, transcription: str) -> list[tuple[str, Samples]]:
    texts = re.findall(r"<s> (.*?) *</s> \((.*)\)", (folder / transcription).read_text())
    return [(text, read(folder / f"{name}.wav")) for text, name in texts]


def _level(sound: Samples) -> int:
    """RFC 6464: root mean square in -dBov, 127 for digital silence."""
    power = float(np.mean(sound.astype(np.float64) ** 2))
    return 127 if power == 0 else min(127, max(0, round(-10 * np.log10(power))))


def _at_48_kilohertz(sound: Samples) -> Samples:
    """Linearly: the images are above what speech models hear."""
    at = np.linspace(0, len(sound), 960, endpoint=False)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)[None]


_DATA = Path("/usr/share/pocketsphinx/test/data")
