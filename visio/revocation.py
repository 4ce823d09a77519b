"""Sends those out of running meetings whose account was disabled, wherever that was done.

The console's own server does so at once; what `visio admin` or another server did is found in the
database within seconds.
"""

import logging
from collections.abc import Set as AbstractSet

from aiohttp import web
from livekit.protocol import models

from visio.hub import Hub, steady_clock
from visio.store import accounts
from visio.store.database import Database

logger = logging.getLogger(__name__)


class Revocation:
    """Looks after the people of one hub, whenever `review` is called."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub

    async def admits(self, account_id: str) -> bool:
        """Whether a token of this account, which may be older, still lets anybody in."""
        async with self._database.transaction() as session:
            return not await accounts.disabled_among(session, [account_id])

    async def review(self) -> None:
        """Send away who is inside and must not be."""
        if inside := self._accounts_inside():
            async with self._database.transaction() as session:
                self.dismiss(await accounts.disabled_among(session, inside))

    def dismiss(self, account_ids: AbstractSet[str]) -> None:
        """Send these accounts out of every meeting."""
        for live in self._hub.all_open():
            gone = [sid for sid, one in live.people.items() if one.account_id in account_ids]
            for sid in gone:
                live.perform(live.room.dismiss(sid, models.PARTICIPANT_REMOVED, steady_clock()))

    def _accounts_inside(self) -> set[str]:
        return {
            one.account_id
            for live in self._hub.all_open()
            for one in live.people.values()
            if one.account_id is not None
        }


REVOCATION = web.AppKey("revocation", Revocation)
