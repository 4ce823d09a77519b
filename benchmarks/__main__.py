"""CPU per forwarded packet, added latency and memory of our SFU, beside what bounds them.

Everything runs as a server in a process of its own under the same clients (`benchmarks/sfu`), one
server after the other: whole str0m endpoints, an independent WebRTC stack, that do ICE, DTLS, SRTP
with AES-GCM, reports, NACKs and transport-wide feedback, each on a socket of its own, all in one
thread. The server has one processor, the clients another. CPU is that of the server process, all
threads, in microseconds per packet that arrived, whatever else it did meanwhile.

- video: 20 publishers, 30 frames a second of 9 packets of about 1,200 bytes, sized as libwebrtc
  sizes them, each frame in one `sendmmsg`; 10 receivers of everything.
- the floor: a bare loop under the same load: opens each packet once, protects it for each receiver
  with ring's AES-128-GCM, sends runs of equal sizes by UDP GSO; nothing else.
- aiortc's parts: a forwarder made of them, with four publishers, which is nearly all it can carry;
  ours under that load, too, for the ratio, which is ours over theirs.
- latency: from just before a frame is handed to the kernel until the kernel has the forwarded
  packet for the receiver, so that the clients' own slowness does not count. "Stalled": while the
  server's event loop computes for 50 ms of every 100.
- audio: one publisher, 120 bytes 50 times a second, to 1,000 receivers.
- growth: 300 frames a second from 1, 10 and 100 publishers to 10 receivers, which makes 10, 100 and
  1,000 subscriptions of the same number of packets; of the last two the one that differs more from
  the first, over the first. Memory is what the process grew by when the receivers of the 1,000
  joined, their own connections included.
- threads: two rooms of 10 publishers and 10 receivers, on one media thread, then on two; here the
  server has both processors, one of them with the clients. CPU per packet, two over one.

Ends with status 1 and a sentence for each when packets were lost, when a yardstick is slower than
`YARDSTICKS` says, or when a bound is missed.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

BENCH = "benchmarks/sfu/target/release/visio-bench"
OURS = (sys.executable, "-m", "benchmarks.ours")
AIORTC = (sys.executable, "-m", "benchmarks.aiortc_forwarder")
FLOOR = (BENCH, "floor")


@dataclass(frozen=True)
class Shape:
    """A load: `rate` bursts a second of each publisher, each phase that many seconds."""

    publishers: int
    receivers: int
    rate: float
    media: str = "video"
    rooms: int = 1
    seconds: int = 5
    stalled: bool = False
    server_processors: tuple[int, ...] = (0,)
    load_processors: tuple[int, ...] = (1,)


@dataclass
class Run:
    """The figures of runs, printed as they come, and what is wrong with them."""

    faults: list[str] = field(default_factory=list)

    def measure(self, name: str, server: str, command: tuple[str, ...], shape: Shape) -> Any:
        """Run one server under one load; returns what `visio-bench load` prints."""
        done = subprocess.run(
            [BENCH, "load", json.dumps(asdict(shape)), "--", *command],
            stdout=subprocess.PIPE,
            check=True,
        )
        figures = json.loads(done.stdout)
        if figures["corrupt"]:
            self.faults.append(f"{name}, {server}: packets were not what was sent.")
        for phase in ("calm", "stalled"):
            if phase in figures:
                self._report(f"{name}{', stalled' * (phase == 'stalled')}", server, figures[phase])
        return figures

    def _report(self, name: str, server: str, phase: dict[str, float]) -> None:
        print(
            f"{name:<28}{server:<8}{phase['us_per_packet']:>10.2f}{phase['latency_p50_us']:>9.0f}"
            f"{phase['latency_p99_us']:>9.0f}{phase['delivered']:>10.2%}",
            flush=True,
        )
        if phase["delivered"] < LEAST_DELIVERED:
            self.faults.append(f"{name}, {server}: only {phase['delivered']:.2%} arrived.")
        if phase["pace"] < LEAST_PACE:
            self.faults.append(
                f"{name}, {server}: the clients sent at {phase['pace']:.0%} of the wanted rate."
            )


def main() -> int:
    print(
        f"{'load':<28}{'server':<8}{'µs/packet':>10}{'p50 µs':>9}{'p99 µs':>9}{'arrived':>10}",
        flush=True,
    )
    run = Run()
    try:
        figures = {**_video(run), **_audio(run), **_growth(run), **_threads(run)}
    except subprocess.CalledProcessError:
        print("The run above, which says why, could not be finished.")
        return 1
    faults = [*run.faults, *_slow_yardsticks(figures), *_missed_bounds(figures)]
    for fault in faults:
        print(fault)
    print(json.dumps({key: round(figures[key], 3) for key in REPORTED}))
    return 1 if faults else 0


def _video(run: Run) -> dict[str, float]:
    floors, ours = [], []
    for _ in range(ROUNDS):
        floors.append(run.measure("video 20 → 10", "floor", FLOOR, VIDEO)["calm"])
        ours.append(run.measure("video 20 → 10", "ours", OURS, VIDEO_STALLED))
    aiortc = run.measure("video 4 → 10", "aiortc", AIORTC, SMALL_VIDEO)["calm"]["us_per_packet"]
    small = run.measure("video 4 → 10", "ours", OURS, SMALL_VIDEO)["calm"]["us_per_packet"]
    floor = statistics.median(one["us_per_packet"] for one in floors)

    def median(phase: str, key: str) -> float:
        return float(statistics.median(one[phase][key] for one in ours))

    return {
        "us_per_packet": median("calm", "us_per_packet"),
        "floor_us": floor,
        "aiortc_us": aiortc,
        "ratio_floor": median("calm", "us_per_packet") / floor,
        "ratio_aiortc": small / aiortc,
        "latency_p50_us": median("calm", "latency_p50_us"),
        "latency_p99_us": median("calm", "latency_p99_us"),
        "latency_p99_stalled_us": median("stalled", "latency_p99_us"),
    }


def _audio(run: Run) -> dict[str, float]:
    figures = run.measure("audio 1 → 1,000", "ours", OURS, AUDIO)
    return {"audio_1000_us": figures["calm"]["us_per_packet"]}


def _growth(run: Run) -> dict[str, float]:
    """How CPU per packet changes over the sizes: the value furthest from the first, beside it."""
    runs = [
        run.measure(f"{publishers * 10:,} subscriptions", "ours", OURS, _spread(publishers))
        for publishers in (1, 10, 100)
    ]
    costs = [figures["calm"]["us_per_packet"] for figures in runs]
    return {
        "growth": max((cost / costs[0] for cost in costs), key=lambda ratio: abs(ratio - 1)),
        "kib_per_subscription": runs[-1]["kib_per_subscription"],
    }


def _threads(run: Run) -> dict[str, float]:
    """CPU per packet with two media threads over that with one."""
    one, two = (
        statistics.median(
            run.measure(f"two rooms, {count} threads", "ours", (*OURS, str(count)), ROOMS)["calm"][
                "us_per_packet"
            ]
            for _ in range(2)
        )
        for count in (1, 2)
    )
    return {"threads_cost_ratio": two / one}


def _spread(publishers: int) -> Shape:
    return Shape(publishers, 10, 300 / publishers)


def _slow_yardsticks(figures: dict[str, float]) -> Iterator[str]:
    for key, known in YARDSTICKS.items():
        if figures[key] > known * 1.5:
            yield f"{key} is {figures[key]:.2f}, more than half above {known}: no yardstick."


def _missed_bounds(figures: dict[str, float]) -> Iterator[str]:
    for key, (least, most) in BOUNDS.items():
        if not least <= figures[key] <= most:
            yield f"{key} is {figures[key]:.3g}, the target is {least:g} to {most:.3g}."


VIDEO = Shape(20, 10, 30)
VIDEO_STALLED = Shape(20, 10, 30, stalled=True)
SMALL_VIDEO = Shape(4, 10, 30)
AUDIO = Shape(1, 1000, 50, media="audio")

ROOMS = Shape(20, 20, 30, rooms=2, server_processors=(0, 1))

ROUNDS = 3
"""Times that the floor and ours are measured in turn; the median counts."""

LEAST_DELIVERED = 0.99

LEAST_PACE = 0.95
"""Below, the clients were slower than the load that they stand for."""

YARDSTICKS = {"floor_us": 2.8, "aiortc_us": 27.4}
"""What the two cost where the targets were set, in µs per packet: a slower one proves nothing."""

BOUNDS = {
    "ratio_floor": (0, 1.5),
    "ratio_aiortc": (0, 1 / 6),
    "latency_p50_us": (0, 500),
    "latency_p99_us": (0, 5000),
    "latency_p99_stalled_us": (0, 5000),
    "growth": (0.8, 1.2),
    "threads_cost_ratio": (0, 1.1),
    "kib_per_subscription": (0, 64),
}

REPORTED = (
    "us_per_packet",
    "floor_us",
    "ratio_floor",
    "ratio_aiortc",
    "latency_p50_us",
    "latency_p99_us",
    "latency_p99_stalled_us",
    "audio_1000_us",
    "growth",
    "threads_cost_ratio",
    "kib_per_subscription",
)

if __name__ == "__main__":
    sys.exit(main())
