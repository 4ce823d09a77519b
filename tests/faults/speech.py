"""What a server does with what is said, onto a database that is killed; and what a worker makes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from tests.faults.ledger import Ledger
from tests.store.samples import Sitting, account, room, sitting
from tests.transcription.test_worker import SPEECH
from visio.outbox import Outbox
from visio.spool import Spool
from visio.store import talkspurts
from visio.store.database import Database
from visio.store.models import Talkspurt, Utterance, new_id
from visio.store.talkspurts import Fresh

UTTERANCE = "utterance"


@dataclass
class Speaker:
    """Says the same again and again until `over` is set: each is to become the same two lines."""

    ledger: Ledger
    database: Database
    met: Sitting
    outbox: Outbox
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def speaking(cls, ledger: Ledger, url: str, folder: Path) -> AsyncIterator["Speaker"]:
        """In a meeting of its own, that runs."""
        database = await Database.open(url)
        met = await sitting(database, await room(database, await account(database)))
        outbox = Outbox(database, Spool(folder / "spool", 2**26), lambda _: asyncio.sleep(0.05))
        outbox.recover(lambda _landed: None)
        yield cls(ledger, database, met, outbox)
        await outbox.close()
        await database.close()

    async def run(self) -> None:
        at = 0
        while not self.over.is_set():
            at += 10_000
            self._say(at)
            while self.outbox.held.talkspurts > _HELD:  # noqa: ASYNC110 - it tells of none
                await asyncio.sleep(0.01)
            await asyncio.sleep(_PAUSE)

    async def settled(self) -> None:
        """Until a worker has written down all of it."""
        await self.outbox.land(60)
        async with asyncio.timeout(120):
            while await self._open():  # noqa: ASYNC110 - another process works
                await asyncio.sleep(0.1)

    @staticmethod
    async def found(url: str) -> list[str]:
        """When the lines begin that are there."""
        database = await Database.open(url)
        async with database.transaction() as session:
            lines = [str(at) for at in await session.scalars(select(Utterance.started_at))]
        await database.close()
        return lines

    def _say(self, at: int) -> None:
        name = new_id()
        sealed = self.met.key.seal(talkspurts.pack(SPEECH), talkspurts.audio_context(name))
        whose = (self.met.meeting.id, self.met.participant.id, "TR_1")
        lines = [str(at + begins) for begins in _LINES]
        for line in lines:
            self.ledger.ask(UTTERANCE, line)
        fresh = Fresh(name, *whose, at, 2900, sealed, False)
        self.outbox.post(fresh, partial(self._note, lines))

    def _note(self, lines: list[str], landed: bool) -> None:
        if landed:
            for line in lines:
                self.ledger.acknowledge(UTTERANCE, line)

    async def _open(self) -> int:
        states = Talkspurt.state.in_(("pending", "claimed"))
        async with self.database.transaction() as session:
            return await session.scalar(select(func.count(Talkspurt.id)).where(states)) or 0


# When the lines begin that `Parrot` hears, in milliseconds of what was said.
_LINES = (500, 1800)
# Talkspurts on their way at once, and seconds between two: less of it is more for the others.
_HELD, _PAUSE = 20, 0.05
