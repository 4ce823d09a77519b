"""A post office for tests that wait for a browser."""

import asyncio
from threading import Thread
from typing import Any

from tests import post
from tests.post import PostOffice


class Letters:
    """A post office whose loop runs in a thread: in this one is Playwright's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        self._running = post.running_post()
        self.office: PostOffice = self.run(self._running.__aenter__())

    def link(self) -> str:
        """The path of the link in the next letter."""
        return f"/password#{self.run(self.office.link())}"

    def close(self) -> None:
        self.run(self._running.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
