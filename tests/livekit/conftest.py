from collections.abc import AsyncIterator

import pytest

from tests.livekit.site import Site, running_site
from visio.store.database import Database


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A running server, on either database."""
    async with running_site(database) as site:
        yield site
