"""The media server of a process: its threads, and their events brought to whom they concern."""

import asyncio
import ipaddress
import itertools
import logging
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    Pong,
    QualityChanged,
    Speakers,
)
from sfu.load import Load
from sfu.peer import Peer
from sfu.subscriber import Subscriber
from sfu.tracks import Floor, Publication
from sfu.transport import Certificate

logger = logging.getLogger(__name__)

LOUDEST = 8
"""Microphones of a large room that are forwarded. Raising it costs every receiver the bitrate and
the decoding of one more; lowering it cuts off whoever speaks beside so many others."""

SpeakersHandler = Callable[[tuple[tuple[Publication, float], ...]], None]


@dataclass(frozen=True)
class ThreadUse:
    """What one media thread has to do; `counters` are its part of `Sfu.counters`."""

    port: int
    rooms: int
    peers: int
    counters: Mapping[str, int]


class Sfu:
    """A selective forwarding unit: its ports, its media threads, any number of peers.

    `port` is the first thread's. Made by `open`. Everything here belongs to the event loop that
    opened it.
    """

    def __init__(
        self,
        cores: Sequence[Core],
        announced: Sequence[str],
        *,
        loudest: int,
        post_quantum: bool,
    ) -> None:
        self.port = cores[0].port()
        self.tcp_port = cores[0].tcp_port()
        self._loudest = loudest
        certificate, self._numbers = Certificate.generate(), itertools.count(1)
        self._threads = tuple(
            Shared(
                core=core,
                certificate=certificate,
                candidates=tuple(_candidates(announced, core.port(), self.tcp_port)),
                numbers=self._numbers,
                peers={},
                publications={},
                rooms=Counter(),
                post_quantum=post_quantum,
            )
            for core in cores
        )
        self._handle_speakers: SpeakersHandler | None = None
        self._speakers: dict[Core, Speakers] = {}
        self._loop = asyncio.get_running_loop()
        self._loads = {core: Load(self._loop.time()) for core in cores}
        self._died: set[Core] = set()
        self._pongs = {core: asyncio.Event() for core in cores}
        for thread in self._threads:
            self._loop.add_reader(thread.core.fileno(), self._drain, thread)
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
        loudest: int = LOUDEST,
        post_quantum: bool = False,
        threads: int = 1,
    ) -> "Sfu":
        """Bind the UDP ports, and one for ICE-TCP if it is given, and start the media threads.

        Each thread has a UDP port of its own, `port` and those that follow; the TCP port is for
        all. Port 0 takes any; host "::" is every address, of IPv4 too, also on a machine without
        IPv6.
        `announced` are the addresses put into candidates: those by which clients reach this host;
        by default all of its own and 127.0.0.1, after the one that the STUN server sees, if one is
        given. Of 20 microphones that compete on a floor the `loudest` are forwarded; 0: all. With
        `post_quantum` only clients are let in whose DTLS withstands quantum computers. Raises
        OSError when a port is taken, ValueError when `host` or an announced address is no IP
        address.
        """
        addresses = [str(ipaddress.ip_address(one)) for one in announced]
        bound = everywhere() if host == "::" else host
        if not addresses:
            seen = await seen_address(stun) if stun is not None else None
            addresses = list(dict.fromkeys([*([seen] if seen else []), *own_addresses(bound)]))
        ports = [port and port + thread for thread in range(threads)]
        cores = Core.start(bound, ports, tcp_port)
        sfu = cls(cores, addresses, loudest=loudest, post_quantum=post_quantum)
        bound_ports = ", ".join(str(thread.port) for thread in sfu.threads())
        logger.info("media on UDP %s and TCP %s", bound_ports, sfu.tcp_port or "none")
        return sfu

    def add_peer(
        self,
        handle: Callable[[PeerEvent], None],
        room: Hashable = None,
        *,
        by_tcp: bool = False,
    ) -> Peer:
        """Expect a client. Its events go to `handle`, synchronously, on the event loop.

        Peers can subscribe to what others of the same `room` publish: a room is on one thread, the
        least busy when its first peer came, until its last one is closed. One that is to come
        `by_tcp` is told of no UDP address.
        """
        return Peer(_by(self._thread(room), by_tcp), handle, room)

    def add_subscriber(
        self,
        handle: Callable[[PeerEvent], None],
        room: Hashable = None,
        *,
        by_tcp: bool = False,
    ) -> Subscriber:
        """Expect the second PeerConnection of a client which receives on one of its own."""
        return Subscriber(_by(self._thread(room), by_tcp), handle, room)

    def add_floor(self) -> Floor:
        """Make a floor for the microphones of one room."""
        return Floor(next(self._numbers), self._loudest)

    def counters(self) -> Mapping[str, int]:
        """Totals since the start: packets, bytes, feedback and every reason for a dropped one."""
        totals: Counter[str] = Counter()
        for thread in self._threads:
            totals.update(thread.core.counters())
        return dict(totals)

    def threads(self) -> tuple[ThreadUse, ...]:
        """What each media thread has to do now."""
        return tuple(
            ThreadUse(
                thread.core.port(), len(thread.rooms), len(thread.peers), thread.core.counters()
            )
            for thread in self._threads
        )

    def estimates(self) -> Iterator[int]:
        """What fits on the way to each client, in bit/s; nothing of those that were not told."""
        for thread in self._threads:
            found = (peer.estimate for peer in thread.peers.values())
            yield from (one for one in found if one is not None)

    async def is_alive(self, patience: float) -> bool:
        """Whether every media thread gives a sign of life within so many seconds."""
        for thread in self._threads:
            self._pongs[thread.core].clear()
            thread.core.ping()
        try:
            async with asyncio.timeout(patience):
                for thread in self._threads:
                    await self._pongs[thread.core].wait()
        except TimeoutError:
            return False
        return True

    def on_speakers(self, handle: SpeakersHandler) -> None:
        """Give `handle` the active speakers of all rooms, whenever they change, every 400 ms.

        Publications with their linear level in 0..1, loudest first.
        """
        self._handle_speakers = handle

    async def close(self) -> None:
        """Close every peer, stop the media threads and free the ports. Twice does no harm."""
        if self._closed:
            return
        self._closed = True
        for thread in self._threads:
            for peer in list(thread.peers.values()):
                await peer.close()
        for thread in self._threads:
            self._loop.remove_reader(thread.core.fileno())
            thread.core.close()

    def _thread(self, room: Hashable) -> Shared:
        """The thread that a room is on, or shall be on."""
        here = (thread for thread in self._threads if room in thread.rooms)
        return next(here, None) or min(self._threads, key=self._load)

    def _load(self, thread: Shared) -> float:
        if thread.core in self._died:
            return math.inf
        counters, peers = thread.core.counters(), len(thread.peers)
        load = self._loads[thread.core]
        load.observe(self._loop.time(), counters["packets_in"] + counters["packets_out"], peers)
        return load.of(peers)

    def _drain(self, thread: Shared) -> None:
        try:
            events = thread.core.drain()
        except RuntimeError:
            # Its rooms end, and then it would be the least busy of all.
            self._died.add(thread.core)
            raise
        for event in events:
            HANDLERS[type(event)](self, thread, event)

    def _handle_pong(self, thread: Shared, _: Pong) -> None:
        self._pongs[thread.core].set()

    def _handle_validated(self, thread: Shared, event: PairValidated) -> None:
        if peer := thread.peers.get(event.peer):
            peer.handle_validated()

    def _handle_lost(self, thread: Shared, event: PairLost) -> None:
        if peer := thread.peers.get(event.peer):
            peer.handle_lost()

    def _handle_dtls(self, thread: Shared, event: DtlsReceived) -> None:
        if peer := thread.peers.get(event.peer):
            peer.handle_dtls(event.datagram)

    def _handle_layer(self, thread: Shared, event: LayerChanged) -> None:
        if publication := thread.publications.get(event.publication):
            publication.handle_layer(event.rid, event.active)

    def _handle_quality(self, thread: Shared, event: QualityChanged) -> None:
        if peer := thread.peers.get(event.peer):
            peer.handle_quality(event.score)

    def _handle_rates(self, thread: Shared, event: LayerRates) -> None:
        if publication := thread.publications.get(event.publication):
            publication.handle_rates(event.rates)

    def _handle_bandwidth(self, thread: Shared, event: BandwidthChanged) -> None:
        if peer := thread.peers.get(event.peer):
            peer.handle_bandwidth(event)

    def _handle_frame(self, thread: Shared, event: AudioFrame) -> None:
        if publication := thread.publications.get(event.publication):
            publication.handle_frame(event)

    def _handle_levels(self, thread: Shared, event: Speakers) -> None:
        """Each thread tells its own speakers: those of the others are as they told them last."""
        self._speakers[thread.core] = event
        levels = sorted(self._levels(), key=lambda one: one[1], reverse=True)
        if self._handle_speakers is not None:
            self._handle_speakers(tuple(levels))

    def _levels(self) -> Iterator[tuple[Publication, float]]:
        for thread in self._threads:
            if told := self._speakers.get(thread.core):
                known = thread.publications
                yield from ((known[one], level) for one, level in told.levels if one in known)


def _by(shared: Shared, by_tcp: bool) -> Shared:
    """The same thread, by those of its addresses that are TCP if asked for."""
    framed = tuple(one for one in shared.candidates if one.transport == "tcp")
    return replace(shared, candidates=framed) if by_tcp else shared


def _candidates(
    addresses: Sequence[str], port: int, tcp_port: int | None
) -> Iterator[sdp.Candidate]:
    for address in addresses:
        yield sdp.Candidate(address, port)
    if tcp_port is not None:
        for address in addresses:
            yield sdp.Candidate(address, tcp_port, "tcp")


HANDLERS: Mapping[type[Any], Callable[[Sfu, Shared, Any], None]] = {
    Pong: Sfu._handle_pong,
    PairValidated: Sfu._handle_validated,
    PairLost: Sfu._handle_lost,
    DtlsReceived: Sfu._handle_dtls,
    LayerChanged: Sfu._handle_layer,
    QualityChanged: Sfu._handle_quality,
    LayerRates: Sfu._handle_rates,
    BandwidthChanged: Sfu._handle_bandwidth,
    AudioFrame: Sfu._handle_frame,
    Speakers: Sfu._handle_levels,
}
