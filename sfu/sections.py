"""Which of the sections that a client offers to receive with carries which subscription. Pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sfu.sdp import Offer, Section

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class SectionsNeeded:
    """A new offer is needed, with this many receive-only sections more than the last one had.

    Both may be 0: then the sections suffice and the client merely has to offer again.
    """

    audios: int
    videos: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscription needs of a section: its kind, and the format that is sent."""

    kind: str
    format: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assignment(Generic[Key]):
    """The effect of an offer: what each section carries now, and what changed.

    `unsupported` are subscriptions whose format the client cannot decode; they are forgotten.
    """

    carried: Mapping[str, Key]
    started: tuple[Key, ...]
    stopped: tuple[Key, ...]
    unsupported: tuple[Key, ...]


class Sections(Generic[Key]):
    """The sections of one client through all its offers.

    A section freed by `release` is answered inactive once before it carries anything else:
    browsers announce a new track only on a section that was not receiving before.
    """

    def __init__(self) -> None:
        self._carried: dict[str, Key] = {}
        self._wanted: dict[Key, Wanted] = {}
        self._released: set[str] = set()
        self._offered: dict[str, str] = {}

    def want(self, key: Key, wanted: Wanted) -> None:
        """Give this subscription a section in one of the next answers."""
        self._wanted[key] = wanted

    def release(self, key: Key) -> None:
        """Free the section of a subscription; nothing happens if it has none."""
        self._wanted.pop(key, None)
        for mid in [mid for mid, carried in self._carried.items() if carried == key]:
            del self._carried[mid]
            self._released.add(mid)

    def assign(self, offer: Offer) -> Assignment[Key]:
        """Take an offer and decide what each of its sections carries in our answer."""
        receiving = {section.mid: section for section in offer.sections if section.receives}
        self._offered = {mid: section.kind for mid, section in receiving.items()}
        stopped = tuple(key for mid, key in self._carried.items() if mid not in receiving)
        self._carried = {mid: key for mid, key in self._carried.items() if mid in receiving}
        started, unsupported = [], []
        for key in self._waiting():
            free = [section for mid, section in receiving.items() if self._is_free(mid)]
            of_kind = [section for section in free if section.kind == self._wanted[key].kind]
            section = next((one for one in of_kind if decodes(one, self._wanted[key])), None)
            if section is not None:
                self._carried[section.mid] = key
                started.append(key)
            elif of_kind:
                del self._wanted[key]
                unsupported.append(key)
        self._released.clear()
        return Assignment(dict(self._carried), tuple(started), stopped, tuple(unsupported))

    def needed(self) -> SectionsNeeded | None:
        """What to ask the client for; None while every change has been answered."""
        waiting = self._waiting()
        if not waiting and not self._released:
            return None
        return SectionsNeeded(self._missing("audio", waiting), self._missing("video", waiting))

    def _waiting(self) -> list[Key]:
        carried = set(self._carried.values())
        return [key for key in self._wanted if key not in carried]

    def _is_free(self, mid: str) -> bool:
        return mid not in self._carried and mid not in self._released

    def _missing(self, kind: str, waiting: list[Key]) -> int:
        wanted = sum(self._wanted[key].kind == kind for key in waiting)
        free = sum(
            offered == kind and mid not in self._carried for mid, offered in self._offered.items()
        )
        return max(0, wanted - free)


def decodes(section: Section, wanted: Wanted) -> bool:
    """Whether the client can decode in this section what is wanted."""
    return any(codec.format == wanted.format for codec in section.codecs)
