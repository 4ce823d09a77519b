"""One client's transport: ICE-lite, DTLS as server and data channels, through the core."""

import asyncio
import itertools
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sfu import sdp
from sfu._core import Core  # noqa: TID251 - one of the two
from sfu.downlink import Downlink
from sfu.errors import ChannelClosed, MessageTooLong, ReaderTooSlow, SdpError
from sfu.events import (
    BandwidthChanged,
    Connected,
    Disconnected,
    DisconnectReason,
    Handshake,
    PeerEvent,
    PeerId,
    PublicationId,
    Quality,
    SubscriptionId,
)
from sfu.tracks import Publication, Subscription
from sfu.transport import SCTP_PORT, Association, Certificate, Channel, Dtls, Wire

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shared:
    """What all peers of a media thread share: its core, a certificate, where clients reach us.

    `numbers` yields identifiers that no core has ever seen; `peers` and `publications` are those
    that live on this thread, `rooms` how many peers each of its rooms has. With `post_quantum` only
    clients are let in whose DTLS withstands quantum computers.
    """

    core: Core
    certificate: Certificate
    candidates: tuple[sdp.Candidate, ...]
    numbers: Iterator[int]
    peers: dict[PeerId, "Connection"]
    publications: dict[PublicationId, Publication]
    rooms: Counter[Hashable]
    post_quantum: bool = False

    def enter(self, peer: "Connection", room: Hashable) -> None:
        """Keep a peer."""
        self.peers[peer.id] = peer
        self.rooms[room] += 1

    def leave(self, peer: "Connection", room: Hashable) -> None:
        """Forget a peer, and its room with the last one."""
        del self.peers[peer.id]
        self.rooms[room] -= 1
        if not self.rooms[room]:
            del self.rooms[room]


class Connection:
    """The transport of one PeerConnection; who makes the offers is for its two kinds to say.

    The events of `sfu.events` go to `handle`, synchronously, on the event loop. We are ICE-lite and
    the DTLS server. `room` names who may receive what it publishes; `channels` are the data
    channels that we open, and clients may open others. `handshake` is what DTLS agreed on, once
    it has.
    """

    def __init__(
        self,
        shared: Shared,
        handle: Callable[[PeerEvent], None],
        room: Hashable,
        channels: tuple[Channel, ...] = (),
    ) -> None:
        self.id = PeerId(next(shared.numbers))
        self._shared = shared
        self._core = shared.core
        self._handle = handle
        self._room = room
        self._channels = channels
        self._ufrag, self._pwd = secrets.token_hex(8), secrets.token_hex(16)
        self._fingerprints: tuple[sdp.Fingerprint, ...] = ()
        self._formats: tuple[tuple[sdp.Extension, ...], tuple[sdp.Codec, ...]] = ((), ())
        self._session = secrets.randbits(62)
        self._versions = itertools.count(1)
        self._ssrcs: set[int] = set()
        self._downlink = Downlink(self._tell, partial(self._core.set_demand, self.id))
        self._wire = Wire(partial(self._core.send_dtls, self.id))
        self._association: Association | None = None
        self._task: asyncio.Task[None] | None = None
        self.handshake: Handshake | None = None
        self._connected = False
        self._lost = False
        self._closed = False
        shared.enter(self, room)
        self._core.add_peer(self.id, self._ufrag, self._pwd)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    def send(self, label: str, data: bytes) -> None:
        """Send a binary message on the data channel that the client opened with this label.

        On a lossy channel (no retransmissions) a message is dropped while too much is waiting; a
        reliable one whose reader does not keep up is closed. Raises ChannelClosed when there is no
        such open channel, ReaderTooSlow when it closes it, MessageTooLong above 64 kB.
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
            raise ReaderTooSlow(label)
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
        self._forget()
        self._downlink.close()
        self._core.remove_peer(self.id)
        self._shared.leave(self, self._room)

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

    def handle_quality(self, score: float) -> None:
        """The core says how well the client's tracks get through."""
        self._tell(Quality(score))

    def keep(self, subscriptions: float) -> None:
        """Never pause so many of the most urgent videos for lack of bandwidth: 1 by default,
        infinitely many for none at all."""
        self._downlink.kept = subscriptions

    def limit_bandwidth(self, bitrate: int) -> None:
        """Send the client at most so many bit/s of media, whatever fits; 0 is no limit."""
        self._downlink.limit(bitrate)

    def handle_bandwidth(self, bandwidth: BandwidthChanged) -> None:
        """The core estimates anew what fits on the way to the client."""
        self._downlink.handle_bandwidth(bandwidth)

    @property
    def estimate(self) -> int | None:
        """Bit/s of media that fit on the way to the client; None before anything is known."""
        return self._downlink.estimate

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
            post_quantum=self._shared.post_quantum,
        )
        reason = DisconnectReason.HANDSHAKE
        try:
            if await dtls.handshake():
                self.handshake = dtls.agreed
                self._association = Association(dtls, self._tell, self._channels)
                await self._association.start(None, SCTP_PORT)
                self._connected = True
                self._tell(Connected())
                reason = await dtls.pump()
            elif dtls.is_classical:
                reason = DisconnectReason.CLASSICAL
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

    def _forget(self) -> None:
        """End what was made on top of the transport, before it closes."""

    def _follow_certificate(self, description: sdp.Offer) -> None:
        if self._fingerprints and description.fingerprints != self._fingerprints:
            raise SdpError("The client's certificate cannot change: join again.")
        self._fingerprints = description.fingerprints

    def _set_formats(self, description: sdp.Offer) -> None:
        formats = description.extensions, description.codecs
        if formats == self._formats:
            return  # as from one offer to the next, nearly always
        self._formats = formats
        self._core.set_formats(
            self.id,
            [(extension.uri, extension.id) for extension in description.extensions],
            [
                (codec.payload_type, codec.name.lower(), codec.clock_rate, codec.associated)
                for codec in description.codecs
            ],
        )

    def _local(self) -> sdp.Local:
        return sdp.Local(
            self._ufrag,
            self._pwd,
            self._shared.certificate.fingerprint,
            self._shared.candidates,
            self._session,
            next(self._versions),
        )

    def _carry(
        self,
        subscription: Subscription,
        mid: str,
        ssrcs: tuple[int, int],
        payload_types: list[tuple[int, int]],
    ) -> None:
        """Forward from now on, in this section, under the SSRCs of media and of repetitions."""
        number = SubscriptionId(next(self._shared.numbers))
        publication = subscription.publication.id
        self._core.subscribe(number, publication, self.id, mid, *ssrcs, payload_types)
        self._downlink.add(subscription)
        subscription.start(number, *ssrcs)

    def _stop(self, subscription: Subscription) -> None:
        if subscription.id is not None:
            self._core.unsubscribe(subscription.id)
            self._downlink.discard(subscription)
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
