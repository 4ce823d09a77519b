from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests import post
from tests.callers import Caller, House
from tests.post import PostOffice
from visio.store.models import Account


@pytest.fixture
async def root(house: House) -> Caller:
    """An administrator of the instance."""
    return await house.signed_in(await house.account("root@example.org", administrator=True))


@pytest.fixture
async def ada(house: House) -> Account:
    """Somebody who administers nothing."""
    return await house.account("ada@example.org")


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    """A mail server; the house of who asks for it sends its letters there."""
    async with post.running_post() as office:
        yield office


@pytest.fixture
def settings_of_house(request: pytest.FixtureRequest) -> dict[str, Any]:
    """More settings of `house`: for modules to override."""
    if "office" in request.fixturenames:
        return post.settings(request.getfixturevalue("office"))
    return {}
