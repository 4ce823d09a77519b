"""What a client publishes and what another is sent of it: the two handles of the public face."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sfu.allocation import Claim
from sfu.events import AudioFrame, PeerId, PublicationId, SubscriptionId
from sfu.router import Layer, Rates, Wish, layers_within
from sfu.sdp import Codec, Section
from sfu.tap import Tap


class Commands(Protocol):
    """The commands of the core that publications and subscriptions give."""

    def tap(self, publication: int, on: bool) -> None: ...
    def request_key_frame(self, publication: int) -> None: ...
    def set_floor(self, publication: int, floor: int, most: int) -> None: ...
    def set_muted(self, publication: int, muted: bool) -> None: ...
    def set_layer(self, subscription: int, spatial: int, temporal: int) -> None: ...
    def set_missing(self, subscription: int, layers: int) -> None: ...


@dataclass(frozen=True)
class Floor:
    """Where the microphones of one room compete: of 20 open ones the `most` loudest are sent."""

    id: int
    most: int


class Publication:
    """A track that a client publishes, until an answer names it in `ended` or the peer closes.

    `mid` is its section, `kind` "audio" or "video", `cid` the second word of its msid: the id by
    which the client announced it. `codecs` are those of the answer in its order, without those that
    repair others, `mime` is the first of them, like "video/vp8". `redundant` says whether receivers
    may be sent its audio with redundancy. `rids` are its simulcast layers, lowest first, empty
    without simulcast; layers that an old client tells by SSRCs get LiveKit's names. `active` are
    those that deliver packets now ("" without simulcast), `rates` what they carry, or what the
    layers inside the only stream do (VP9, AV1 SVC). `subscriptions` are those that are carried.
    """

    def __init__(
        self,
        core: Commands,
        number: PublicationId,
        peer: PeerId,
        section: Section,
        codecs: tuple[Codec, ...],
        *,
        redundant: bool = False,
    ) -> None:
        self.id = number
        self.peer = peer
        self.mid = section.mid
        self.kind = section.kind
        self.cid = section.track
        self.codecs = tuple(codec for codec in codecs if not codec.repairs)
        self.mime = f"{section.kind}/{self.codecs[0].name.lower()}"
        self.redundant = redundant
        self.rids = lowest_first(section.rids) or QUALITIES[: len(section.simulcast_ssrcs)]
        self.active: frozenset[str] = frozenset()
        self.rates: Rates = ()
        self.subscriptions: set[Subscription] = set()
        self._core = core
        self._tap: Tap | None = None

    def __repr__(self) -> str:
        return f"<Publication {self.id} {self.kind}>"

    def tap(self, handle: Callable[[AudioFrame], None]) -> None:
        """Give every audio frame to `handle` from now on, in order, on the event loop.

        There is one tap: a second call takes the place of the first.
        """
        self._tap = Tap(handle)
        self._core.tap(self.id, True)

    def untap(self) -> None:
        """Stop tapping; frames that were waiting for a lost one are given first."""
        if self._tap is not None:
            self._core.tap(self.id, False)
            self._tap.flush()
            self._tap = None

    def compete(self, floor: Floor) -> None:
        """Be sent only while among the loudest on this floor, for good. The tap gets everything."""
        self._core.set_floor(self.id, floor.id, floor.most)

    def set_muted(self, muted: bool) -> None:
        """The client says that it sends nothing, or only silence: nothing is expected of it."""
        self._core.set_muted(self.id, muted)

    def request_key_frame(self) -> None:
        """Ask the client for a key frame; the core asks at most twice a second."""
        self._core.request_key_frame(self.id)

    def handle_frame(self, frame: AudioFrame) -> None:
        """Take a frame from the core; one that was on its way when the tap closed is dropped."""
        if self._tap is not None:
            self._tap.handle(frame)

    def handle_layer(self, rid: str, active: bool) -> None:
        """Take news of a layer from the core."""
        self.active = self.active | {rid} if active else self.active - {rid}
        self._tell_subscriptions()

    def handle_rates(self, rates: Rates) -> None:
        """Take news of what the layers carry from the core."""
        self.rates = rates
        self._tell_subscriptions()

    def active_layers(self) -> list[int]:
        """The numbers of the active layers, counted from 0: those inside it of a single stream."""
        if not self.rids:
            return list(range(len(self.rates) or 1)) if self.active else []
        return [number for number, rid in enumerate(self.rids) if rid in self.active]

    def _tell_subscriptions(self) -> None:
        for subscription in self.subscriptions:
            subscription.handle_layers()


class Subscription:
    """A publication that is sent to a peer, as the track id `track` of the stream id `stream`.

    It is carried once an answer gives it a section; what is asked of it before then is kept.
    `review` is called when what it could be given has changed. Raises ValueError when the
    publication is on another media thread: of a room that is not the peer's.
    """

    def __init__(
        self,
        core: Commands,
        publication: Publication,
        stream: str,
        track: str,
        review: Callable[[], None],
    ) -> None:
        if publication._core is not core:
            raise ValueError(f"{publication!r} is not of the subscriber's room.")
        self.publication = publication
        self.stream = stream
        self.track = track
        self.id: SubscriptionId | None = None
        self.ssrc = 0
        self.rtx_ssrc = 0
        self.review = review
        self.starved = False
        self._core = core
        self._wish = HIGHEST
        self._given: Layer | None = None
        self._paused = False
        self._missing = 0
        self._claim: Claim | None = None
        self._claim_holds = False

    def __repr__(self) -> str:
        return f"<Subscription {self.id} of {self.publication!r}>"

    def set_layer(self, spatial: int, temporal: int = 2, priority: int = 1) -> None:
        """Send at most this spatial layer, counted from 0, and this temporal layer of it.

        Spatial layers are those of simulcast, or those inside the only stream (VP9, AV1 SVC). Where
        not everything fits, subscriptions of a higher priority are served first.
        """
        self._wish = Wish(spatial, temporal, priority)
        self._apply()
        self.review()

    def pause(self) -> None:
        """Send nothing until `resume`; the section stays."""
        self._paused = True
        self._apply()
        self.review()

    def resume(self) -> None:
        """Send again, the layer that was wanted before."""
        self._paused = False
        self._apply()
        self.review()

    def claim(self) -> Claim | None:
        """Its claim on the bandwidth of its client; None for audio, or while it wants nothing."""
        if not self._claim_holds:
            self._claim, self._claim_holds = self._make_claim(), True
        return self._claim

    def handle_layers(self) -> None:
        """The layers of the publication, or what they take, have changed."""
        self._claim_holds = False
        self.review()

    @property
    def held_back(self) -> bool:
        """Whether it is sent less than it wants, for lack of bandwidth."""
        return self.starved or self._given is not None

    def give(self, layer: Layer | None) -> None:
        """Send no more than this layer from now on, for lack of bandwidth; None: all it wants."""
        if layer != self._given or self.starved:
            self._given, self.starved = layer, False
            self._apply()

    def starve(self) -> None:
        """Send nothing: not even the lowest layer fits."""
        if not self.starved:
            self._given, self.starved = None, True
            self._apply()

    def start(self, number: SubscriptionId, ssrc: int, rtx_ssrc: int) -> None:
        """Take the numbers under which the core forwards from now on."""
        self.id, self.ssrc, self.rtx_ssrc = number, ssrc, rtx_ssrc
        self._missing = 0
        self._claim_holds = False
        self.publication.subscriptions.add(self)
        if self._paused or self._wish != HIGHEST:
            self._apply()
        self.review()

    def stop(self) -> None:
        """Forget the numbers: the core no longer forwards."""
        self.id = None
        self._claim_holds = False
        self.publication.subscriptions.discard(self)
        self.review()

    def _make_claim(self) -> Claim | None:
        if self.publication.kind != "video" or self._paused or self.id is None:
            return None
        publication = self.publication
        layers = layers_within(self._wish, publication.active_layers(), publication.rates)
        # Until now it was given everything, unless something was held back.
        held = layers[-1].rate if layers and not self._given else 0
        given = [layer.rate for layer in layers if self._given and _reaches(self._given, layer)]
        return Claim(layers, self._wish.priority, 0 if self.starved else max(given, default=held))

    def _apply(self) -> None:
        self._claim_holds = False
        if self.id is None:
            return
        if (missing := self._count_missing()) != self._missing:
            self._missing = missing
            self._core.set_missing(self.id, missing)
        if self._paused or self.starved:
            self._core.set_layer(self.id, -1, 0)
            return
        spatial, temporal = self._wish.spatial, self._wish.temporal
        if self._given:
            spatial = min(spatial, self._given.spatial)
            temporal = min(temporal, self._given.temporal)
        self._core.set_layer(self.id, spatial, temporal)

    def _count_missing(self) -> int:
        """How many spatial layers it would have if they fitted."""
        publication = self.publication
        layers = layers_within(self._wish, publication.active_layers(), publication.rates)
        if self._paused or not layers:
            return 0
        best = layers[-1].spatial
        given = self._given.spatial if self._given else best
        return best + 1 if self.starved else max(0, best - given)


def _reaches(given: Layer, layer: Layer) -> bool:
    return (layer.spatial, layer.temporal) <= (given.spatial, given.temporal)


def lowest_first(rids: tuple[str, ...]) -> tuple[str, ...]:
    """Layers from the lowest: by their names where all are LiveKit's, else in the client's order.

    The web client lists its layers from the lowest, the Rust client from the highest.
    """
    if all(rid in QUALITIES for rid in rids):
        return tuple(sorted(rids, key=QUALITIES.index))
    return rids


QUALITIES = ("q", "h", "f")

HIGHEST = Wish(2, 2)
"""Layers are counted from 0; clients publish at most three of each sort."""
