"""What Prometheus is told: figures of this server and of nobody in it.

Text exposition format 0.0.4. Labels hold codes and numbers only: no name, address, room or token.
"""

import asyncio
import os
import time
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from livekit.protocol import models
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

import visio
from sfu import Sfu, ThreadUse
from visio import clock, quality
from visio.hub import Hub, LiveRoom
from visio.outbox import Held
from visio.store.talkspurts import Backlog


class Metrics:
    """What is counted while it happens; the rest is read when somebody asks (`collectors`)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._joins = Counter(
            "visio_joins", "Connections to the signalling.", ["outcome"], registry=self.registry
        )
        self._refusals = Counter(
            "visio_refusals", "Requests refused, by code.", ["code"], registry=self.registry
        )
        self._lag = Histogram(
            "visio_event_loop_lag_seconds",
            "How late the event loop woke up who asked for it.",
            buckets=_LAGS,
            registry=self.registry,
        )

    def note_join(self, outcome: str) -> None:
        """Somebody "joined", "resumed" or "tested" only, or had nothing to resume ("sent_away")."""
        self._joins.labels(outcome).inc()

    def note_refused_join(self, status: int) -> None:
        """Somebody was kept out, with that status."""
        self.note_join(HTTPStatus(status).phrase.lower().replace(" ", "_"))

    def note_refusal(self, code: str) -> None:
        """A request was refused; `code` is that of a `Refusal`."""
        self._refusals.labels(code).inc()

    async def watch_lag(self) -> None:
        """Measure the event loop for ever."""
        while True:
            due = time.monotonic() + _LAG_EVERY
            await asyncio.sleep(_LAG_EVERY)
            self._lag.observe(max(0.0, time.monotonic() - due))


METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)


class Collected(Collector):
    """Families that were read for one answer."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._families


def server() -> Iterator[Metric]:
    """Which version this is, and what its threads cost."""
    build = GaugeMetricFamily("visio_build_info", "Always 1.", labels=["version"])
    build.add_metric([visio.__version__], 1)
    yield build
    words = "How far the host's clock is ahead of ours, which follows it slowly."
    yield _gauge("visio_clock_offset_seconds", words, clock.now.off)
    spent = CounterMetricFamily(
        "visio_thread_cpu_seconds", "Processor time by name of thread.", labels=["thread"]
    )
    for name, seconds in sorted(_processor_time().items()):
        spent.add_metric([name], seconds)
    yield spent


def meetings(hub: Hub) -> Iterator[Metric]:
    """What runs now."""
    running = [live for live in hub.all_open() if live.room.participants]
    yield _gauge("visio_meetings", "Rooms with people in them.", len(running))
    by_quality = GaugeMetricFamily(
        "visio_participants", "People in meetings, by connection quality.", labels=["quality"]
    )
    for grade, number in _grades(running).items():
        by_quality.add_metric([grade], number)
    yield by_quality
    tracks = GaugeMetricFamily("visio_tracks", "Tracks that are published.", labels=["kind"])
    for kind, number in _kinds(running).items():
        tracks.add_metric([kind], number)
    yield tracks


def media(sfu: Sfu) -> Iterator[Metric]:
    """What the media threads have to do, and did since the start."""
    threads = sfu.threads()
    for name, words in (("rooms", "Rooms"), ("peers", "Clients")):
        family = GaugeMetricFamily(
            f"visio_media_thread_{name}", f"{words} of each media thread.", labels=["port"]
        )
        for thread in threads:
            family.add_metric([str(thread.port)], getattr(thread, name))
        yield family
    yield from _totals(threads)
    yield _estimates(sfu.estimates())


def queue(backlog: Backlog) -> Iterator[Metric]:
    """How far transcription is behind."""
    name = "visio_transcription"
    yield _gauge(f"{name}_waiting", "Talkspurts that wait for a worker.", backlog.waiting)
    yield _gauge(f"{name}_lag_seconds", "How long the oldest has waited.", backlog.lag / 1000)
    if backlog.real_time_factor is not None:
        words = "Seconds of work for one of speech, in the last hour."
        yield _gauge(f"{name}_real_time_factor", words, backlog.real_time_factor)


