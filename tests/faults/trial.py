"""`kill -9` of server, worker and PostgreSQL in turn under load; then the ledger is compared."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.browser.server import Server, running_server
from tests.databases import Postgres, opened, running_postgres
from tests.faults.ledger import Ledger, Verdict
from tests.faults.load import AUDIT, CHANGE, MESSAGE, ROOM, STAY, Load
from tests.faults.speech import UTTERANCE, Speaker
from tests.processes import Running, free_ports
from visio.auth import sessions
from visio.config import load, read_master_key
from visio.local import account_id
from visio.store import accounts, talkspurts
from visio.store.acts import Act
from visio.store.models import AuditEntry, ChatMessage, Meeting, Participant, wall_clock
from visio.store.models import Room as RoomRow
from visio.store.sealing import Keyring

TREE = Path(__file__).parents[2]
VICTIMS = ("server", "worker", "PostgreSQL")


@dataclass
class House:
    """All that is killed, and what it stands on."""

    folder: Path
    postgres: Postgres
    url: str
    speech_url: str
    ports: tuple[int, int]
    server: Server | None = None
    worker: subprocess.Popen[str] | None = None
    _server_life: ExitStack = field(default_factory=ExitStack)
    _worker_life: ExitStack = field(default_factory=ExitStack)

    def start_server(self) -> None:
        """Return when it answers."""
        self._server_life = ExitStack()
        running = running_server(
            self.folder / "data", self.url, ports=self.ports, VISIO_MEDIA_HOST="127.0.0.1"
        )
        self.server = self._server_life.enter_context(running)

    def start_worker(self) -> None:
        """Return when it looks for work."""
        self._worker_life = ExitStack()
        command = [sys.executable, "-m", "tests.faults.worker", self.speech_url]
        self.worker = subprocess.Popen(
            command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._worker_life.enter_context(Running(self.worker)).line("ready", timeout=90)

    async def kill(self, victim: str) -> None:
        """And start it again."""
        await {
            "server": self._kill_server,
            "worker": self._kill_worker,
            "PostgreSQL": self._kill_postgres,
        }[victim]()

    def close(self) -> None:
        """End what runs."""
        self._worker_life.close()
        self._server_life.close()

    async def _kill_server(self) -> None:
        assert self.server
        self.server.process.kill()
        await asyncio.to_thread(self._server_life.close)
        await asyncio.to_thread(self.start_server)

    async def _kill_worker(self) -> None:
        """What it held is freed, as `visio.worker` does for its child."""
        assert self.worker
        self.worker.kill()
        await asyncio.to_thread(self._worker_life.close)
        async with opened(self.speech_url) as database, database.transaction() as session:
            now = await talkspurts.clock(session)
            await talkspurts.release(session, f"parrot-{self.worker.pid}", now, blamed=False)
        await asyncio.to_thread(self.start_worker)

    async def _kill_postgres(self) -> None:
        await asyncio.to_thread(self.postgres.kill)
        await asyncio.to_thread(self.postgres.start)


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[House]:
    """A house on a PostgreSQL that keeps what it acknowledged; its server and worker run."""
    with running_postgres(folder / "s", durable=True) as postgres:
        first, second = free_ports(2)
        urls = await postgres.fresh(), await postgres.fresh()
        house = House(folder, postgres, *urls, (first, second))
        try:
            await asyncio.to_thread(house.start_server)
            await asyncio.to_thread(house.start_worker)
            yield house
        finally:
            await asyncio.to_thread(house.close)


async def attempt(folder: Path, kills: int, facts: int, seed: int = 1) -> dict[str, Verdict]:
    """So many kills, evenly among so many acknowledged facts or a little more."""
    ledger, dice = Ledger(), random.Random(seed)  # noqa: S311 - to be repeated
    async with standing(folder) as house, AsyncExitStack() as stack:
        assert house.server
        cookie, slugs = await furnish(house.server)
        load = Load(ledger, house.server.url, cookie, slugs)
        speaker = await stack.enter_async_context(
            Speaker.speaking(ledger, house.speech_url, folder)
        )
        busy = asyncio.gather(load.run(_PEOPLE), speaker.run())
        stack.callback(busy.cancel)
        for number in range(kills):
            until = facts * (number + dice.random()) / kills
            await grown(ledger, until, busy)
            await house.kill(VICTIMS[number % len(VICTIMS)])
        await grown(ledger, facts, busy)
        load.over.set()
        speaker.over.set()
        await busy
        await speaker.settled()
        return ledger.compare(await found(house))


async def grown(ledger: Ledger, facts: float, busy: "asyncio.Future[Any]") -> None:
    """Wait until so many are acknowledged; what goes wrong in the load is raised."""
    while ledger.facts < facts:
        if busy.done():
            await busy
        await asyncio.sleep(_LOOK)


async def furnish(server: Server) -> tuple[str, list[str]]:
    """An account's session, and rooms whose chat is kept."""
    email = "ada@example.org"
    await asyncio.to_thread(server.add_account, email, "Ada")
    slugs = [await asyncio.to_thread(server.add_room, "Conseil", email) for _ in range(_ROOMS)]
    async with opened(server.settings["VISIO_DATABASE_URL"]) as database:
        ada = await account_id(database, email)
        async with database.transaction() as session:
            for room in (await session.scalars(select(RoomRow))).all():
                room.chat_kept = True
            await accounts.set_password(session, ada, "-", must_change=False)
        return await sessions.open_session(database, ada, wall_clock()), slugs


async def found(house: House) -> dict[str, list[str]]:
    """What is there, by kind."""
    options = {"demo": True, "data_dir": house.folder / "data"}
    keyring = Keyring(read_master_key(load(options=options)))
    async with opened(house.url) as database, database.transaction() as session:
        rooms = dict(list(await session.execute(select(RoomRow.id, RoomRow.title))))
        keys = {
            name: keyring.unwrap(wrapped)
            for name, wrapped in await session.execute(select(Meeting.id, Meeting.wrapped_key))
        }
        messages = (await session.scalars(select(ChatMessage))).all()
        stays = list(await session.scalars(select(Participant.identity)))
        entries = (await session.execute(select(AuditEntry.act, AuditEntry.object))).all()
    made = [title for title in rooms.values() if title != "Conseil"]
    return {
        ROOM: made,
        AUDIT: [rooms[name] for act, name in entries if act == Act.ROOM_CREATED and name in rooms],
        CHANGE: [rooms[name] for act, name in entries if act == Act.ROOM_CHANGED and name in rooms],
        STAY: stays,
        MESSAGE: [
            keys[row.meeting_id].open(row.text, f"chat_message:{row.id}:text").decode()
            for row in messages
        ],
        UTTERANCE: await Speaker.found(house.speech_url),
    }


_PEOPLE, _ROOMS = 12, 4
# Seconds between looks at the ledger.
_LOOK = 0.05
