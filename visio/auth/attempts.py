"""How often one may try: counts per key in a sliding window, in memory. Pure: takes `now`."""

from collections import OrderedDict, deque
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network

from visio.errors import TooManyAttempts


class Attempts:
    """At most `limit` failures per key in `window`; keys are any text, an address for example."""

    def __init__(self, limit: int, window: timedelta) -> None:
        self._limit = limit
        self._window = window // timedelta(milliseconds=1)
        self._failures: OrderedDict[str, deque[int]] = OrderedDict()

    def check(self, key: str, now: int) -> None:
        """Raise TooManyAttempts when the key has used up its failures (`now` in ms)."""
        failures = self._failures.get(key, deque())
        while failures and failures[0] <= now - self._window:
            failures.popleft()
        if len(failures) >= self._limit:
            seconds = -(-(failures[0] + self._window - now) // 1000)
            raise TooManyAttempts(retry_after=seconds)

    def failed(self, key: str, now: int) -> None:
        """Count one."""
        self._failures.setdefault(key, deque(maxlen=self._limit)).append(now)
        self._failures.move_to_end(key)
        if len(self._failures) > _MOST_KEYS:
            self._failures.popitem(last=False)

    def forgive(self, key: str, now: int) -> None:
        """Take back the failure counted at `now`: it was a success."""
        with suppress(KeyError, ValueError):
            self._failures[key].remove(now)


def counted_as(address: str) -> str:
    """The key of who comes from there: of IPv6 the network, as every home has 2^64 addresses."""
    try:
        ip = IPv6Address(address)
    except ValueError:
        return address
    return str(ip.ipv4_mapped or IPv6Network((ip, _HOME), strict=False))


# Bits of a network that one customer has to themselves; less makes neighbours pay for each other.
_HOME = 64
# Keys remembered, newest first; more takes memory, less lets an army of addresses be forgotten.
_MOST_KEYS = 50_000
