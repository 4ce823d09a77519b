from collections.abc import AsyncIterator

import pytest

from tests.livekit import caller
from tests.livekit.site import Site, running_site
from visio.store.database import Database


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A running server, on either database."""
    async with running_site(database) as site:
        yield site


@pytest.fixture(params=[True, False], ids=["one connection", "two connections"])
def single(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Callers join by `/rtc/v1`, or by the older `/rtc`."""
    monkeypatch.setitem(caller.OPTIONS, "single_peer_connection", request.param)
    return bool(request.param)
