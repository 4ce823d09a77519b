"""How many requests a program may send: counts per key and minute, in memory. Pure: takes `now`."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a window after a request: how many more (below 0: this one is one too many),
    and in how many seconds the next window may begin."""

    limit: int
    remaining: int
    reset: int


class Rates:
    """At most `limit` requests per key in each minute that begins with one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._windows: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, key: str, now: int) -> Left:
        """Count one request at `now` (ms)."""
        began, count = self._windows.get(key, (now, 0))
        if not began <= now < began + WINDOW * 1000:
            began, count = now, 0
        self._windows[key] = began, count + 1
        self._windows.move_to_end(key)
        if len(self._windows) > _MOST_KEYS:
            self._windows.popitem(last=False)
        seconds = -(-(began + WINDOW * 1000 - now) // 1000)
        return Left(self._limit, self._limit - count - 1, seconds)


WINDOW = 60
"""Seconds; longer windows allow longer bursts."""
# Keys counted at once; the least recently used is forgotten first.
_MOST_KEYS = 10_000
