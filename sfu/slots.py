"""The media sections of the offers that we make, and which subscription each carries. Pure."""

import itertools
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sfu.sections import Wanted

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Slot(Generic[Key]):
    """One media section: it keeps its place and kind for the life of the connection.

    `carried` is what we send in it now. `offered` is what our last offer said it carries, None for
    nothing. `idle` is true until then, and again once an answer has agreed that it carries nothing.
    """

    mid: str
    wanted: Wanted
    carried: Key | None = None
    offered: Key | None = None
    idle: bool = True

    @property
    def changed(self) -> bool:
        """Whether the client has yet to be told what the slot carries."""
        return self.carried != self.offered

    def fits(self, wanted: Wanted) -> bool:
        """Whether the slot may carry this in the next offer."""
        return self.idle and self.carried is None and self.wanted.kind == wanted.kind


@dataclass(frozen=True, slots=True)
class Settled(Generic[Key]):
    """The effect of an answer: what is received from now on by its mid, and what is not decoded.

    The latter is forgotten.
    """

    received: Mapping[str, Key]
    unsupported: tuple[Key, ...]


class Slots(Generic[Key]):
    """The slots of one client through all our offers.

    A slot freed by `release` is offered with port 0, and then recycled under a new mid for the next
    subscription of its kind (RFC 9429 §5.2.2), so that offers do not grow as people come and go.
    Merely inactive ones could not be used so: the Rust SDK does not announce a track again on a
    transceiver that it was on before.
    """

    def __init__(self, first_mid: int) -> None:
        self._mids = map(str, itertools.count(first_mid))
        self._slots: list[Slot[Key]] = []
        self._waiting: dict[Key, Wanted] = {}
        self._undecodable: set[Wanted] = set()

    def __iter__(self) -> Iterator[Slot[Key]]:
        return iter(self._slots)

    def want(self, key: Key, wanted: Wanted) -> None:
        """Give this subscription a slot in the next offer."""
        self._waiting[key] = wanted

    def refuse(self, wanted: Wanted) -> None:
        """Never offer this format: it cannot be."""
        self._undecodable.add(wanted)

    def release(self, key: Key) -> None:
        """Free the slot of a subscription; nothing happens if it has none."""
        self._waiting.pop(key, None)
        for slot in self._slots:
            if slot.carried == key:
                slot.carried = None

    def pending(self) -> bool:
        """Whether another offer would say something new."""
        return any(slot.changed for slot in self._slots) or any(
            map(self._is_placeable, set(self._waiting.values()))
        )

    def assign(self) -> tuple[Key, ...]:
        """Make the slots what the next offer says; returns what the client cannot decode.

        That is forgotten: its format was refused before.
        """
        placed = [key for key, wanted in self._waiting.items() if self._place(key, wanted)]
        unsupported = [key for key in placed if self._waiting.pop(key) in self._undecodable]
        for slot in self._slots:
            slot.offered = slot.carried
            slot.idle = slot.idle and slot.carried is None
        return tuple(unsupported)

    def settle(self, received: Collection[str], rejected: Collection[str]) -> Settled[Key]:
        """Take an answer: the mids that the client receives, and those that it rejected for good.

        What was released since the offer is in neither part of the result.
        """
        offered = [slot for slot in self._slots if slot.offered is not None]
        refused = [slot for slot in offered if slot.mid not in received]
        unsupported = tuple(slot.carried for slot in refused if slot.carried is not None)
        for slot in refused:
            slot.carried = slot.offered = None
            if slot.mid in rejected:
                self.refuse(slot.wanted)
        for slot in self._slots:
            slot.idle = slot.offered is None
        kept = {slot.mid: slot.carried for slot in offered if slot.carried is not None}
        return Settled(kept, unsupported)

    def _place(self, key: Key, wanted: Wanted) -> bool:
        if not self._is_placeable(wanted):
            return False
        if wanted not in self._undecodable:
            self._free(wanted).carried = key
        return True

    def _is_placeable(self, wanted: Wanted) -> bool:
        return (
            wanted in self._undecodable
            or len(self._slots) < MOST_SLOTS
            or any(slot.fits(wanted) for slot in self._slots)
        )

    def _free(self, wanted: Wanted) -> Slot[Key]:
        for slot in self._slots:
            if slot.fits(wanted):
                slot.mid, slot.wanted = next(self._mids), wanted
                return slot
        self._slots.append(Slot(next(self._mids), wanted))
        return self._slots[-1]


MOST_SLOTS = 398
"""Media sections of one client: what finds none waits. With that for data channels the answer is as
long as we read; raising it needs longer ones to be read."""
