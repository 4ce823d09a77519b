import asyncio
from typing import Any

import pytest
from sqlalchemy import update

import visio.app
from tests.callers import House
from tests.store import samples
from tests.store.test_retention import DAY
from visio.store import meetings
from visio.store.models import Account, Meeting

pytestmark = pytest.mark.one_database


@pytest.fixture
def settings_of_house(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Of a server whose rounds take a hundredth of a second."""
    for name in ("_REVOCATION", "_FIRST_PURGE", "_PURGES"):
        monkeypatch.setattr(visio.app, name, 0.01)
    return {"retention_days": 3}


async def test_who_is_disabled_elsewhere_is_sent_out_time_and_again(house: House) -> None:
    room = await house.room(await house.account("ada@example.org"))
    for name in ("bob", "eve"):
        account = await house.account(f"{name}@example.org")
        await house.enter(await house.signed_in(account), room.slug)
        async with house.database.transaction() as session:
            disabled = update(Account).where(Account.id == account.id)
            await session.execute(disabled.values(disabled_at=house.clock()))
        async with asyncio.timeout(20):
            await house.hung_up()


async def test_meetings_go_when_their_time_is_over_by_the_servers_clock(house: House) -> None:
    owner = await samples.account(house.database)
    place = await samples.room(house.database, owner)
    old, new = [await ended(house, place, days) for days in (4, 0)]
    await until_gone(house, old)
    assert await is_there(house, new)
    house.clock.now += 4 * DAY
    await until_gone(house, new)


async def ended(house: House, place: Any, days: int) -> str:
    """A meeting that ended so many days ago."""
    sitting = await samples.sitting(house.database, place)
    async with house.database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, house.clock() - days * DAY)
    return sitting.meeting.id


async def until_gone(house: House, meeting: str) -> None:
    async with asyncio.timeout(20):
        while await is_there(house, meeting):
            pass  # each look is a query


async def is_there(house: House, meeting: str) -> bool:
    async with house.database.transaction() as session:
        return await session.get(Meeting, meeting) is not None
