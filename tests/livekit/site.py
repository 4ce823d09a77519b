"""A signalling server with its real media, database and speech, on free ports."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import ClientSession, web

from sfu import Sfu
from visio import livekit
from visio.app import make_runner
from visio.auth import tokens
from visio.auth.tokens import Claims, Grants
from visio.chat import CHAT, Chat
from visio.hub import HUB, Hub, left_unfinished, wall_clock
from visio.live import Live
from visio.metrics import METRICS, Metrics
from visio.revocation import REVOCATION, Revocation
from visio.speech import Speech
from visio.store import audit, models, rooms
from visio.store.audit import Author, Deed
from visio.store.database import Database
from visio.store.sealing import Keyring

KEYS = {"visio": "v" * 40, "bots": "b" * 40}
"""API key → secret: our own, and one of a LiveKit program."""


@dataclass
class Site:
    """What tests may look at; `address` is host and port of the signalling."""

    hub: Hub
    media: Sfu
    database: Database
    keyring: Keyring
    address: tuple[str, int]
    http: ClientSession
    runner: web.AppRunner
    woken: asyncio.Event
    """Set when there is work for the speech worker."""

    @property
    def url(self) -> str:
        return "ws://{}:{}".format(*self.address)

    def token(
        self, identity: str, room: str = "bots-only", key: str = "bots", **more: object
    ) -> str:
        """An access token that allows everything a participant may."""
        grants: dict[str, object] = {
            "room": room,
            "room_join": True,
            "can_update_own_metadata": True,
        }
        claims: dict[str, object] = {"name": identity.title()}
        for name, value in more.items():
            (claims if name in Claims.__dataclass_fields__ else grants)[name] = value
        return tokens.issue(
            KEYS,
            Claims(identity, Grants(**grants), key=key, **claims),  # type: ignore[arg-type]
            ttl=timedelta(minutes=1),
            now=wall_clock(),
        )

    async def make_room(self, slug: str) -> models.Room:
        """A product room, with an owner."""
        async with self.database.transaction() as session:
            owner = models.Account(
                email=f"{slug}@example.org",
                name="Owner",
                password_hash="-",
                must_change_password=False,
            )
            session.add(owner)
            await session.flush()
            room = models.Room(slug=slug, title="Conseil", access="public", owner_id=owner.id)
            return await rooms.add(session, room)


@asynccontextmanager
async def running_site(
    database: Database,
    *,
    host: str = "127.0.0.1",
    announced: Sequence[str] = (),
    tcp_port: int | None = None,
    threads: int = 2,
    turn: livekit.Turn | None = None,
) -> AsyncIterator[Site]:
    """Everything `visio.livekit` needs, served as the product serves it; media come to `host`.

    Clients are told to send them to `announced`, at the port of the media server.
    """
    keyring = Keyring(bytes(range(32)))
    media = await Sfu.open(
        host=host, port=0, tcp_port=tcp_port, announced=announced, threads=threads
    )
    woken = asyncio.Event()
    spool = TemporaryDirectory()
    speech = Speech(database, keyring, woken.set, Path(spool.name), Live())
    speech.open()
    app = web.Application()
    leftovers = await left_unfinished(database)
    app[HUB] = hub = Hub(media, database, keyring, speech, leftovers=leftovers)
    app[METRICS] = Metrics()
    app[CHAT] = Chat(database, keyring, wall_clock)
    app[REVOCATION] = Revocation(database, hub)
    app[livekit.SIGNING_KEYS] = KEYS
    app[livekit.TURN] = turn or livekit.Turn()
    app[livekit.NOTE] = partial(_note, database)
    livekit.add_routes(app)
    runner = make_runner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as http:
        yield Site(hub, media, database, keyring, runner.addresses[0][:2], http, runner, woken)
    await hub.close()
    await runner.cleanup()
    await speech.close()
    spool.cleanup()
    await media.close()


async def _note(database: Database, _request: web.Request, key: str, deed: Deed) -> None:
    async with database.transaction() as session:
        await audit.append(session, Author("key", key), deed)


@dataclass
class Cable:
    """A TCP relay in front of a server, which can be cut."""

    address: tuple[str, int]
    port: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Reset every connection; new ones are let through."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self.address)
        self._writers += [writer, far_writer]
        for source, target in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(_copy(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


@asynccontextmanager
async def laid_cable(address: tuple[str, int]) -> AsyncIterator[Cable]:
    """A cable to a server; cut at the end."""
    cable = Cable(address)
    server = await asyncio.start_server(cable.relay, "127.0.0.1", 0)
    cable.port = server.sockets[0].getsockname()[1]
    try:
        yield cable
    finally:
        server.close()
        cable.cut()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
