"""What a client publishes and what another is sent of it: the two handles of the public face."""

from collections.abc import Callable
from typing import Protocol

from sfu.events import AudioFrame, PeerId, PublicationId, SubscriptionId
from sfu.sdp import Codec, Section
from sfu.tap import Tap


class Commands(Protocol):
    """The commands of the core that publications and subscriptions give."""

    def tap(self, publication: int, on: bool) -> None: ...
    def request_key_frame(self, publication: int) -> None: ...
    def set_layer(self, subscription: int, spatial: int, temporal: int) -> None: ...


class Publication:
    """A track that a client publishes, until an answer names it in `ended` or the peer closes.

    `mid` is its section, `kind` "audio" or "video", `cid` the second word of its msid: the id by
    which the client announced it. `codecs` are those of the answer in its order, without those that
    repair others, `mime` is the first of them, like "video/vp8". `redundant` says whether receivers
    may be sent its audio with redundancy. `rids` are its simulcast layers, lowest first, empty
    without simulcast; `active` are those that deliver packets now ("" without simulcast).
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
        self.rids = lowest_first(section.rids)
        self.active: frozenset[str] = frozenset()
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


class Subscription:
    """A publication that is sent to a peer, as the track id `track` of the stream id `stream`.

    It is carried once an answer gives it a section; what is asked of it before then is kept.
    """

    def __init__(self, core: Commands, publication: Publication, stream: str, track: str) -> None:
        self.publication = publication
        self.stream = stream
        self.track = track
        self.id: SubscriptionId | None = None
        self.ssrc = 0
        self.rtx_ssrc = 0
        self._core = core
        self._layer = HIGHEST
        self._paused = False

    def __repr__(self) -> str:
        return f"<Subscription {self.id} of {self.publication!r}>"

    def set_layer(self, spatial: int, temporal: int = 2) -> None:
        """Send at most this simulcast layer, counted from 0, and this temporal layer of it."""
        self._layer = (spatial, temporal)
        self._apply()

    def pause(self) -> None:
        """Send nothing until `resume`; the section stays."""
        self._paused = True
        self._apply()

    def resume(self) -> None:
        """Send again, the layer that was wanted before."""
        self._paused = False
        self._apply()

    def start(self, number: SubscriptionId, ssrc: int, rtx_ssrc: int) -> None:
        """Take the numbers under which the core forwards from now on."""
        self.id, self.ssrc, self.rtx_ssrc = number, ssrc, rtx_ssrc
        if self._paused or self._layer != HIGHEST:
            self._apply()

    def stop(self) -> None:
        """Forget the numbers: the core no longer forwards."""
        self.id = None

    def _apply(self) -> None:
        if self.id is not None:
            spatial, temporal = (-1, 0) if self._paused else self._layer
            self._core.set_layer(self.id, spatial, temporal)


def lowest_first(rids: tuple[str, ...]) -> tuple[str, ...]:
    """Layers from the lowest: by their names where all are LiveKit's, else in the client's order.

    The web client lists its layers from the lowest, the Rust client from the highest.
    """
    if all(rid in QUALITIES for rid in rids):
        return tuple(sorted(rids, key=QUALITIES.index))
    return rids


QUALITIES = ("q", "h", "f")

HIGHEST = (2, 2)
"""Layers are counted from 0; clients publish at most three of each sort."""
