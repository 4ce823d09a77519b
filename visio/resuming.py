"""Meetings that a server left unfinished: for a while the next one goes on with them. Pure."""

from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar


class Left(Protocol):
    """A meeting in the room of that slug, last known to run then."""

    @property
    def slug(self) -> str: ...
    @property
    def last_known(self) -> int: ...


class Stay(Protocol):
    """A participant's row; `left_at` is None where nobody noted that they left."""

    @property
    def identity(self) -> str: ...
    @property
    def left_at(self) -> int | None: ...


SomeLeft = TypeVar("SomeLeft", bound=Left)
SomeStay = TypeVar("SomeStay", bound=Stay)


class Leftovers(Generic[SomeLeft]):
    """Those that may be gone on with, by the slug of their room, and those that are over.

    Found `at` so many milliseconds since 1970 UTC; `now` is seconds of a steady clock.
    """

    def __init__(self, found: Iterable[SomeLeft] = (), at: int = 0, now: float = 0.0) -> None:
        in_order = sorted(found, key=lambda one: one.last_known)
        self._waiting = {one.slug: one for one in in_order if at - one.last_known <= _LONGEST_AWAY}
        self._over = [one for one in in_order if self._waiting.get(one.slug) is not one]
        self._until = now + PATIENCE

    def of(self, slug: str) -> SomeLeft | None:
        """The one that the next join in a room goes on with."""
        return self._waiting.get(slug)

    def take(self, slug: str) -> None:
        """It goes on."""
        del self._waiting[slug]

    def due(self, now: float) -> list[SomeLeft]:
        """Those that nobody came back to, and are over."""
        if now >= self._until:
            self._over += self._waiting.values()
            self._waiting = {}
        return list(self._over)

    def forget(self, ended: SomeLeft) -> None:
        """It was ended."""
        self._over.remove(ended)


def open_stays(stays: Iterable[SomeStay]) -> Mapping[str, SomeStay]:
    """Those that may be gone on with: the newest of each identity."""
    return {stay.identity: stay for stay in stays if stay.left_at is None}


PATIENCE = 60.0
"""Seconds from the start: more shows meetings as running that nobody comes back to, less begins
others for those whose network is slow to come back."""
# Milliseconds that clients try, and that their tokens last (see `visio.livekit.routes`).
_LONGEST_AWAY = 3_600_000
