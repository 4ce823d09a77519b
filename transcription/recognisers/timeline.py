"""A microphone as one stream of 80 ms frames, and which segment a word of it belongs to.

Decides from what it is given; `now` is in seconds of any one clock.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from transcription.audio import OPUS_RATE, Opus, Samples, low_pass


class Timeline:
    """Segments one after the other, with silence after each: a word may come late.

    Every segment begins where the stream is when it opens; what lies between them was not said.
    """

    step = 0.08
    """Seconds of a frame."""

    def __init__(self) -> None:
        self._opus = Opus()
        self._history = np.zeros(_TAPS - 1, np.float32)
        self._waiting = np.zeros(0, np.float32)
        self._sent = 0
        self._starts: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._open: str | None = None
        self._filled = 0
        """Samples of the open segment so far."""
        self._silent_since: float | None = None
        self._last_silence = float("-inf")

    def push(self, segment: str, packets: Iterable[tuple[int, bytes]]) -> None:
        """More of a segment; the first opens it. Packets have offsets from its start at 48 kHz."""
        if segment not in self._starts:
            self._starts[segment] = self._sent + len(self._waiting)
            self._texts[segment] = ""
            self._filled = 0
        self._open, self._silent_since = segment, None
        for offset, payload in packets:
            gap = min(offset * RATE // OPUS_RATE - self._filled, _LONGEST_GAP)
            self._append(np.zeros(2 * max(gap, 0), np.float32))
            self._append(self._opus.decode(payload))

    def close(self, segment: str) -> None:
        """Nothing of it follows but silence."""
        if self._open == segment:
            self._open = None

    def frames(self, now: float) -> Iterator[Samples]:
        """What is to be sent now: all that is whole, and silence in step once nothing is open."""
        while len(self._waiting) >= FRAME:
            yield self._take()
        if self._open is None and now - self._last_silence >= self.step:
            self._silent_since = now if self._silent_since is None else self._silent_since
            self._last_silence = now
            self._waiting = np.pad(self._waiting, (0, FRAME - len(self._waiting)))
            yield self._take()

    def idle(self, now: float) -> bool:
        """Whether nobody has spoken for so long that the stream is not worth its place."""
        return self._silent_since is not None and now - self._silent_since >= _IDLE

    def take(self, word: str, at: float) -> str | None:
        """Add a word that begins `at` seconds of the stream; returns whose it is."""
        position = (at + _EARLY) * RATE
        before = [name for name, start in self._starts.items() if start <= position]
        if not before:
            return None
        segment = before[-1]
        self._texts[segment] = f"{self._texts[segment]} {word}".strip()[:_LONGEST_TEXT]
        return segment

    def text(self, segment: str) -> str:
        """The words of a segment so far."""
        return self._texts[segment]

    def _append(self, samples: Samples) -> None:
        """48 kHz to 24 kHz: everything above 12 kHz filtered out, then every second sample."""
        if not len(samples):
            return
        both = np.concatenate((self._history, samples))
        self._history = both[1 - _TAPS :]
        halved = np.convolve(both, _LOW_PASS, mode="valid")[::2].astype(np.float32)
        self._waiting = np.concatenate((self._waiting, halved))
        self._filled += len(halved)

    def _take(self) -> Samples:
        frame, self._waiting = self._waiting[:FRAME], self._waiting[FRAME:]
        self._sent += FRAME
        return frame


RATE = 24_000
FRAME = 1920
"""Samples of a frame: 80 ms, what Kyutai's model takes at a time."""
_TAPS = 97
_LOW_PASS = low_pass(11_000, _TAPS)
# Samples that a hole in a segment may have: a broken offset must not fill the memory.
_LONGEST_GAP = RATE * 14
# Seconds by which a word may be told to begin before it does: more gives the first word after a
# short silence to what was said before it.
_EARLY = 0.24
# Seconds of silence after which a stream is closed: more keeps a place on the server from others,
# less has the first words wait for a new stream more often.
_IDLE = 10.0
# Characters of a segment, whatever the server says.
_LONGEST_TEXT = 2000
