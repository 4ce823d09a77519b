"""The rules of one lobby: who waits before a room, what they are told, what hosts are shown.

Pure: methods take what happened and return effects in order; `now` is in seconds of any steady
clock. Knows neither sockets nor whether the room exists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from visio.access import Caller
from visio.errors import RoomLocked


class State(StrEnum):
    """What somebody who waits is told; those after LOCKED end the waiting."""

    ABSENT = auto()
    """No host is there."""
    ASKED = auto()
    """The hosts see that they wait."""
    LOCKED = auto()
    """A host is there and lets nobody in for now."""
    ADMITTED = auto()
    DENIED = auto()
    ELSEWHERE = auto()
    """The same person asks from another page."""
    EXPIRED = auto()
    FULL = auto()
    """Too many wait already."""

    @property
    def ends(self) -> bool:
        return self not in (State.ABSENT, State.ASKED, State.LOCKED)


@dataclass(frozen=True)
class Knock:
    """Somebody asks to be let in; `at` in ms since 1970."""

    id: str
    name: str
    caller: Caller
    at: int


@dataclass(frozen=True)
class Inform:
    """Tell somebody who waits, or has waited until now."""

    knock: str
    state: State
    message: str = ""


@dataclass(frozen=True)
class Show:
    """Show the hosts inside who waits now."""


Effect = Inform | Show


class Lobby:
    """Those who wait before one room, the first who came first."""

    def __init__(self, *, hosted: bool = False, locked: bool = False) -> None:
        self.waiting: dict[str, Knock] = {}
        self.message = ""
        self._hosted = hosted
        self.locked = locked
        self._deadlines: dict[str, float] = {}

    def knock(self, knock: Knock, now: float) -> list[Effect]:
        """Somebody comes; who waits already on another page does so no longer there."""
        effects = self._end(self._of(knock.caller), State.ELSEWHERE)
        if len(self.waiting) >= _MOST_WAITING:
            return [*effects, Inform(knock.id, State.FULL)]
        self.waiting[knock.id] = knock
        self._deadlines[knock.id] = now + LONGEST
        return [*effects, self._inform(knock.id), Show()]

    def leave(self, knock: str) -> list[Effect]:
        """Somebody waits no longer."""
        if not self.waiting.pop(knock, None):
            return []
        del self._deadlines[knock]
        return [Show()]

    def admit(self, knocks: Sequence[str] | None = None) -> list[Effect]:
        """Let some in, or all; those who have left are passed over. Raises RoomLocked."""
        if self.locked:
            raise RoomLocked
        return self._answer(knocks, State.ADMITTED)

    def deny(self, knocks: Sequence[str] | None = None) -> list[Effect]:
        """Send some away, or all."""
        return self._answer(knocks, State.DENIED)

    def deny_person(self, caller: Caller) -> list[Effect]:
        """Send somebody away, whatever page they ask from."""
        return self._answer(self._of(caller), State.DENIED)

    def say(self, message: str) -> list[Effect]:
        """Tell all who wait, and those who come later; "" takes it back."""
        self.message = message
        return [*self._inform_all(), Show()]

    def set_hosted(self, hosted: bool) -> list[Effect]:
        """A host is in the meeting, or none is any more: what they said goes with them."""
        if hosted == self._hosted:
            return []
        self._hosted, self.message = hosted, ""
        return self._inform_all()

    def set_locked(self, locked: bool) -> list[Effect]:
        """Nobody is let in, or they are again."""
        if locked == self.locked:
            return []
        self.locked = locked
        return self._inform_all()

    def deadline(self) -> float | None:
        """When `handle_timeout` has something to do."""
        return min(self._deadlines.values(), default=None)

    def handle_timeout(self, now: float) -> list[Effect]:
        """Nobody came for those who have waited longest."""
        due = [knock for knock, deadline in self._deadlines.items() if deadline <= now]
        return self._answer(due, State.EXPIRED)

    def _answer(self, knocks: Sequence[str] | None, state: State) -> list[Effect]:
        named = list(self.waiting) if knocks is None else knocks
        effects = self._end([knock for knock in named if knock in self.waiting], state)
        return [*effects, Show()] if effects else []

    def _end(self, knocks: Sequence[str], state: State) -> list[Effect]:
        for knock in knocks:
            del self.waiting[knock], self._deadlines[knock]
        return [Inform(knock, state) for knock in knocks]

    def _of(self, caller: Caller) -> list[str]:
        return [one.id for one in self.waiting.values() if one.caller.is_same_person(caller)]

    def _inform_all(self) -> list[Effect]:
        return [self._inform(knock) for knock in self.waiting]

    def _inform(self, knock: str) -> Effect:
        if not self._hosted:
            return Inform(knock, State.ABSENT)
        return Inform(knock, State.LOCKED if self.locked else State.ASKED, self.message)


LONGEST = 3600.0
"""Seconds somebody may wait; more keeps forgotten pages, less tires those who come early."""
# Before one room; more lets strangers fill the hosts' list, less turns away a large audience.
_MOST_WAITING = 200
