from aiohttp import web
from sqlalchemy import text

import visio
from visio.views.state import CONFIG, DATABASE, WORKER
from visio.worker import WorkerState


async def describe(request: web.Request) -> web.Response:
    """What the client needs to know before anybody signs in."""
    config = request.app[CONFIG]
    # Workers that others run are taken to be there: what is said waits for them in the database.
    state = request.app[WORKER].state if config.worker else WorkerState("ready")
    return web.json_response(
        {
            "name": "Visio",
            "version": visio.__version__,
            "transcription": {"state": state.state, "detail": state.detail},
            "wording": config.consent_wording,
        }
    )


async def healthz(request: web.Request) -> web.Response:
    """200 while the database answers: for whoever restarts us."""
    async with request.app[DATABASE].transaction() as session:
        await session.execute(text("SELECT 1"))
    return web.Response(text="ok")
