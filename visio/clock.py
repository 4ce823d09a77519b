"""The date, which nobody who sets this host's clock moves for us at once."""

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Clock:
    """Begins with the host's date, then runs by itself, and follows the host's by a tenth at most.

    So a host whose clock is put an hour or a day off signs nobody out, deletes nothing before its
    time, and never lives through the same hour twice; and a clock that drifts is followed exactly.
    Who puts a wrong clock right restarts the server, or waits ten times as long.
    """

    def __init__(self, date: Callable[[], int], steady: Callable[[], int]) -> None:
        self._date = date
        self._steady = steady
        self._lock = threading.Lock()
        self._now = date()
        self._read_at = steady()
        self._off = 0
        self._moved = False

    @property
    def off(self) -> float:
        """Seconds by which the host's date is ahead of ours."""
        self()
        return self._off / _SECOND

    def __call__(self) -> int:
        """Milliseconds since 1970 UTC."""
        with self._lock:
            steady = self._steady()
            passed, self._read_at = steady - self._read_at, steady
            off = self._date() - (self._now + passed)
            followed = max(-(passed // _SLOWNESS), min(off, passed // _SLOWNESS))
            self._now += passed + followed
            self._off = off - followed
            now = self._now
        self._tell()
        return now // _MILLISECOND

    def _tell(self) -> None:
        moved = abs(self._off) > _MOVED
        if moved and not self._moved:
            seconds = self._off // _SECOND
            logger.warning(
                "this host's clock was moved, to %d s ahead of ours: ours stays", seconds
            )
        elif self._moved and not moved:
            logger.warning("this host's clock agrees with ours again")
        self._moved = moved


def _steady() -> int:
    """Also while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


_MILLISECOND = 1_000_000
_SECOND = 1_000_000_000
# What passed is divided by it: less follows a clock that was set right sooner, and a wrong one too.
_SLOWNESS = 10
# Nanoseconds off that are told; NTP alone never comes near.
_MOVED = 60 * _SECOND

now = Clock(time.time_ns, _steady)
