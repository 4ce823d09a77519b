"""A link between two TUN devices that loses, delays, reorders and holds packets back, by seed.

`python -m tests.rig.impair` prints the names of its two devices, then obeys lines of JSON until
standard input ends, and the devices with it:

    {"ab": {"loss": 0.2, "delay": 25}, "ba": {"rate": 500}, "seed": 3}
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Impairment:
    """What happens to the packets of one direction."""

    loss: float = 0.0
    """Share that is lost, each packet for itself."""
    burst: tuple[float, float, float] | None = None
    """Gilbert and Elliott's two states: chance to become bad, to become good, loss while bad."""
    delay: float = 0.0
    """Milliseconds one way."""
    jitter: float = 0.0
    """σ of what is added to it (half a normal distribution), ms. Packets overtake each other."""
    reorder: float = 0.0
    """Share that does not wait for the delay."""
    duplicate: float = 0.0
    """Share that comes twice."""
    rate: float = 0.0
    """kbit/s; 0 is without limit."""
    queue: float = 200.0
    """Milliseconds that packets may wait for their turn at `rate`; what comes then is lost."""
    down: bool = False
    block_udp: bool = False


class Direction:
    """One way over the link; knows no clock. The same seed loses the same packets."""

    def __init__(self, seed: str) -> None:
        self.impairment = Impairment()
        self._waiting: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._free = 0.0
        self.restart(seed)

    def restart(self, seed: str) -> None:
        """Forget which packet it is, so that what follows can be repeated."""
        # A source each: what one impairment draws shifts no other.
        self._chance = {
            name: random.Random(f"{seed}/{name}")  # noqa: S311
            for name in ("burst", "loss", "jitter", "reorder", "duplicate")
        }
        self._bad = False

    def change(self, told: dict[str, Any]) -> None:
        """Other values from now on; what is on its way stays there."""
        self.impairment = replace(self.impairment, **told)

    def handle(self, packet: bytes, now: float) -> None:
        """A packet enters; `now` in seconds."""
        impairment = self.impairment
        if self._is_lost(packet):
            return
        at = now
        if impairment.rate:
            at = self._free = max(self._free, now)
            if (at - now) * 1000 > impairment.queue:
                return
            self._free = at = at + len(packet) * 8 / (impairment.rate * 1000)
        at += (impairment.delay + abs(self._chance["jitter"].gauss(0, impairment.jitter))) / 1000
        if self._happens("reorder", impairment.reorder):
            at = now
        for _ in range(1 + self._happens("duplicate", impairment.duplicate)):
            self._count += 1
            heapq.heappush(self._waiting, (at, self._count, packet))

    def poll(self, now: float) -> bytes | None:
        """The next packet that is due."""
        if self._waiting and self._waiting[0][0] <= now:
            return heapq.heappop(self._waiting)[2]
        return None

    def next_due(self) -> float:
        return self._waiting[0][0] if self._waiting else float("inf")

    def _is_lost(self, packet: bytes) -> bool:
        impairment = self.impairment
        # Both are drawn for every packet, so that which of them are lost is known beforehand.
        lost = self._happens("loss", impairment.loss) | self._bursts()
        return lost or impairment.down or (impairment.block_udp and _is_udp(packet))

    def _bursts(self) -> bool:
        if self.impairment.burst is None:
            return False
        enter, leave, loss = self.impairment.burst
        change = self._chance["burst"].random()
        self._bad = change >= leave if self._bad else change < enter
        return self._bad and self._chance["burst"].random() < loss

    def _happens(self, name: str, share: float) -> bool:
        return self._chance[name].random() < share


class Link:
    """Two devices and the two directions between them."""

    def __init__(self) -> None:
        ends = (_open_device(), _open_device())
        self.devices = [name for name, _ in ends]
        self._here, self._far = [file for _, file in ends]
        self._ways = {"ab": Direction("ab"), "ba": Direction("ba")}

    def obey(self, told: dict[str, Any]) -> None:
        for name, way in self._ways.items():
            if "seed" in told:
                way.restart(f"{told['seed']}/{name}")
            way.change(told.get(name, {}))

    def run(self) -> None:
        """Until standard input ends."""
        there, back = self._ways.values()
        here, far = self._here, self._far
        while True:
            now = time.monotonic()
            patience = max(0.0, min(there.next_due(), back.next_due(), now + 1) - now)
            ready, _, _ = select.select([here, far, _COMMANDS], [], [], patience)
            now = time.monotonic()
            if _COMMANDS in ready:
                if not (line := sys.stdin.buffer.readline()):
                    return
                self.obey(json.loads(line))
                print("done", flush=True)
            for source, way, target in ((here, there, far), (far, back, here)):
                if source in ready:
                    _take(source, way, now)
                _give(way, target, time.monotonic())


def _take(source: int, way: Direction, now: float) -> None:
    try:
        for _ in range(_BATCH):
            way.handle(os.read(source, 65536), now)
    except BlockingIOError:
        pass


def _give(way: Direction, target: int, now: float) -> None:
    while packet := way.poll(now):
        os.write(target, packet)


def _open_device() -> tuple[str, int]:
    """A new TUN device: its name, and the file through which its packets go."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    asked = struct.pack("16sH22x", b"rig%d", _IFF_TUN | _IFF_NO_PI)
    given = fcntl.ioctl(file, _TUNSETIFF, asked)
    return given[:16].rstrip(b"\0").decode(), file


def _is_udp(packet: bytes) -> bool:
    """Of IPv4; the rig's namespaces have no IPv6."""
    return packet[0] >> 4 == 4 and packet[9] == _UDP


_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
"""linux/if_tun.h"""
_UDP = 17
_BATCH = 64
_COMMANDS = 0
"""Standard input."""


if __name__ == "__main__":
    # What waits for the processor here would count as delay of the link.
    os.nice(-10)
    link = Link()
    print(*link.devices, flush=True)
    link.run()
