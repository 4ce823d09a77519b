"""The media server of a process: the core's thread, and its events brought to whom they concern."""

import asyncio
import ipaddress
import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sfu import sdp
from sfu._core import Core  # noqa: TID251 - one of the two
from sfu.addresses import everywhere, own_addresses, seen_address
from sfu.connection import Shared
from sfu.events import (
    AudioFrame,
    BandwidthChanged,
    DtlsReceived,
    LayerChanged,
    LayerRates,
    PairLost,
    PairValidated,
    PeerEvent,
    Speakers,
)
from sfu.peer import Peer
from sfu.subscriber import Subscriber
from sfu.tracks import Publication
from sfu.transport import Certificate

logger = logging.getLogger(__name__)

SpeakersHandler = Callable[[tuple[tuple[Publication, float], ...]], None]


class Sfu:
    """A selective forwarding unit: its ports, one media thread, any number of peers.

    Made by `open`. Everything here belongs to the event loop that opened it.
    """

    def __init__(self, core: Core, announced: Sequence[str], *, post_quantum: bool) -> None:
        self.port = core.port()
        self.tcp_port = core.tcp_port()
        self._core = core
        self._shared = Shared(
            core=core,
            certificate=Certificate.generate(),
            candidates=tuple(_candidates(announced, self.port, self.tcp_port)),
            numbers=itertools.count(1),
            peers={},
            publications={},
            post_quantum=post_quantum,
        )
        self._handle_speakers: SpeakersHandler | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(core.fileno(), self._drain)
        self._closed = False

    @classmethod
    async def open(
        cls,
        *,
        host: str = "::",
        port: int = 7882,
        tcp_port: int | None = None,
        announced: Sequence[str] = (),
        stun: tuple[str, int] | None = None,
        post_quantum: bool = False,
    ) -> "Sfu":
        """Bind the UDP port, and one for ICE-TCP if it is given, and start the media thread.

        Port 0 takes any; host "::" is every address, of IPv4 too, also on a machine without IPv6.
        `announced` are the addresses put into candidates: those by which clients reach this host;
        by default all of its own and 127.0.0.1, after the one that the STUN server sees, if one is
        given. With `post_quantum` only clients are let in whose DTLS withstands quantum computers.
        Raises OSError when a port is taken, ValueError when `host` or an announced address
        is no IP address.
        """
        addresses = [str(ipaddress.ip_address(one)) for one in announced]
        bound = everywhere() if host == "::" else host
        if not addresses:
            seen = await seen_address(stun) if stun is not None else None
            addresses = list(dict.fromkeys([*([seen] if seen else []), *own_addresses(bound)]))
        return cls(Core(bound, port, tcp_port), addresses, post_quantum=post_quantum)

    def add_peer(self, handle: Callable[[PeerEvent], None]) -> Peer:
        """Expect a client. Its events go to `handle`, synchronously, on the event loop."""
        return Peer(self._shared, handle)

    def add_subscriber(self, handle: Callable[[PeerEvent], None]) -> Subscriber:
        """Expect the second PeerConnection of a client which receives on one of its own."""
        return Subscriber(self._shared, handle)

    def counters(self) -> Mapping[str, int]:
        """Totals since the start: packets, bytes, feedback and every reason for a dropped one."""
        return self._core.counters()

    def on_speakers(self, handle: SpeakersHandler) -> None:
        """Give `handle` the active speakers of all rooms, whenever they change, every 400 ms.

        Publications with their linear level in 0..1, loudest first.
        """
        self._handle_speakers = handle

    async def close(self) -> None:
        """Close every peer, stop the media thread and free the ports. Twice does no harm."""
        if self._closed:
            return
        self._closed = True
        for peer in list(self._shared.peers.values()):
            await peer.close()
        self._loop.remove_reader(self._core.fileno())
        self._core.close()

    def _drain(self) -> None:
        for event in self._core.drain():
            HANDLERS[type(event)](self, event)

    def _handle_validated(self, event: PairValidated) -> None:
        if peer := self._shared.peers.get(event.peer):
            peer.handle_validated()

    def _handle_lost(self, event: PairLost) -> None:
        if peer := self._shared.peers.get(event.peer):
            peer.handle_lost()

    def _handle_dtls(self, event: DtlsReceived) -> None:
        if peer := self._shared.peers.get(event.peer):
            peer.handle_dtls(event.datagram)

    def _handle_layer(self, event: LayerChanged) -> None:
        if publication := self._shared.publications.get(event.publication):
            publication.handle_layer(event.rid, event.active)

    def _handle_rates(self, event: LayerRates) -> None:
        if publication := self._shared.publications.get(event.publication):
            publication.handle_rates(event.rates)

    def _handle_bandwidth(self, event: BandwidthChanged) -> None:
        if peer := self._shared.peers.get(event.peer):
            peer.handle_bandwidth(event)

    def _handle_frame(self, event: AudioFrame) -> None:
        if publication := self._shared.publications.get(event.publication):
            publication.handle_frame(event)

    def _handle_levels(self, event: Speakers) -> None:
        known = self._shared.publications
        levels = tuple((known[one], level) for one, level in event.levels if one in known)
        if self._handle_speakers is not None:
            self._handle_speakers(levels)


def _candidates(
    addresses: Sequence[str], port: int, tcp_port: int | None
) -> Iterator[sdp.Candidate]:
    for address in addresses:
        yield sdp.Candidate(address, port)
    if tcp_port is not None:
        for address in addresses:
            yield sdp.Candidate(address, tcp_port, "tcp")


HANDLERS: Mapping[type[Any], Callable[[Sfu, Any], None]] = {
    PairValidated: Sfu._handle_validated,
    PairLost: Sfu._handle_lost,
    DtlsReceived: Sfu._handle_dtls,
    LayerChanged: Sfu._handle_layer,
    LayerRates: Sfu._handle_rates,
    BandwidthChanged: Sfu._handle_bandwidth,
    AudioFrame: Sfu._handle_frame,
    Speakers: Sfu._handle_levels,
}
