"""Who was in a meeting, in which stays, and how long they spoke. Pure; milliseconds throughout."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol


class Stay(Protocol):
    """A participant's row; `left_at` is None while they are inside."""

    @property
    def person(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...  # "account", "guest", "phone" or "service"
    @property
    def joined_at(self) -> int: ...
    @property
    def left_at(self) -> int | None: ...
    @property
    def spoken(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person with all their stays; `present` counts once what two devices were inside."""

    name: str
    kind: str
    stays: Sequence[Stay]
    present: int
    spoken: int


class SpeakingTime:
    """How long each of those inside one room has spoken, by sid, from who speaks at a time."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._spoken: dict[str, int] = {}

    def hear(self, speaking: Collection[str], now: int) -> None:
        """These speak from now on, and nobody else."""
        for sid in self._since.keys() - speaking:
            self._spoken[sid] = self._spoken.get(sid, 0) + now - self._since.pop(sid)
        for sid in speaking - self._since.keys():
            self._since[sid] = now

    def remember(self, sid: str, spoken: int) -> None:
        """The participant has spoken that long before."""
        self._spoken[sid] = spoken

    def totals(self, now: int) -> Mapping[str, int]:
        """So far, of those who have spoken at all."""
        running = {sid: now - since for sid, since in self._since.items()}
        sids = running.keys() | self._spoken.keys()
        return {sid: self._spoken.get(sid, 0) + running.get(sid, 0) for sid in sids}

    def leave(self, sid: str, now: int) -> int:
        """The participant is out; how long they spoke."""
        since = self._since.pop(sid, now)
        return self._spoken.pop(sid, 0) + now - since


def attendees(stays: Iterable[Stay], now: int) -> list[Attendee]:
    """Everybody with their stays, in order of coming; who is inside still counts until `now`."""
    in_order = sorted(stays, key=lambda stay: (stay.person, stay.joined_at))
    people = [list(own) for _, own in groupby(in_order, key=lambda stay: stay.person)]
    return sorted((_attendee(own, now) for own in people), key=lambda one: one.stays[0].joined_at)


def _attendee(stays: Sequence[Stay], now: int) -> Attendee:
    present, until = 0, 0
    for stay in stays:
        left_at = now if stay.left_at is None else stay.left_at
        present += max(0, left_at - max(until, stay.joined_at))
        until = max(until, left_at)
    newest = stays[-1]
    return Attendee(newest.name, newest.kind, stays, present, sum(s.spoken for s in stays))
