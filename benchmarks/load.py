"""The load: publishers that send frames in bursts, receivers that count what arrives."""

import asyncio
import selectors
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from struct import pack

from benchmarks.signalling import Remote, widen
from tests.peer import VP8, Client

PACKET = 1200
"""Bytes of an RTP packet before protection."""

BURST = 9
"""Packets of a frame."""

FRAMES_PER_SECOND = 10
"""At 30, ten to ten is more than the forwarder beside ours can carry on a slow core."""


class Publisher:
    """Sends one video track; everything is protected before the clock starts."""

    def __init__(self, client: Client, number: int, frames: int) -> None:
        self._socket = _take_socket(client)
        self._server = client._remote().address
        protect = client.dtls._tx_srtp.protect
        self._frames = [
            [protect(packet) for packet in _frame(number, index)] for index in range(frames)
        ]
        self.sent = 0

    @classmethod
    async def join(cls, server: Remote, number: int, frames: int) -> "Publisher":
        client = await Client.open()
        client.publish("video", f"camera-{number}")
        await client.accept(await server.offer(number, client.offer()))
        return cls(client, number, frames)

    def send(self, frame: int) -> None:
        for packet in self._frames[frame]:
            self._socket.sendto(packet, self._server)
        self.sent += len(self._frames[frame])

    def close(self) -> None:
        self._socket.close()


class Receiver:
    """Counts what arrives, each packet once, and decrypts a sample of it."""

    def __init__(self, client: Client) -> None:
        self.socket = _take_socket(client)
        self._unprotect = client.dtls._rx_srtp.unprotect
        self._seen: set[bytes] = set()
        self._arrived = 0
        self.intact = True

    @classmethod
    async def join(cls, server: Remote, number: int, tracks: int) -> "Receiver":
        client = await Client.open()
        client.receive(videos=tracks)
        await server.subscribe(number)
        await client.accept(await server.offer(number, client.offer()))
        return cls(client)

    @property
    def received(self) -> int:
        """Different packets so far: retransmissions do not count twice."""
        return len(self._seen)

    def drain(self) -> None:
        with suppress(BlockingIOError):
            while True:
                packet = self.socket.recv(2048)
                if packet[1] & 127 != VP8:
                    continue
                self._seen.add(packet[2:4] + packet[8:12])
                self._arrived += 1
                if self._arrived % SAMPLE == 0:
                    self.intact &= len(self._unprotect(packet)) >= PACKET

    def close(self) -> None:
        self.socket.close()


class Counting:
    """Drains the receivers in a thread of its own."""

    def __init__(self, receivers: list[Receiver]) -> None:
        self._selector = selectors.DefaultSelector()
        for receiver in receivers:
            self._selector.register(receiver.socket, selectors.EVENT_READ, receiver)
        self._stopping = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._thread.join()
        self._selector.close()

    def _run(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(0.1):
                key.data.drain()


async def play(publishers: list[Publisher], frames: Iterable[int]) -> None:
    """Send these frames of every publisher in real time, the publishers evenly in turn."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    step = 1 / FRAMES_PER_SECOND / len(publishers)
    for frame in frames:
        for publisher in publishers:
            await asyncio.sleep(max(0.0, due - loop.time()))
            publisher.send(frame)
            due += step


def _take_socket(client: Client) -> socket.socket:
    """The connected socket of a client, out of the event loop's hands."""
    assert client.link.transport is not None
    taken: socket.socket = client.link.transport.get_extra_info("socket").dup()
    client.link.close()
    if client.dtls._task is not None:
        client.dtls._task.cancel()
    widen(taken)
    taken.setblocking(False)
    return taken


def _frame(publisher: int, number: int) -> Iterator[bytes]:
    """A VP8 frame (RFC 7741) in packets; the first frame is a key frame."""
    kind = KEY_FRAME if number == 0 else b"\x11\x00\x00"
    for index in range(BURST):
        first, last = index == 0, index == BURST - 1
        sequence = (number * BURST + index) % 2**16
        header = pack(
            "!BBHLL", 0x90, last << 7 | VP8, sequence, number * 3000, 1_000_000 + publisher
        )
        mid = pack("!HHBBH", 0xBEDE, 1, 4 << 4, ord("0"), 0)
        descriptor = pack("!BBH", 0x90 if first else 0x80, 0x80, 0x8000 | number % 2**15)
        body = header + mid + descriptor + (kind if first else b"")
        yield body + bytes([number % 256]) * (PACKET - len(body))


KEY_FRAME = bytes.fromhex("10000 09d012a 8002 6801".replace(" ", ""))
"""The uncompressed header of a key frame of 640x360 (RFC 6386 §9.1)."""

SAMPLE = 50
