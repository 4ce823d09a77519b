"""The tap: decrypted audio frames of one publication, put in order."""

from collections.abc import Callable

from sfu.events import AudioFrame


class Tap:
    """Hands frames on in order of sequence, each once.

    A gap is waited for as long as a retransmission may take, measured by the arrival of later
    frames; a frame that comes later still is dropped.
    """

    def __init__(self, handle: Callable[[AudioFrame], None]) -> None:
        self._handle = handle
        self._next: int | None = None
        self._waiting: dict[int, AudioFrame] = {}

    def handle(self, frame: AudioFrame) -> None:
        """Take a frame in order of arrival."""
        if self._next is None:
            self._next = frame.sequence
        if frame.sequence < self._next:
            return
        self._waiting[frame.sequence] = frame
        self._hand_on()
        while self._waiting and self._is_overdue(frame.received_at):
            self._next = min(self._waiting)
            self._hand_on()

    def flush(self) -> None:
        """Hand on what still waits for a gap to fill: nothing more will come."""
        for sequence in sorted(self._waiting):
            self._handle(self._waiting.pop(sequence))

    def _hand_on(self) -> None:
        while self._next is not None and self._next in self._waiting:
            frame = self._waiting.pop(self._next)
            self._next += 1
            self._handle(frame)

    def _is_overdue(self, now: float) -> bool:
        oldest = min(frame.received_at for frame in self._waiting.values())
        return now - oldest >= PATIENCE or len(self._waiting) >= MAX_WAITING


PATIENCE = 0.25
"""Seconds. Raising it saves late retransmissions for the transcript and delays its captions;
lowering it loses words on links with a long round trip."""

MAX_WAITING = 64
"""Frames kept behind a gap; bounds what a sender that skips numbers can make us hold."""
