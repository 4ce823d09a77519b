"""Who may use the processor: what is final goes first, drafts take what is left."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Drafts wait while anything final is being done; what is final never waits here."""

    def __init__(self) -> None:
        self._finals = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @contextmanager
    def final(self) -> Iterator[None]:
        """Something final is being done."""
        self._finals += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._finals -= 1
            if not self._finals:
                self._quiet.set()

    async def quiet(self) -> None:
        """Wait until nothing final is being done; one after the other leaves no gap."""
        while self._finals:
            await self._quiet.wait()
