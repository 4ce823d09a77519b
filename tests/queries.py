"""The statements that requests send to the database: how many, as rows grow."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.callers import House
from visio.views.state import DATABASE


@contextmanager
def queries(house: House) -> Iterator[list[str]]:
    """Those of requests meanwhile: what the server does by itself now and then is not counted."""
    engine = house.server.app[DATABASE].engine.sync_engine
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if _in_request() and not statement.startswith(("BEGIN", "SELECT pg_")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _in_request() -> bool:
    task = asyncio.current_task()
    return task is not None and "RequestHandler" in repr(task.get_coro())
