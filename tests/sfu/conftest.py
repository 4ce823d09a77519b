from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sfu import Sfu
from tests.sfu.participants import Participant

Join = Callable[[], Awaitable[Participant]]


@pytest.fixture
async def sfu() -> AsyncIterator[Sfu]:
    server = await Sfu.open(host="127.0.0.1", port=0)
    yield server
    await server.close()


@pytest.fixture
async def join(sfu: Sfu) -> AsyncIterator[Join]:
    """Makes participants of one server, and ends them."""
    made: list[Participant] = []

    async def make() -> Participant:
        made.append(await Participant.open(sfu))
        return made[-1]

    yield make
    for participant in made:
        await participant.close()
