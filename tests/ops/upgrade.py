"""N → N+1 → N while people meet: the program and the schema change under them, both ways.

N+1 is this tree. N is the last release, by its tag; where there is none, the newest commit with an
older schema: a program that people ran, with the tables that it knew.
"""

import asyncio
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from livekit import api, rtc

from tests.browser.server import TREE, Server, running_server
from tests.livekit.caller import RATE, Caller, called
from tests.processes import free_ports
from visio.store import schema


class Unavailable(Exception):  # noqa: N818 - nothing is wrong with what is tested
    """Why there is no N here."""


@dataclass(frozen=True, slots=True)
class Release:
    """A program that can be started, and the schema it knows."""

    name: str
    tree: Path
    revision: str

    @property
    def settings(self) -> dict[str, str]:
        """How long meetings may go on, where it knows that."""
        knows = "drain_seconds" in (self.tree / "visio/config.py").read_text()
        return {"VISIO_DRAIN_SECONDS": str(_DRAIN)} if knows else {}


@dataclass(frozen=True, slots=True)
class Move:
    """From one release to another: until it answered, and the longest that anybody heard nothing
    (seconds); `others` is whom each of them saw then."""

    to: str
    revision: str
    ready: float
    silence: float
    others: dict[str, list[str]]


def this() -> Release:
    return Release("N+1", TREE, schema.revisions()[-1])


def earlier(folder: Path) -> Release:
    """N, unpacked into `folder`; raises Unavailable where the history does not reach so far."""
    commit = _earlier_commit()
    if _git("diff", "--name-only", commit, "HEAD", "--", "sfu/core"):
        raise Unavailable(f"the packet engine of {commit[:9]} is another, and is not built here")
    archive = subprocess.run(
        ["git", "archive", commit], cwd=TREE, check=True, stdout=subprocess.PIPE
    ).stdout
    folder.mkdir()
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
    for built in (TREE / "sfu").glob("_core*.so"):
        shutil.copy(built, folder / "sfu")
    shutil.copytree(TREE / "visio/web/dist", folder / "visio/web/dist")
    newest = max(folder.glob("migrations/versions/[0-9]*.py"))
    return Release("N", folder, newest.name.partition("_")[0])


async def moves(folder: Path, url: str) -> list[Move]:
    """Two people talk on N, on N+1, and on N again, in the database at `url`, which is empty.

    Raises Unavailable, and fails where somebody does not come back by themselves.
    """
    before, after = earlier(folder / "before"), this()
    await schema.upgrade(url, before.revision)
    first, second = free_ports(2)
    house = _House(folder / "data", url, (first, second))
    with house.life:
        address = await house.start(before)
        async with called(address, _token("ada"), _token("bob")) as callers:
            listeners = [_Listener(one) for one in callers]
            for caller, hertz in zip(callers, (440, 660), strict=True):
                await caller.speak(hertz)
            await _all_hear(listeners)
            return [await _move(house, listeners, to) for to in (after, before)]


@dataclass
class _House:
    """One server at a time, always at the same address."""

    folder: Path
    url: str
    ports: tuple[int, int]
    server: Server | None = None
    life: ExitStack = field(default_factory=ExitStack)

    async def start(self, release: Release) -> str:
        """Its address, once it answers: it brings the schema up to its own."""
        running = running_server(
            self.folder,
            self.url,
            ports=self.ports,
            tree=release.tree,
            patience=_PATIENCE,
            VISIO_MEDIA_HOST="127.0.0.1",
            VISIO_LIVEKIT_KEYS=f'{{"ops": "{_SECRET}"}}',
            **release.settings,
        )
        self.server = await asyncio.to_thread(self.life.enter_context, running)
        return self.server.url.replace("http", "ws", 1)

    async def stop(self) -> None:
        """As systemd does; whoever is inside at the deadline is told to come back."""
        assert self.server
        self.server.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(self.server.process.wait, _PATIENCE) == 0


class _Listener:
    """Whether somebody hears another, and how long they heard nothing."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.silence = 0.0
        self.hears = asyncio.Event()
        self._last = time.monotonic()
        self._reading: set[asyncio.Task[None]] = set()
        caller.room.on("track_subscribed", self._listen)

    @property
    def others(self) -> list[str]:
        return sorted(one.identity for one in self.caller.room.remote_participants.values())

    def restart(self) -> None:
        """Measure anew."""
        self.silence, self._last = 0.0, time.monotonic()
        self.hears.clear()

    def _listen(self, track: rtc.Track, *_: object) -> None:
        reading = asyncio.create_task(self._read(track))
        self._reading.add(reading)
        reading.add_done_callback(self._reading.discard)

    async def _read(self, track: rtc.Track) -> None:
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            if np.abs(np.frombuffer(event.frame.data, dtype=np.int16)).max() > _LOUD:
                now = time.monotonic()
                self.silence, self._last = max(self.silence, now - self._last), now
                self.hears.set()


async def _move(house: _House, listeners: list[_Listener], to: Release) -> Move:
    for one in listeners:
        one.restart()
    await house.stop()
    for one in listeners:  # what was heard until then is no return
        one.hears.clear()
    stopped = time.monotonic()
    if to.revision != schema.revisions()[-1]:
        await schema.downgrade(house.url, to.revision)
    await house.start(to)
    ready = time.monotonic() - stopped
    await _all_hear(listeners)
    revision = await schema.revision(house.url)
    assert revision == to.revision
    return Move(
        to.name,
        revision,
        round(ready, 1),
        round(max(one.silence for one in listeners), 1),
        {one.caller.me.identity: one.others for one in listeners},
    )


async def _all_hear(listeners: list[_Listener]) -> None:
    async with asyncio.timeout(_PATIENCE):
        await asyncio.gather(*(one.hears.wait() for one in listeners))


def _earlier_commit() -> str:
    """Raises Unavailable."""
    if tag := _git("describe", "--tags", "--abbrev=0"):
        return _git("rev-parse", f"{tag}^{{commit}}")
    newest = f"migrations/versions/{schema.revisions()[-1]}_*.py"
    added = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", newest)
    commit = added and _git("rev-parse", "--verify", "--quiet", f"{added}^")
    if not commit:
        raise Unavailable("the history here has no release, and no commit with an older schema")
    return commit


def _git(*words: str) -> str:
    """What it prints; nothing where it fails."""
    done = subprocess.run(["git", *words], cwd=TREE, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def _token(identity: str) -> str:
    grants = api.VideoGrants(room_join=True, room="council")
    return api.AccessToken("ops", _SECRET).with_identity(identity).with_grants(grants).to_jwt()


_SECRET = "a secret of 32 bytes or more for tests of ops"
# Seconds that meetings may go on when a server is asked to end.
_DRAIN = 1
# Seconds until whoever is waited for is given up.
_PATIENCE = 300.0
_LOUD = 1000
