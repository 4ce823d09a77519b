"""What the server does again and again."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


async def repeat(
    errand: Callable[[], Awaitable[None]], every: float, *, first: float | None = None
) -> None:
    """Run the errand every so many seconds, for ever; one that fails is run again.

    `first` is how many seconds pass before the first time, if not as many.
    """
    await asyncio.sleep(every if first is None else first)
    while True:
        try:
            await errand()
        except Exception:
            logger.exception("%s failed", getattr(errand, "__qualname__", "an errand"))
        await asyncio.sleep(every)


async def happens(event: asyncio.Event, within: float | None) -> bool:
    """Whether it does within so many seconds, or at all: waiting that needs no cancelling in the
    middle."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()
    return event.is_set()