def spool(held: Held) -> Iterator[Metric]:
    """What was said and waits here for the database."""
    name = "visio_transcription"
    words = "Talkspurts that wait for the database on this server."
    yield _gauge(f"{name}_held", words, held.talkspurts)
    yield _gauge(f"{name}_held_bytes", "Bytes of those.", held.bytes)
    yield _gauge(f"{name}_disk_full", "1 while the disk takes no more of them.", held.full)
    lost = CounterMetricFamily(f"{name}_lost", "Talkspurts lost for good.")
    lost.add_metric([], held.lost)
    yield lost


def database(seconds: float | None) -> Iterator[Metric]:
    """Whether it answers: `seconds` is what it took, None where it did not."""
    yield _gauge("visio_database_up", "1 while the database answers.", seconds is not None)
    if seconds is not None:
        yield _gauge("visio_database_seconds", "What the last answer took.", seconds)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=float(value))


def _grades(rooms: Iterable[LiveRoom]) -> dict[str, int]:
    grades = dict.fromkeys(("connecting", *_GRADES.values()), 0)
    for live in rooms:
        for one in live.room.participants.values():
            grades[_GRADES[quality.grade(one.score)] if one.active else "connecting"] += 1
    return grades


def _kinds(rooms: Iterable[LiveRoom]) -> dict[str, int]:
    kinds = {"audio": 0, "video": 0}
    for live in rooms:
        for one in live.room.participants.values():
            for track in one.tracks.values():
                kinds["video" if track.info.type == models.VIDEO else "audio"] += 1
    return kinds


def _totals(threads: Iterable[ThreadUse]) -> Iterator[Metric]:
    """The core's totals; its reasons for dropping a packet are one family."""
    families: dict[str, CounterMetricFamily] = {}
    for thread in threads:
        for key, total in thread.counters.items():
            name, reason = ("dropped", key[5:]) if key.startswith("drop_") else (key, "")
            if name not in families:
                labels = ["port", "reason"] if reason else ["port"]
                words = f"{name.replace('_', ' ').capitalize()}, of each media thread."
                families[name] = CounterMetricFamily(f"visio_media_{name}", words, labels=labels)
            families[name].add_metric([str(thread.port), *filter(None, [reason])], total)
    yield from families.values()


def _estimates(bitrates: Iterable[int]) -> Metric:
    """How many clients have how little room: of those that nothing holds back nothing is known."""
    found = list(bitrates)
    family = GaugeHistogramMetricFamily(
        "visio_media_estimate_bits_per_second", "What is estimated to fit on the way to clients."
    )
    buckets = [(f"{bound:.0f}", float(sum(one <= bound for one in found))) for bound in _BITRATES]
    family.add_metric([], [*buckets, ("+Inf", float(len(found)))], gsum_value=float(sum(found)))
    return family


def _processor_time() -> dict[str, float]:
    """Seconds of user and system time since the start, by name of thread; Linux's proc(5)."""
    spent: Tally[str] = Tally()
    for task in Path("/proc/self/task").iterdir():
        try:
            name, _, rest = (task / "stat").read_text().partition(" (")[2].rpartition(") ")
        except OSError:  # it has ended meanwhile
            continue
        user, system = rest.split()[11:13]
        spent[name] += int(user) + int(system)
    return {name: ticks / _TICKS for name, ticks in spent.items()}


_GRADES: dict[models.ConnectionQuality, str] = {
    models.EXCELLENT: "excellent",
    models.GOOD: "good",
    models.POOR: "poor",
    models.LOST: "lost",
}
_LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
# Seconds between looks: more misses short stalls, less is work that nobody asked for.
_LAG_EVERY = 0.25
_BITRATES = (100e3, 250e3, 500e3, 1e6, 2e6, 4e6, 8e6)
_TICKS = os.sysconf("SC_CLK_TCK")
