"""How far transcription is behind, for administrators of the instance and what watches over it."""

from aiohttp import web
from pydantic import BaseModel

from visio.store import talkspurts
from visio.views.described import described
from visio.views.request import administrator
from visio.views.state import DATABASE, SPEECH


class Backlog(BaseModel):
    """Talkspurts in the database that wait for a worker, and how long the oldest has, in
    milliseconds; seconds of work for one of speech in the last hour, None where there was none;
    talkspurts and bytes that wait for the database on this server's disk or in its memory, how many
    were lost since its start, and whether the disk takes no more."""

    waiting: int
    lag: int
    real_time_factor: float | None
    held: int
    held_bytes: int
    lost: int
    full: bool


@described(answer=Backlog)
async def show(request: web.Request) -> web.Response:
    """How much was said and is not transcribed yet."""
    await administrator(request)
    async with request.app[DATABASE].transaction() as session:
        queue = await talkspurts.backlog(session, await talkspurts.clock(session))
    held = request.app[SPEECH].held
    answer = Backlog(
        waiting=queue.waiting,
        lag=queue.lag,
        real_time_factor=queue.real_time_factor,
        held=held.talkspurts,
        held_bytes=held.bytes,
        lost=held.lost,
        full=held.full,
    )
    return web.json_response(answer.model_dump())
