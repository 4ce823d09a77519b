"""Live captions: hands what is being said to a worker, and its drafts back to the room.

Decides from what it is given; the lines to the workers are written elsewhere. Nothing waits for
it, and whatever it drops comes again as the final line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from visio.cutter import RATE, Talkspurt
from visio.link import Closed, Draft, Left, Message, Piece


class Microphone(Protocol):
    """A tapped track; `segment` is the id that its next talkspurt will have."""

    @property
    def sid(self) -> str: ...
    @property
    def segment(self) -> str: ...
    @property
    def meeting_id(self) -> str: ...
    @property
    def identity(self) -> str: ...
    def open(self, since: int) -> Talkspurt | None:
        """What its next talkspurt is so far, with the packets at `since` and later."""

    def starts_at(self, talkspurt: Talkspurt) -> int:
        """When it begins, in milliseconds of the meeting."""


class Outlet(Protocol):
    """A line to a worker."""

    def send(self, message: Message) -> bool:
        """Send a message soon; False, and it is dropped, if it is a piece and too many wait."""

    def hang_up(self) -> None:
        """End the line."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a segment sounds like, from when to when so far (milliseconds of the meeting)."""

    microphone: Microphone
    draft: Draft
    started_at: int
    ended_at: int


class Live:
    """What is open on every microphone, and which worker listens to it.

    `show` gets what an open segment sounds like; an empty text takes back what was shown. `wanted`
    says whether anybody in a meeting asked for captions, `language` what is spoken there, "" where
    that is to be detected.
    """

    def __init__(self) -> None:
        self.show: Callable[[Heard], None] = lambda _: None
        self.wanted: Callable[[str], bool] = lambda _meeting_id: False
        self.language: Callable[[str], str] = lambda _meeting_id: ""
        self._outlets: dict[Outlet, int] = {}
        """How many microphones each listens to."""
        self._listening: dict[str, Outlet] = {}
        """Who listens to which microphone."""
        self._segments: dict[str, _Segment] = {}
        self._passed: dict[str, str] = {}
        """The open segment of a microphone to which nobody listens."""

    def join(self, outlet: Outlet) -> None:
        """A worker is there."""
        self._outlets[outlet] = 0

    def part(self, outlet: Outlet) -> None:
        """A worker is gone: its microphones find another with their next words."""
        del self._outlets[outlet]
        self._listening = {sid: by for sid, by in self._listening.items() if by is not outlet}
        for segment in self._segments.values():
            segment.shed = segment.shed or segment.outlet is outlet

    def hang_up(self) -> None:
        """The server stops: workers find the next one by themselves."""
        for outlet in self._outlets:
            outlet.hang_up()

    def feed(self, microphones: Iterable[Microphone]) -> None:
        """Hand on what was said since the last time."""
        if self._outlets:
            for microphone in microphones:
                self._feed(microphone)

    def close(self, microphone: Microphone) -> None:
        """The open segment became a talkspurt: its text is final when that is recognised."""
        segment = self._segments.get(microphone.segment)
        self._passed.pop(microphone.sid, None)
        if segment and segment.outlet in self._outlets:
            segment.outlet.send(Closed(microphone.segment))

    def leave(self, sid: str) -> None:
        """Nobody may listen to a microphone any more: not a word of it is shown from now on."""
        self._passed.pop(sid, None)
        for segment in self._segments.values():
            segment.quiet = segment.quiet or segment.microphone.sid == sid
        if outlet := self._listening.pop(sid, None):
            self._outlets[outlet] -= 1
            outlet.send(Left(sid))

    def take(self, draft: Draft) -> None:
        """A worker has heard something; whatever is over meanwhile is not shown."""
        segment = self._segments.get(draft.segment)
        if segment and not segment.quiet and draft.text.strip():
            segment.shown = True
            self.show(segment.heard(draft))

    def settle(self, name: str, *, written: bool) -> None:
        """A talkspurt has its final lines, or has none: then what was shown is taken back."""
        segment = self._segments.pop(name, None)
        if segment and segment.shown and not written:
            self.show(segment.heard(Draft(name, "", "")))

    def _feed(self, microphone: Microphone) -> None:
        segment = self._segments.get(microphone.segment)
        if self._passed.get(microphone.sid) == microphone.segment or (segment and segment.shed):
            return
        so_far = microphone.open(segment.sent if segment else 0)
        if so_far is None:
            return
        if segment is None and (segment := self._begin(microphone, so_far)) is None:
            self._passed[microphone.sid] = microphone.segment
            return
        segment.duration = so_far.duration
        if so_far.packets:
            segment.sent = so_far.packets[-1][0] + 1
            language = self.language(microphone.meeting_id)
            piece = Piece(microphone.segment, microphone.sid, so_far.packets, language)
            # With a hole in it, it would be heard wrongly: then rather not at all.
            segment.shed = not segment.outlet.send(piece)

    def _begin(self, microphone: Microphone, so_far: Talkspurt) -> "_Segment | None":
        if not self.wanted(microphone.meeting_id):
            return None
        outlet = self._listening.get(microphone.sid)
        if outlet is None:
            outlet = min(self._outlets, key=self._outlets.__getitem__)
            self._listening[microphone.sid] = outlet
            self._outlets[outlet] += 1
        segment = _Segment(microphone, outlet, microphone.starts_at(so_far))
        self._segments[microphone.segment] = segment
        return segment


@dataclass(slots=True)
class _Segment:
    """What somebody says between two silences; `sent`: the offset up to which it was handed on."""

    microphone: Microphone
    outlet: Outlet
    started_at: int
    duration: int = 0
    sent: int = 0
    shown: bool = False
    shed: bool = False
    quiet: bool = False

    def heard(self, draft: Draft) -> Heard:
        ended_at = self.started_at + self.duration * 1000 // RATE
        return Heard(self.microphone, draft, self.started_at, ended_at)
