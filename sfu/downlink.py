"""What fits on the way to one client, and what each of its subscriptions is given of it."""

import asyncio
from collections.abc import Callable, Mapping

from sfu.allocation import Claim, allocate, demand
from sfu.events import BandwidthChanged, PeerEvent, PeerId, StreamPaused, StreamResumed
from sfu.router import Layer
from sfu.tracks import Subscription


class Downlink:
    """The subscriptions that are carried to a client, kept within what the core estimates.

    `tell` is given StreamPaused and StreamResumed; `set_demand` what it would take to hold nothing
    back, in bit/s, or 0 while nothing is: the core tries out whether that would fit. `kept` of the
    subscriptions, the most urgent, are never paused, whatever fits.
    """

    def __init__(
        self, tell: Callable[[PeerEvent], None], set_demand: Callable[[int], None]
    ) -> None:
        self._tell = tell
        self._set_demand = set_demand
        self._subscriptions: dict[Subscription, None] = {}
        self._bandwidth: BandwidthChanged | None = None
        self._limit = UNLIMITED
        self._demand = 0
        self.kept = 1.0
        self._review: asyncio.Handle | None = None
        self._closed = False

    def add(self, subscription: Subscription) -> None:
        """Count in a subscription that is carried from now on."""
        self._subscriptions[subscription] = None

    def discard(self, subscription: Subscription) -> None:
        """Count it out; one that is not carried does no harm."""
        self._subscriptions.pop(subscription, None)

    def close(self) -> None:
        """Stop all subscriptions; nothing is shared any more."""
        self._closed = True
        if self._review is not None:
            self._review.cancel()
        for subscription in self._subscriptions:
            subscription.stop()
        self._subscriptions.clear()

    def handle_bandwidth(self, bandwidth: BandwidthChanged) -> None:
        """The core estimates anew what fits."""
        self._bandwidth = bandwidth
        self._share()

    @property
    def estimate(self) -> int | None:
        """Bit/s that fit; None before the core estimated anything."""
        return self._bandwidth.estimate if self._bandwidth else None

    def limit(self, bitrate: int) -> None:
        """Never give more than so many bit/s, whatever fits; 0 is no limit."""
        self._limit = bitrate or UNLIMITED
        self._bandwidth = self._bandwidth or NOTHING_TOLD
        self._share()

    def review(self) -> None:
        """Share anew, once for all that changes now; where everything fits, never."""
        if self._bandwidth is not None and self._review is None and not self._closed:
            self._review = asyncio.get_running_loop().call_soon(self._share)

    def _share(self) -> None:
        self._review = None
        if self._bandwidth is None or self._closed:
            return
        claims: dict[Subscription, Claim] = {
            subscription: claim
            for subscription in self._subscriptions
            if (claim := subscription.claim()) is not None and claim.layers
        }
        best = {subscription: claim.layers[-1] for subscription, claim in claims.items()}
        reserved = self._bandwidth.reserved
        needed = demand(claims) + reserved
        fits = min(self._bandwidth.estimate, self._limit)
        shares: Mapping[Subscription, Layer | None] = best
        if fits < min(needed, UNLIMITED):
            shares = allocate(max(0, fits - reserved), claims, self.kept)
        for subscription, layer in shares.items():
            if layer is not best[subscription] or subscription.held_back:
                self._give(subscription, layer, best[subscription])
        self._ask(0 if shares == best else needed)

    def _give(self, subscription: Subscription, layer: Layer | None, best: Layer) -> None:
        starved = subscription.starved
        if layer is None:
            subscription.starve()
        else:
            subscription.give(None if layer == best else layer)
        if subscription.starved and not starved:
            self._tell(StreamPaused(subscription))
        elif starved and not subscription.starved:
            self._tell(StreamResumed(subscription))

    def _ask(self, wanted: int) -> None:
        if abs(wanted - self._demand) > self._demand * DEMAND_HYSTERESIS:
            self._demand = wanted
            self._set_demand(wanted)


UNLIMITED = 100_000_000
"""The core's estimate, in bit/s, while nothing limits it."""

NOTHING_TOLD = BandwidthChanged(PeerId(0), UNLIMITED, 0)
"""Of any peer, before the core estimates anything."""

DEMAND_HYSTERESIS = 0.05
"""The core is not told of smaller changes."""
