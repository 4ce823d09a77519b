"""Live captions in the worker: drafts of what is being said, by decoding it again and again.

Nothing here is kept: audio lives in memory until its segment is closed, drafts until they are
sent.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from transcription.audio import Samples, decode
from transcription.pace import Pace
from transcription.turns import Turns
from visio.link import Closed, Draft, Left, Message, Piece

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Guess:
    """What samples sound like so far."""

    text: str
    language: str


class Drafter(Protocol):
    """Turns the beginning of a sentence into words, quickly."""

    def draft(self, samples: Samples, language: str) -> Guess:
        """In a `language` (ISO 639-1); "" is to be detected."""


class Captioner(Protocol):
    """The interim side of a recogniser: hears pieces of open segments, says drafts of them."""

    def handle(self, message: Message) -> None:
        """Take what the server sends."""

    async def run(self, say: Callable[[Draft], None]) -> None:
        """Say drafts until cancelled; what was heard before is forgotten."""


class Redecoding:
    """Decodes each open segment anew, at a pace that the processor can keep."""

    def __init__(
        self, drafter: Drafter, turns: Turns, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._drafter = drafter
        self._turns = turns
        self._now = now
        self._pace = Pace()
        self._heard: dict[str, _Heard] = {}
        self._changed = asyncio.Event()

    def handle(self, message: Message) -> None:
        match message:
            case Piece(segment, track, packets, language):
                heard = self._heard.setdefault(segment, _Heard(track, language, []))
                heard.packets += packets
                self._pace.open(segment, self._now())
            case Closed(segment):
                self._forget(segment)
            case Left(track):
                for segment in [name for name, it in self._heard.items() if it.track == track]:
                    self._forget(segment)
        self._changed.set()

    async def run(self, say: Callable[[Draft], None]) -> None:
        for segment in list(self._heard):
            self._forget(segment)
        while True:
            segment = await self._next()
            await self._turns.quiet()
            if segment in self._heard:
                await self._draft(segment, say)

    async def _next(self) -> str:
        """Whose turn it is, when it has come."""
        while True:
            self._changed.clear()
            turn = self._pace.next()
            wait = turn[1] - self._now() if turn else None
            if turn and wait is not None and wait <= 0:
                return turn[0]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()

    async def _draft(self, segment: str, say: Callable[[Draft], None]) -> None:
        begun = self._now()
        heard = self._heard[segment]
        packets = tuple(heard.packets)
        try:
            guess = await asyncio.to_thread(self._listen, packets, heard.language)
        except Exception:
            # Its final text is another matter, and gets its three tries.
            logger.exception("a draft failed")
            self._forget(segment)
        else:
            if segment in self._heard and guess.text:
                say(Draft(segment, guess.text, guess.language))
        self._pace.note(segment, begun, self._now())

    def _listen(self, packets: tuple[tuple[int, bytes], ...], language: str) -> Guess:
        return self._drafter.draft(decode(packets), language)

    def _forget(self, segment: str) -> None:
        self._heard.pop(segment, None)
        self._pace.close(segment)


@dataclass
class _Heard:
    """What has come of a segment."""

    track: str
    language: str
    packets: list[tuple[int, bytes]]
