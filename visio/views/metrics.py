"""Figures for Prometheus, on an address of their own: no door of ours stands before them."""

import asyncio
import logging
import time

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from visio import metrics
from visio.metrics import METRICS, Collected
from visio.store import talkspurts
from visio.store.talkspurts import Backlog
from visio.views.state import DATABASE, HUB, SPEECH

logger = logging.getLogger(__name__)


async def show(app: web.Application, _: web.Request) -> web.Response:
    """All of them; `app` is the server they are about."""
    began = time.monotonic()
    backlog = await _backlog(app)
    took = time.monotonic() - began if backlog else None
    hub = app[HUB]
    families = [
        *metrics.server(),
        *metrics.meetings(hub),
        *metrics.media(hub.media),
        *metrics.database(took),
        *metrics.spool(app[SPEECH].held),
        *(metrics.queue(backlog) if backlog else ()),
    ]
    text = generate_latest(app[METRICS].registry) + generate_latest(Collected(families))
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _backlog(app: web.Application) -> Backlog | None:
    """None while the database does not answer."""
    try:
        async with asyncio.timeout(_PATIENCE), app[DATABASE].transaction() as session:
            return await talkspurts.backlog(session, await talkspurts.clock(session))
    except (OSError, SQLAlchemyError):
        logger.warning("the database does not answer: metrics say so")
        return None


# Seconds; Prometheus waits ten, and wants to know the rest.
_PATIENCE = 5.0
