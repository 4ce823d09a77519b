"""One client: its offers answered, what it publishes and what it is sent, its transport kept."""

import asyncio
import itertools
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sfu import sdp
from sfu._core import Core  # noqa: TID251 - one of the two
from sfu.errors import ChannelClosed, MessageTooLong, SdpError
from sfu.events import (
    Connected,
    Disconnected,
    DisconnectReason,
    PeerEvent,
    PeerId,
    PublicationId,
    SubscriptionId,
)
from sfu.sections import Sections, SectionsNeeded, Wanted
from sfu.tracks import Publication, Subscription
from sfu.transport import SCTP_PORT, Association, Certificate, Dtls, Wire

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """Our answer to an offer.

    `tracks` maps the mid of every section we send in to the id of its track: LiveKit's
    mid_to_track_id, whole each time. `published` are the publications this offer began, `ended`
    those it ended. `unsupported` are subscriptions whose codec this client cannot decode: they are
    forgotten.
    """

    sdp: str
    tracks: dict[str, str]
    published: tuple[Publication, ...]
    ended: tuple[Publication, ...]
    unsupported: tuple[Subscription, ...] = ()


@dataclass(frozen=True)
class Shared:
    """What all peers of a server share: the core, one certificate, where clients reach us.

    `numbers` yields identifiers that the core has never seen; `peers` and `publications` are those
    that live.
    """

    core: Core
    certificate: Certificate
    candidates: tuple[sdp.Candidate, ...]
    numbers: Iterator[int]
    peers: dict[PeerId, "Peer"]
    publications: dict[PublicationId, Publication]


