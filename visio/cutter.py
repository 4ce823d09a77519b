"""Cuts a microphone's Opus frames into talkspurts: decides from what it is given, does nothing."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol


class Frame(Protocol):
    """One Opus packet of a track; see `sfu.AudioFrame`."""

    @property
    def timestamp(self) -> int: ...
    @property
    def level(self) -> int: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def received_at(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Talkspurt:
    """A piece of a track with speech in it.

    `started_at` is in seconds of CLOCK_MONOTONIC; `duration` and the packets' offsets from the
    start count 48 kHz samples.
    """

    started_at: float
    duration: int
    packets: tuple[tuple[int, bytes], ...]


class Cutter:
    """Cuts a track's frames into talkspurts.

    Frames come in order of sequence. Speech is what is clearly louder than the background; it is
    cut at silence, after `_LONG` at the next short pause, and at `_LONGEST` where it is quietest.
    Every frame of speech is in exactly one talkspurt.
    """

    def __init__(self) -> None:
        self._frames: deque[_Heard] = deque()
        self._ear = _Ear()
        self._clock = _Clock()
        self._continues = False
        """Whether what is open goes on after a cut that was not a silence."""
        self._last_voice: int | None = None
        """Where the last frame with speech ends; None while nobody speaks."""
        self._voiced = 0

    def push(self, frame: Frame) -> list[Talkspurt]:
        """Take the next frame; returns what it closes."""
        cut = self._close_before(frame)
        self._clock.handle(frame)
        heard = _Heard(
            frame.timestamp,
            frame.timestamp + opus_duration(frame.payload),
            self._ear.loudness(frame),
            self._ear.hears_voice(frame),
            frame.payload,
            frame.received_at,
        )
        if self._last_voice is None:
            self._forget(heard.start - _PRE_ROLL)
        self._frames.append(heard)
        if heard.voice:
            self._last_voice = heard.end
            self._voiced += heard.end - heard.start
        if self._last_voice is None:
            self._forget(heard.end - _PRE_ROLL)
            return cut
        return cut + self._close_after(heard, self._last_voice)

    def tick(self, now: float) -> list[Talkspurt]:
        """Close what is open when nothing has come for a while; `now` as in `received_at`."""
        if self._frames and now - self._frames[-1].received_at >= _STALLED:
            return self.flush()
        return []

    def open(self, since: int) -> Talkspurt | None:
        """What will be the next talkspurt, as far as it has come; None while nobody speaks.

        Its packets are those at the offset `since` and later.
        """
        if self._last_voice is None or not (self._continues or self._voiced >= _SHORTEST):
            return None
        start = self._frames[0].start
        news = [*takewhile(lambda heard: heard.start - start >= since, reversed(self._frames))]
        packets = tuple((heard.start - start, heard.payload) for heard in reversed(news))
        return Talkspurt(self._clock.at(start), self._frames[-1].end - start, packets)

    def flush(self) -> list[Talkspurt]:
        """Close what is open: no more frames come, or not for a while."""
        cut = self._cut(self._frames[-1].end + 1) if self._frames else []
        self._frames.clear()
        return cut

    def _close_before(self, frame: Frame) -> list[Talkspurt]:
        """A hole in the timeline is silence; time that jumps back is a new timeline."""
        if not self._frames:
            return []
        if frame.timestamp < self._frames[-1].start:
            cut = self.flush()
            self._clock = _Clock()
            return cut
        last_voice = self._last_voice
        silent = last_voice is not None and frame.timestamp - last_voice >= _SILENCE
        return self.flush() if silent else []

    def _close_after(self, heard: "_Heard", last_voice: int) -> list[Talkspurt]:
        length = heard.end - self._frames[0].start
        silence = heard.end - last_voice
        if silence >= (_SILENCE if length < _LONG else _PAUSE):
            return self._cut(last_voice + silence // 2)
        if length < _LONGEST:
            return []
        cut = self._cut(self._quietest())
        self._continues = self._last_voice is not None
        return cut

    def _cut(self, position: int) -> list[Talkspurt]:
        """The frames that start before a position become a talkspurt, if somebody speaks there."""
        taken: list[_Heard] = []
        while self._frames and self._frames[0].start < position:
            taken.append(self._frames.popleft())
        self._last_voice = max((kept.end for kept in self._frames if kept.voice), default=None)
        if self._last_voice is None and self._frames:
            self._forget(self._frames[-1].end - _PRE_ROLL)
        voiced = sum(heard.end - heard.start for heard in taken if heard.voice)
        enough = voiced > 0 if self._continues else voiced >= _SHORTEST
        self._continues = False
        self._voiced = sum(kept.end - kept.start for kept in self._frames if kept.voice)
        return [self._talkspurt(taken)] if enough else []

    def _talkspurt(self, taken: Sequence["_Heard"]) -> Talkspurt:
        start = taken[0].start
        packets = tuple((heard.start - start, heard.payload) for heard in taken)
        return Talkspurt(self._clock.at(start), taken[-1].end - start, packets)

    def _quietest(self) -> int:
        """Where the last seconds are quietest over five frames: most likely between two words."""
        frames = list(self._frames)
        first = next(n for n, heard in enumerate(frames) if heard.start >= frames[0].start + _LONG)
        centre = min(
            range(first, len(frames)),
            key=lambda n: (
                sum(heard.loudness for heard in frames[n - 2 : n + 3]) / len(frames[n - 2 : n + 3])
            ),
        )
        return frames[centre].end

    def _forget(self, before: int) -> None:
        while self._frames and self._frames[0].start < before:
            self._frames.popleft()


@dataclass(frozen=True, slots=True)
class _Heard:
    """A frame on the track's timeline (48 kHz samples)."""

    start: int
    end: int
    loudness: float
    voice: bool
    payload: bytes
    received_at: float


