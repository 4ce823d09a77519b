"""When an older client is offered what it is sent: one offer at a time, changes in bunches."""

import asyncio
from collections.abc import Callable, Iterable

from livekit.protocol import rtc
from livekit.protocol.rtc import SignalResponse

import sfu
from visio.hub import steady_clock


class Offering:
    """The negotiation of one `Subscriber`.

    `tell` sends a message, `drop` is given subscriptions that the client cannot decode, `give_up`
    is called when an answer does not come in time. A client which waits for this connection is made
    an offer `at_once`.
    """

    def __init__(
        self,
        subscriber: sfu.Subscriber,
        tell: Callable[[SignalResponse], None],
        drop: Callable[[Iterable[sfu.Subscription]], None],
        give_up: Callable[[], None],
        *,
        at_once: bool,
    ) -> None:
        self._subscriber = subscriber
        self._tell = tell
        self._drop = drop
        self._give_up = give_up
        self._at_once = at_once
        self._number = 0
        self._running = False
        self._offered_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """There is a socket."""
        self._running = True
        if self._at_once:
            self._offer()
        else:
            self.schedule()

    def resume(self) -> None:
        """There is another socket: with the offer to come, ICE restarts where it was begun."""
        self.stop()
        self._running = True
        if self._number:
            self._offer(restart=True)
        else:
            self.schedule()

    def stop(self) -> None:
        """Offer nothing, and expect no answer."""
        self._running = False
        for timer in (self._timer, self._patience):
            if timer:
                timer.cancel()
        self._timer = self._patience = None

    def pause(self) -> None:
        """The socket is gone: an offer would be lost, and so may be the answer to the last one."""
        self.stop()

    def handle_answered(self) -> None:
        """We answered an offer of the client: it changes nothing of what it is sent."""

    def schedule(self) -> None:
        """Offer soon what has changed, so that changes which come together make one offer."""
        if not self._running or self._timer or self._patience or not self._subscriber.pending():
            return
        calm = steady_clock() - self._offered_at > AFTERWARDS
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(AT_FIRST if calm else AFTERWARDS, self._offer)

    def handle_answer(self, answer: rtc.SessionDescription) -> None:
        """Take the answer to the last offer, and offer what came up meanwhile; raises SdpError."""
        if not self._patience or answer.id not in (0, self._number):  # the oldest do not number
            return
        self._patience.cancel()
        self._patience = None
        self._drop(self._subscriber.accept(answer.sdp))
        self.schedule()

    def _offer(self, *, restart: bool = False) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        self._number += 1
        self._offered_at = steady_clock()
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(_PATIENCE, self._expire)
        offer = self._subscriber.offer(restart=restart)
        description = rtc.SessionDescription(
            type="offer", sdp=offer.sdp, id=self._number, mid_to_track_id=offer.tracks
        )
        self._tell(SignalResponse(offer=description))
        self._drop(offer.unsupported)

    def _expire(self) -> None:
        self.stop()
        self._give_up()


# Seconds from a change to the offer: the first at once, then in bunches. More makes tracks appear
# later, less costs offers (protocol §3.1).
AT_FIRST = 0.010
AFTERWARDS = 0.150
# Seconds for an answer, as in the reference; a client that has none joins again.
_PATIENCE = 15.0
