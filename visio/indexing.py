"""Makes found, by the rules of today, what was written down before there were any, or by others."""

import asyncio
import logging

from visio.rounds import happens
from visio.store import stem_index, utterances
from visio.store.database import Database
from visio.store.sealing import Keyring, MeetingKey, SealError

logger = logging.getLogger(__name__)


class Indexing:
    """Looks after one database; what stops in the middle goes on the next time, and several
    servers on it do no harm."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Index what needs it soon after the start, and now and then, until `stop`."""
        wait = _FIRST
        while not await happens(self._over, wait):
            try:
                await self.review()
            except Exception:
                logger.exception("older meetings could not be indexed")
            wait = _EVERY

    def stop(self) -> None:
        """Between two transactions."""
        self._over.set()

    async def review(self) -> None:
        """Index each meeting that needs it."""
        done, last = 0, ""
        while not self._over.is_set() and (found := await self._next(last)):
            last, wrapped_key = found
            try:
                await self._index(last, self._keyring.unwrap(wrapped_key))
            except SealError:
                logger.warning("meeting %s cannot be searched: it does not open", last)
            else:
                done += 1
        if done:
            logger.info("%d meetings can be searched now", done)

    async def _next(self, last: str) -> tuple[str, bytes] | None:
        async with self._database.transaction() as session:
            return await stem_index.outdated(session, last)

    async def _index(self, meeting_id: str, key: MeetingKey) -> None:
        last = ""
        while not self._over.is_set():
            async with self._database.transaction() as session:
                rows = await stem_index.some(session, meeting_id, last, _AT_ONCE)
                for row in rows:
                    text = utterances.opened(row, key)
                    await stem_index.set_text(session, row.id, text, row.language, key)
                if len(rows) < _AT_ONCE:
                    await stem_index.is_up_to_date(session, meeting_id)
                    return
            last = rows[-1].id


# Seconds after the start, which has enough to do, and between looks: another server may run an
# older version for a while.
_FIRST = 2.0
_EVERY = 3600.0
# Utterances of a transaction: more holds up whoever else writes, less makes more of them.
_AT_ONCE = 100
