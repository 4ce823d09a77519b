"""CPU per forwarded packet of our SFU beside a forwarder of aiortc's building blocks.

Both run in a process of their own under the same load, one after the other: ICE, DTLS, SRTP
AES-GCM, 1,200-byte packets in bursts of 9, ten bursts a second of each publisher. CPU is that of
the server process, all threads, in microseconds per packet that arrived. Ends with status 1 when
less than 99 % arrived, because then the figures mean nothing.
"""

import asyncio
import sys
from dataclasses import dataclass

from benchmarks.load import FRAMES_PER_SECOND, Counting, Publisher, Receiver, play
from benchmarks.signalling import Remote

SHAPES = ((1, 10), (10, 10))
SERVERS = {"sfu": "benchmarks.ours", "aiortc blocks": "benchmarks.aiortc_forwarder"}
WARM_UP = 1
SECONDS = 5
LEAST_DELIVERED = 0.99


@dataclass(frozen=True)
class Figure:
    """One run: packets that should have arrived and did, and the CPU seconds that it took."""

    expected: int
    delivered: int
    cpu: float

    @property
    def microseconds(self) -> float:
        return self.cpu * 1e6 / max(1, self.delivered)

    @property
    def share(self) -> float:
        return self.delivered / self.expected


async def measure(module: str, publishers: int, receivers: int) -> Figure:
    """Run one server under one shape of load."""
    server = await Remote.start(module)
    frames = (WARM_UP + SECONDS) * FRAMES_PER_SECOND
    sending = [await Publisher.join(server, number, frames) for number in range(publishers)]
    counting = [
        await Receiver.join(server, publishers + number, publishers) for number in range(receivers)
    ]
    with Counting(counting):
        await play(sending, range(WARM_UP * FRAMES_PER_SECOND))
        await asyncio.sleep(SETTLE)
        sent = sum(publisher.sent for publisher in sending)
        arrived = sum(receiver.received for receiver in counting)
        cpu = await server.cpu()
        await play(sending, range(WARM_UP * FRAMES_PER_SECOND, frames))
        await asyncio.sleep(SETTLE)
        cpu = await server.cpu() - cpu
    if not all(receiver.intact for receiver in counting):
        raise ValueError(f"{module} forwarded something else than it was sent.")
    figure = Figure(
        expected=(sum(publisher.sent for publisher in sending) - sent) * receivers,
        delivered=sum(receiver.received for receiver in counting) - arrived,
        cpu=cpu,
    )
    for publisher in sending:
        publisher.close()
    for receiver in counting:
        receiver.close()
    await server.stop()
    return figure


async def main() -> int:
    print(
        f"{'publishers → receivers':<24}{'server':<16}{'µs/packet':>10}{'arrived':>10}{'ratio':>8}"
    )
    honest = True
    for shape in SHAPES:
        ours = 0.0
        for name, module in SERVERS.items():
            figure = await measure(module, *shape)
            ours = ours or figure.microseconds
            honest &= figure.share >= LEAST_DELIVERED
            print(
                f"{f'{shape[0]} → {shape[1]}':<24}{name:<16}{figure.microseconds:>10.2f}"
                f"{figure.share:>9.2%}{figure.microseconds / ours:>8.1f}",
                flush=True,
            )
    if not honest:
        print(f"Less than {LEAST_DELIVERED:.0%} arrived: these figures mean nothing.")
    return 0 if honest else 1


SETTLE = 0.5
"""Seconds for the last packets to arrive."""

if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
