"""When a client of one PeerConnection is asked for an offer: one at a time, changes in bunches."""

import asyncio
from collections.abc import Callable

from livekit.protocol import rtc
from livekit.protocol.rtc import SignalResponse

import sfu
from visio.hub import steady_clock
from visio.livekit.offering import AFTERWARDS, AT_FIRST


class Negotiation:
    """Asks the client for offers: only it can make them, and only they change what it is sent."""

    def __init__(self, peer: sfu.Peer, tell: Callable[[SignalResponse], None]) -> None:
        self._peer = peer
        self._tell = tell
        self._answered = False
        self._asking = False
        self._asked_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """There is a socket; the first offer comes without being asked for."""

    def schedule(self) -> None:
        """Ask soon, so that changes that come together make one offer."""
        if self._timer or self._asking or not self._answered:
            return
        calm = steady_clock() - self._asked_at > AFTERWARDS
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(AT_FIRST if calm else AFTERWARDS, self._ask)

    def handle_answered(self) -> None:
        """An offer was answered: what it had no room for needs another."""
        self._answered, self._asking = True, False
        self.schedule()

    def handle_answer(self, _answer: rtc.SessionDescription) -> None:
        """We made no offer: there is nothing to answer."""

    def pause(self) -> None:
        """The socket is gone: what is asked now is forgotten, `resume` asks again."""

    def resume(self) -> None:
        """The socket that asked is gone, perhaps with what it asked."""
        self._asking = False

    def stop(self) -> None:
        """Ask nothing any more."""
        self._answered = False
        if self._timer:
            self._timer.cancel()

    def _ask(self) -> None:
        self._timer = None
        if (needed := self._peer.sections_needed()) is None:
            return
        self._asking, self._asked_at = True, steady_clock()
        requirement = rtc.MediaSectionsRequirement(
            num_audios=needed.audios, num_videos=needed.videos
        )
        self._tell(SignalResponse(media_sections_requirement=requirement))
