"""The reliable packets of one receiver: those sent lately, and those that must wait. Pure."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from visio.clients import Origin


@dataclass(frozen=True)
class Entry:
    """A packet, who numbered it, and when it was noted in seconds of the caller's clock."""

    packet: bytes
    origin: Origin | None
    at: float


class Journal:
    """What a participant was sent reliably in the last seconds, and what waits for its channel.

    SCTP outlives a resume and delivers what it took. Lost is only what was on its way in a channel
    that the client replaced, and what came while there was none: this remembers both, within
    `_LIFE` seconds and `_MOST_BYTES` each. Beyond them the oldest is forgotten.
    """

    def __init__(self) -> None:
        self._sent = _Bounded()
        self._held = _Bounded()

    def note(self, packet: bytes, origin: Origin, now: float) -> None:
        """A numbered packet was given to the channel."""
        self._sent.add(Entry(packet, origin, now))

    def hold(self, packet: bytes, origin: Origin | None, now: float) -> None:
        """A packet found no open channel."""
        self._held.add(Entry(packet, origin, now))

    def release(self, now: float) -> list[Entry]:
        """What waited and is not too old, for the channel that is open now."""
        held, self._held = self._held, _Bounded()
        return held.young(now)

    def missing(self, received: Mapping[str, int], now: float) -> list[bytes]:
        """What was sent and is newer than the last number `received` of each publisher.

        Of a publisher who is not named nothing was received for longer than we remember.
        """
        return [
            entry.packet
            for entry in self._sent.young(now)
            if entry.origin and entry.origin.sequence > received.get(entry.origin.sid, 0)
        ]


class _Bounded:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._size = 0

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._size += len(entry.packet)
        while self._size > _MOST_BYTES or self._entries[0].at < entry.at - _LIFE:
            self._size -= len(self._entries.popleft().packet)

    def young(self, now: float) -> list[Entry]:
        return [entry for entry in self._entries if entry.at >= now - _LIFE]


# Seconds. More forgives longer interruptions and costs memory; above 30 it would repeat what
# receivers no longer know that they have: so long do SDKs remember a publisher's last number.
_LIFE = 20.0
# Packets are shared by their receivers: a room holds each once, each receiver at most so many.
_MOST_BYTES = 1024 * 1024
