"""What the API is measured beside: a bare aiohttp handler that does one primary-key SELECT; and
another that writes one act into the audit."""

import asyncio
import sys

from aiohttp import web
from sqlalchemy import select

from benchmarks.auditing import append
from visio.store.database import Database
from visio.store.models import Room


async def serve(url: str, room_id: str) -> None:
    """For ever, on a free port of this host, which is printed."""
    database = await Database.open(url)

    async def handle(_: web.Request) -> web.Response:
        async with database.transaction() as session:
            row = (await session.execute(select(Room.slug).where(Room.id == room_id))).one()
        return web.json_response({"slug": row.slug})

    async def write(_: web.Request) -> web.Response:
        await append(database)
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/", handle)
    app.router.add_post("/audit", write)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("port", runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
