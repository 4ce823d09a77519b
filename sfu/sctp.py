"""What we let through to aiortc's SCTP, and how fast. Pure.

aiortc 1.16 trusts its peer: a parameter of length 0 makes it loop for ever, a SACK with wide gaps
costs it seconds. A client is authenticated, not trusted.
"""

from struct import unpack_from

CHUNK_HEADER = 4
COMMON_HEADER = 12


def is_well_formed(packet: bytes) -> bool:
    """Whether chunks and their parameters have lengths that fit (RFC 9260 §3.1, §3.2)."""
    position = COMMON_HEADER
    while position + CHUNK_HEADER <= len(packet):
        kind, _, length = unpack_from("!BBH", packet, position)
        if length < CHUNK_HEADER or position + length > len(packet):
            return False
        fixed = FIXED_BY_CHUNK.get(kind)
        body = packet[position + CHUNK_HEADER : position + length]
        if len(body) < SHORTEST_BODY.get(kind, 0):
            return False
        if fixed is not None and not _fit(body[fixed:]):
            return False
        position += length + -length % 4
    return len(packet) >= COMMON_HEADER + CHUNK_HEADER


def is_plausible_sack(acknowledged: int, gaps: list[tuple[int, int]], last_sent: int) -> bool:
    """Whether a SACK (RFC 9260 §3.3.4) speaks of what was sent only, in order and without overlap.

    `acknowledged` is its cumulative TSN, `last_sent` the last TSN we assigned.
    """
    outstanding = (last_sent - acknowledged) % 2**32
    if outstanding >= 2**31:
        return False
    end = 0
    for first, last in gaps:
        if not end < first <= last <= outstanding:
            return False
        end = last
    return True


class Budget:
    """A token bucket: how long to wait before spending goes on at the agreed rate.

    `rate` is in bytes per second, `burst` in bytes; `now` in seconds of any steady clock.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = now

    def spend(self, size: int, now: float) -> float:
        """Spend `size` bytes; returns the seconds until the account is balanced again."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - size
        self._at = now
        return max(0.0, -self._left / self._rate)


def _fit(parameters: bytes) -> bool:
    position = 0
    while position + 4 <= len(parameters):
        _, length = unpack_from("!HH", parameters, position)
        if length < 4 or position + length > len(parameters):
            return False
        position += length + -length % 4
    return True


FIXED_BY_CHUNK = {1: 16, 2: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}
"""Chunks that carry parameters, and the bytes before the first: INIT, INIT ACK, HEARTBEAT and its
ACK, ABORT, ERROR, RE-CONFIG."""

SHORTEST_BODY = {0: 12, 1: 16, 2: 16, 3: 12, 7: 4, 192: 4}
"""DATA, INIT, INIT ACK, SACK, SHUTDOWN, FORWARD TSN: the fields that are always there."""