class _Ear:
    """Tells speech from background by the level the sender measured (RFC 6464)."""

    def __init__(self) -> None:
        self._background: float | None = None

    def loudness(self, frame: Frame) -> float:
        """In dBov, 0 the loudest; without a level, what the packet's size suggests."""
        if frame.level >= 0:
            return -frame.level
        return _UNTOLD if len(frame.payload) > _DTX else _DIGITAL_SILENCE

    def hears_voice(self, frame: Frame) -> bool:
        """Whether the frame is clearly louder than the background; follows the background."""
        loudness = self.loudness(frame)
        before = loudness if self._background is None else self._background + _GETTING_LOUDER
        self._background = max(min(loudness, before), _QUIETEST_VOICE - _ABOVE)
        return loudness > min(self._background + _ABOVE, _LOUDEST_NOISE)


class _Clock:
    """Places RTP time on our clock by the packets that came fastest.

    A packet can be late, never early: the fastest shows the true offset, and a slow rise follows
    clocks that drift apart.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._heard_at = 0.0

    def handle(self, frame: Frame) -> None:
        seen = frame.received_at - frame.timestamp / RATE
        if self._offset is None or seen < self._offset or seen > self._offset + _JUMP:
            self._offset = seen
        else:
            # By the time that went by, not by the packets: in silence hardly any come.
            drifted = max(frame.received_at - self._heard_at, 0.0) * _DRIFT
            self._offset += min(seen - self._offset, drifted)
        self._heard_at = frame.received_at

    def at(self, timestamp: int) -> float:
        """Seconds of CLOCK_MONOTONIC; some frame was handled before."""
        return timestamp / RATE + (self._offset or 0.0)


def opus_duration(packet: bytes) -> int:
    """Length of an Opus packet in 48 kHz samples, from its first bytes (RFC 6716 §3.1, §3.2)."""
    if not packet:
        return 0
    configuration, code = packet[0] >> 3, packet[0] & 3
    if configuration < 12:
        frame = (480, 960, 1920, 2880)[configuration & 3]
    elif configuration < 16:
        frame = (480, 960)[configuration & 1]
    else:
        frame = (120, 240, 480, 960)[configuration & 3]
    count = (packet[1] & 63 if len(packet) > 1 else 0) if code == 3 else (1, 2, 2)[code]
    return min(frame * count, _LONGEST_PACKET)


# The clock of Opus in RTP (RFC 7587 §4.1).
RATE = 48_000
# 120 ms, whatever a packet claims (RFC 6716 §3.2.5).
_LONGEST_PACKET = 5760
# Silence that ends a talkspurt: more keeps sentences whole and delays them, less cuts at commas.
_SILENCE = RATE * 6 // 10
# What is kept from before the first loud frame: a first consonant is quiet. More is only noise.
_PRE_ROLL = RATE * 3 // 10
# A talkspurt this long ends at the next pause of _PAUSE, and at _LONGEST anywhere: Whisper's
# encoder is cheapest and surest below 15 seconds, and nobody waits longer for the text.
_LONG = RATE * 10
_PAUSE = RATE * 2 // 10
_LONGEST = RATE * 14
# Less speech than this is a click: more loses a short "oui".
_SHORTEST = RATE // 10
# dB a voice is above the background: more loses quiet speakers, less hears the ventilation.
_ABOVE = 10.0
# dBov: below the first nothing is a voice, above the second nothing is mere background.
_QUIETEST_VOICE = -65.0
_LOUDEST_NOISE = -45.0
# dB a frame of 20 ms that the background may grow: one a second. More takes long vowels for
# background, less hears a fan that was switched on for a minute.
_GETTING_LOUDER = 0.02
# dBov we take for a packet without a level: DTX sends packets of up to 3 bytes in silence.
_UNTOLD = -30.0
_DIGITAL_SILENCE = -127.0
_DTX = 3
# Seconds: a timeline off by more than the first was restarted; clocks drift by the second, at
# most, in a second.
_JUMP = 2.0
_DRIFT = 0.001
# Seconds without a frame that end a talkspurt: longer than silence and retransmission together.
_STALLED = 1.0
