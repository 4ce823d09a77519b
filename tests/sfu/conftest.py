from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

import pytest

from sfu import Sfu
from tests.sfu.participants import Participant


class Join(Protocol):
    """Makes a participant, who connects with its first offer."""

    def __call__(self, *, by_tcp: bool = False) -> Awaitable[Participant]: ...


@pytest.fixture
async def sfu() -> AsyncIterator[Sfu]:
    server = await Sfu.open(host="127.0.0.1", port=0, tcp_port=0)
    yield server
    await server.close()


@pytest.fixture
async def join(sfu: Sfu) -> AsyncIterator[Join]:
    """Makes participants of one server, and ends them."""
    made: list[Participant] = []

    async def make(*, by_tcp: bool = False) -> Participant:
        made.append(await Participant.open(sfu, by_tcp=by_tcp))
        return made[-1]

    yield make
    for participant in made:
        await participant.close()