class Peer:
    """One client's single PeerConnection: it offers, we answer.

    Made by `Sfu.add_peer`; the events of `sfu.events` go to its `handle`, synchronously, on the
    event loop. We are ICE-lite and the DTLS server.
    """

    def __init__(self, shared: Shared, handle: Callable[[PeerEvent], None]) -> None:
        self.id = PeerId(next(shared.numbers))
        self._shared = shared
        self._core = shared.core
        self._handle = handle
        self._ufrag, self._pwd = secrets.token_hex(8), secrets.token_hex(16)
        self._remote: tuple[str, str] | None = None
        self._fingerprints: tuple[sdp.Fingerprint, ...] = ()
        self._session = secrets.randbits(62)
        self._versions = itertools.count(1)
        self._sections: Sections[Subscription] = Sections()
        self._published: dict[str, Publication] = {}
        self._ssrcs: set[int] = set()
        self._wire = Wire(partial(self._core.send_dtls, self.id))
        self._association: Association | None = None
        self._task: asyncio.Task[None] | None = None
        self._connected = False
        self._lost = False
        self._closed = False
        shared.peers[self.id] = self
        self._core.add_peer(self.id, self._ufrag, self._pwd)

    def __repr__(self) -> str:
        return f"<Peer {self.id}>"

    def answer(self, offer: str, prefer: Mapping[str, str] = {}) -> Answer:
        """Answer the client's offer, its first or any later one.

        Begins and ends publications and subscriptions as the offer says; an offer with new ICE
        credentials restarts ICE and keeps DTLS, SCTP and SRTP. `prefer` maps the `cid` of tracks
        to the media type to put first, like "video/vp8"; "audio/red" lets the client send, and us
        add for those who receive it, redundant audio. Raises SdpError with a sentence for the
        client; then nothing has changed.
        """
        description = sdp.parse(offer)
        if self._fingerprints and description.fingerprints != self._fingerprints:
            raise SdpError("The client's certificate cannot change: join again.")
        self._fingerprints = description.fingerprints
        self._follow_ice(description)
        self._core.set_formats(
            self.id,
            [(extension.uri, extension.id) for extension in description.extensions],
            [
                (codec.payload_type, codec.name.lower(), codec.clock_rate, codec.associated)
                for codec in description.codecs
            ],
        )
        ended = self._end_publications(description)
        published = self._begin_publications(description, prefer)
        sections = {section.mid: section for section in description.sections}
        assignment = self._sections.assign(description)
        for subscription in assignment.stopped:
            self._stop(subscription)
        for mid, subscription in assignment.carried.items():
            if subscription.id is None:
                self._start(subscription, sections[mid])
        sending = {
            mid: sdp.Sent(
                subscription.stream,
                subscription.track,
                subscription.ssrc,
                subscription.rtx_ssrc,
                subscription.publication.codecs[0].format,
            )
            for mid, subscription in assignment.carried.items()
        }
        return Answer(
            sdp=sdp.answer(description, self._local(), sending, prefer),
            tracks={mid: sent.track for mid, sent in sending.items()},
            published=published,
            ended=ended,
            unsupported=assignment.unsupported,
        )

    def subscribe(self, publication: Publication, *, stream: str, track: str) -> Subscription:
        """Send a publication to this client, under the msid `stream` `track`.

        Media flows after the next answer that has a section for it: see `sections_needed`.
        """
        subscription = Subscription(self._core, publication, stream, track)
        wanted = Wanted(publication.kind, publication.codecs[0].format)
        self._sections.want(subscription, wanted)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop sending at once; the next answer frees the section. Twice does no harm."""
        self._stop(subscription)
        self._sections.release(subscription)

    def sections_needed(self) -> SectionsNeeded | None:
        """What to ask of the client so that the next answer can do what was asked of us.

        None: nothing is waiting. Otherwise the receive-only sections that a new offer needs in
        addition, possibly none: LiveKit's MediaSectionsRequirement.
        """
        return self._sections.needed()

    def send(self, label: str, data: bytes) -> None:
        """Send a binary message on the data channel that the client opened with this label.

        On a lossy channel (no retransmissions) a message is dropped while too much is waiting; a
        reliable one whose reader does not keep up is closed. Raises ChannelClosed when there is no
        such open channel, MessageTooLong above 64 kB.
        """
        if len(data) > sdp.MAX_MESSAGE_SIZE:
            raise MessageTooLong
        channel = self._channel(label)
        if channel is None:
            raise ChannelClosed(label)
        if channel.maxRetransmits == 0:
            if channel.bufferedAmount <= MAX_LOSSY_BACKLOG:
                channel.send(data)
            return
        if channel.bufferedAmount > MAX_RELIABLE_BACKLOG:
            channel.close()
            raise ChannelClosed(label)
        channel.send(data)

    def buffered(self, label: str) -> int:
        """Bytes waiting on the data channel of this label; 0 when there is none."""
        channel = self._channel(label)
        return 0 if channel is None else int(channel.bufferedAmount)

    async def close(self) -> None:
        """End everything of this client; no event comes any more. Twice does no harm."""
        if self._closed:
            return
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for publication in self._published.values():
            self._end(publication)
        self._published.clear()
        self._core.remove_peer(self.id)
        del self._shared.peers[self.id]

    def handle_validated(self) -> None:
        """The core validated an address pair: DTLS may start, or a lost peer is back."""
        if self._task is None and not self._closed:
            self._task = asyncio.get_running_loop().create_task(self._run())
        elif self._lost and self._connected:
            self._tell(Connected())
        self._lost = False

    def handle_lost(self) -> None:
        """The core heard nothing authenticated for too long."""
        self._lost = True
        if self._connected:
            self._tell(Disconnected(DisconnectReason.LOST))

    def handle_dtls(self, datagram: bytes) -> None:
        """A DTLS datagram from the validated pair."""
        self._wire.push(datagram)

    async def _run(self) -> None:
        """DTLS from the first flight to the last alert."""
        dtls = Dtls(
            self._wire,
            self._shared.certificate,
            self._fingerprints,
            partial(self._core.set_keys, self.id),
        )
        reason = DisconnectReason.HANDSHAKE
        try:
            if await dtls.handshake():
                self._association = Association(dtls, self._tell)
                await self._association.start(None, SCTP_PORT)
                self._connected = True
                self._tell(Connected())
                reason = await dtls.pump()
        finally:
            self._connected = False
            if self._association is not None:
                await self._association.stop()
            await dtls.stop()
        self._tell(Disconnected(reason))

    def _tell(self, event: PeerEvent) -> None:
        if self._closed:
            return
        try:
            self._handle(event)
        except Exception:
            # A mistake of our user must not take the transport of its participant down.
            logger.exception("The handler of %r failed for %s", self, type(event).__name__)

    def _local(self) -> sdp.Local:
        return sdp.Local(
            self._ufrag,
            self._pwd,
            self._shared.certificate.fingerprint,
            self._shared.candidates,
            self._session,
            next(self._versions),
        )

    def _follow_ice(self, description: sdp.Offer) -> None:
        remote = (description.ufrag, description.pwd)
        if self._remote is not None and remote != self._remote:
            # RFC 8839 §4.4.1: an ICE restart; our credentials change with the client's.
            self._ufrag, self._pwd = secrets.token_hex(8), secrets.token_hex(16)
        if remote != self._remote:
            self._core.set_ice(self.id, self._ufrag, self._pwd, description.ufrag)
        self._remote = remote

    def _end_publications(self, description: sdp.Offer) -> tuple[Publication, ...]:
        sending = {section.mid: section.track for section in description.sections if section.sends}
        ended = tuple(
            publication
            for mid, publication in self._published.items()
            if sending.get(mid) != publication.cid
        )
        for publication in ended:
            del self._published[publication.mid]
            self._end(publication)
        return ended

    def _begin_publications(
        self, description: sdp.Offer, prefer: Mapping[str, str]
    ) -> tuple[Publication, ...]:
        new = tuple(
            self._begin(section, prefer.get(section.track, ""))
            for section in description.sections
            if section.sends and section.mid not in self._published
        )
        self._published.update({publication.mid: publication for publication in new})
        return new

    def _begin(self, section: sdp.Section, mime: str) -> Publication:
        number = PublicationId(next(self._shared.numbers))
        codecs = sdp.preferred(section, mime=mime)
        redundant = mime == "audio/red"
        publication = Publication(self._core, number, self.id, section, codecs, redundant=redundant)
        self._shared.publications[number] = publication
        self._core.publish(
            number,
            self.id,
            section.mid,
            section.kind == "video",
            list(publication.rids),
            [] if section.rids else list(section.ssrcs[: len(publication.rids) or 1]),
            [] if section.rids else list(section.rtx_ssrcs[: len(publication.rids) or 1]),
        )
        return publication

    def _end(self, publication: Publication) -> None:
        publication.untap()
        self._core.unpublish(publication.id)
        del self._shared.publications[publication.id]

    def _start(self, subscription: Subscription, section: sdp.Section) -> None:
        publication = subscription.publication
        own = {codec.format: codec.payload_type for codec in reversed(section.codecs)}
        payload_types = [
            (codec.payload_type, own[codec.format])
            for codec in publication.codecs
            if codec.format in own
        ]
        repair = {codec.associated: codec for codec in section.codecs if codec.repairs}
        has_rtx = any(mine in repair and publication.kind == "video" for _, mine in payload_types)
        if publication.redundant:
            payload_types += [
                (theirs, repair[mine].payload_type)
                for theirs, mine in payload_types
                if mine in repair
            ]
        number = SubscriptionId(next(self._shared.numbers))
        ssrc, rtx_ssrc = self._new_ssrc(), self._new_ssrc() if has_rtx else 0
        self._core.subscribe(
            number, publication.id, self.id, section.mid, ssrc, rtx_ssrc, payload_types
        )
        subscription.start(number, ssrc, rtx_ssrc)

    def _stop(self, subscription: Subscription) -> None:
        if subscription.id is not None:
            self._core.unsubscribe(subscription.id)
            subscription.stop()

    def _new_ssrc(self) -> int:
        ssrc = next(
            number
            for number in iter(lambda: secrets.randbits(32), None)
            if number and number not in self._ssrcs
        )
        self._ssrcs.add(ssrc)
        return ssrc

    def _channel(self, label: str) -> Any:
        return None if self._association is None else self._association.channel(label)


MAX_LOSSY_BACKLOG = 64 * 1024
"""Bytes waiting on a lossy channel above which messages are dropped. Raising it delivers more of
them, later."""

MAX_RELIABLE_BACKLOG = 4 * 1024 * 1024
"""Bytes waiting for a slow reader above which its channel is closed. Raising it forgives longer
outages and costs that much memory for each such reader."""
