"""Hears the signals that ask this process to end, and says when it is time."""

import asyncio
import logging
import signal

from visio.drain import Drain
from visio.hub import Hub, steady_clock
from visio.rounds import happens

logger = logging.getLogger(__name__)


class Ending:
    """From its making on SIGTERM asks for a drain, and SIGINT to end at once; of both, a second."""

    def __init__(self, patience: float) -> None:
        self._drain = Drain(patience)
        self._news = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ask, number == signal.SIGINT)

    async def wait(self, hub: Hub) -> None:
        """Return when the server is to end."""
        hub.on_change(lambda live: self._news.set())
        while (left := self._drain.left(steady_clock(), busy=hub.busy)) != 0.0:
            if left is not None and not hub.draining:
                hub.drain()
                logger.info("asked to end: running meetings may go on for %.0f s", left)
            self._news.clear()
            await happens(self._news, left)

    def _ask(self, at_once: bool) -> None:
        self._drain = self._drain.asked(steady_clock(), at_once=at_once)
        self._news.set()
