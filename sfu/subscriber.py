"""One older client's second PeerConnection, in which we offer what it subscribed to."""

import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from sfu import sdp
from sfu.connection import Connection, Shared
from sfu.events import PeerEvent
from sfu.sections import Wanted, decodes
from sfu.slots import Slot, Slots
from sfu.tracks import Publication, Subscription
from sfu.transport import Channel


@dataclass(frozen=True)
class Offer:
    """Our offer to a client.

    `tracks` maps the mid of every section we send in to the id of its track: LiveKit's
    mid_to_track_id. `unsupported` are subscriptions whose codec this client refused before: they
    are forgotten.
    """

    sdp: str
    tracks: dict[str, str]
    unsupported: tuple[Subscription, ...]


class Subscriber(Connection):
    """The PeerConnection by which a client of two receives: we offer, it answers.

    Made by `Sfu.add_subscriber`; the events of `sfu.events` go to its `handle`, synchronously, on
    the event loop. We open LiveKit's data channels in it, and are ICE-lite and the DTLS server.
    """

    def __init__(self, shared: Shared, handle: Callable[[PeerEvent], None], room: Hashable) -> None:
        super().__init__(shared, handle, room, CHANNELS)
        self._slots: Slots[Subscription] = Slots(sdp.FIRST_MEDIA_MID)
        self._payload_types = sdp.PayloadTypes()
        self._agreed: tuple[str, ...] = ()

    def offer(self, *, restart: bool = False) -> Offer:
        """Offer all that is subscribed to, once the answer to the offer before it was taken.

        `restart` gives us other ICE credentials: the client then restarts ICE, and DTLS, SCTP and
        SRTP go on. An offer whose answer was lost may be followed by another.
        """
        if restart:
            self._ufrag, self._pwd = secrets.token_hex(8), secrets.token_hex(16)
        unsupported = self._slots.assign()
        sendings = [self._sending(slot) for slot in self._slots]
        return Offer(
            sdp=sdp.offer(self._local(), sendings),
            tracks={one.mid: one.sent.track for one in sendings if one.sent is not None},
            unsupported=unsupported,
        )

    def accept(self, answer: str) -> tuple[Subscription, ...]:
        """Take the client's answer to the last offer: media flows in the sections it receives.

        Returns the subscriptions whose codec the client cannot decode: they are forgotten. Raises
        SdpError with a sentence; then nothing has changed.
        """
        description = sdp.parse(answer, is_answer=True)
        self._follow_certificate(description)
        self._follow_ice(description)
        self._set_formats(description)
        sections = {section.mid: section for section in description.sections}
        settled = self._slots.settle(
            {slot.mid for slot in self._slots if _receives(sections.get(slot.mid), slot.wanted)},
            {mid for mid, section in sections.items() if not section.usable},
        )
        for mid, subscription in settled.received.items():
            if subscription.id is None:
                self._start(subscription, sections[mid])
        return settled.unsupported

    def subscribe(self, publication: Publication, *, stream: str, track: str) -> Subscription:
        """Send a publication of its room to this client, under the msid `stream` `track`.

        Media flows after the answer to the next offer: see `pending`.
        """
        subscription = Subscription(self._core, publication, stream, track, self._downlink.review)
        codec = publication.codecs[0]
        wanted = Wanted(publication.kind, codec.format)
        codecs = self._payload_types.codecs(publication.kind, codec)
        if not codecs:
            self._slots.refuse(wanted)
        subscription.ssrc = self._new_ssrc()
        subscription.rtx_ssrc = self._new_ssrc() if len(codecs) > 1 else 0
        self._slots.want(subscription, wanted)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop sending at once; the next offer frees the section. Twice does no harm."""
        self._stop(subscription)
        self._slots.release(subscription)

    def pending(self) -> bool:
        """Whether another offer would say something that the last one did not."""
        return self._slots.pending()

    def _follow_ice(self, description: sdp.Offer) -> None:
        agreed = (self._ufrag, description.ufrag, description.pwd)
        if agreed != self._agreed:
            self._core.set_ice(self.id, self._ufrag, self._pwd, description.ufrag)
        self._agreed = agreed

    def _sending(self, slot: Slot[Subscription]) -> sdp.Sending:
        subscription, wanted = slot.carried, slot.wanted
        sent = None
        if subscription is not None:
            sent = sdp.Sent(
                subscription.stream,
                subscription.track,
                subscription.ssrc,
                subscription.rtx_ssrc,
                wanted.format,
            )
        codecs = self._payload_types.known(wanted.format)
        return sdp.Sending(wanted.kind, slot.mid, codecs, sent)

    def _start(self, subscription: Subscription, section: sdp.Section) -> None:
        publication = subscription.publication
        own = {codec.format: codec.payload_type for codec in section.codecs}
        payload_types = [
            (codec.payload_type, own[codec.format])
            for codec in publication.codecs
            if codec.format in own
        ]
        repaired = {codec.associated for codec in section.codecs}
        has_rtx = any(ours in repaired for _, ours in payload_types)
        rtx_ssrc = subscription.rtx_ssrc if has_rtx else 0
        self._carry(subscription, section.mid, (subscription.ssrc, rtx_ssrc), payload_types)


def _receives(section: sdp.Section | None, wanted: Wanted) -> bool:
    return section is not None and section.receives and decodes(section, wanted)


CHANNELS = (
    Channel("_reliable", reliable=True),
    Channel("_lossy", reliable=False),
    Channel("_data_track", reliable=False),
)
"""LiveKit's data channels, in the order of the reference."""
