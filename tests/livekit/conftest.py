from collections.abc import AsyncIterator, Iterator

import pytest

from tests.firefox import running_firefox
from tests.livekit import caller
from tests.livekit.site import Site, running_site
from visio.store.database import Database


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A running server, on either database."""
    async with running_site(database) as site:
        yield site


@pytest.fixture
async def everywhere(database: Database) -> AsyncIterator[Site]:
    """A server whose media come to all of this machine's addresses, as the product's do.

    Firefox has no candidate on the loopback interface.
    """
    async with running_site(database, host="::") as site:
        yield site


@pytest.fixture(params=[True, False], ids=["one connection", "two connections"])
def single(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Callers join by `/rtc/v1`, or by the older `/rtc`."""
    monkeypatch.setitem(caller.OPTIONS, "single_peer_connection", request.param)
    return bool(request.param)


@pytest.fixture(scope="package")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The BiDi socket of a Firefox for all tests of the package: it takes seconds to start."""
    with running_firefox(tmp_path_factory.mktemp("firefox") / "profile") as socket:
        yield socket
