import logging

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy import text

import visio
from visio import wordings
from visio.store import brandings, policies
from visio.views import branding, policy
from visio.views.described import described
from visio.views.state import CONFIG, DATABASE, HUB, MAIL, SPEECH, WORKER
from visio.worker import WorkerState

logger = logging.getLogger(__name__)


class Transcription(BaseModel):
    state: str
    detail: str


class Retention(BaseModel):
    """Days that meetings are kept where their room does not say, and at most."""

    days: int
    most: int


class Description(BaseModel):
    """`wording` is the version of the consent text, `withdrawal` what a later no does to what was
    said before it; `provider` an identity provider's name; `mail` says whether letters can be
    sent; `support` is the address for reports of connection tests, None without;
    `embedders` are the origins that may show our pages for embedding."""

    name: str
    branding: branding.Shown
    policy: policy.Choice
    version: str
    transcription: Transcription
    wording: str
    withdrawal: wordings.Withdrawal
    retention: Retention
    provider: str | None
    mail: bool
    support: str | None
    embedders: list[str]


@described(answer=Description, door=("open",))
async def describe(request: web.Request) -> web.Response:
    """What the client needs to know before anybody signs in."""
    config = request.app[CONFIG]
    # Workers that others run are taken to be there: what is said waits for them in the database.
    state = request.app[WORKER].state if config.worker else WorkerState("ready")
    if request.app[SPEECH].held.full:
        state = _FULL
    async with request.app[DATABASE].transaction() as session:
        looks = branding.shown(await brandings.current(session))
        allowed = policy.shown(await policies.current(session))
    return web.json_response(
        {
            "name": looks["name"],
            "branding": looks,
            "policy": allowed,
            "version": visio.__version__,
            "transcription": {"state": state.state, "detail": state.detail},
            "wording": wordings.current(config.consent_withdrawal),
            "withdrawal": config.consent_withdrawal,
            "retention": {"days": config.retention_days, "most": config.retention_most},
            "provider": (config.oidc_name or config.oidc_issuer) or None,
            "mail": request.app[MAIL].open,
            "support": config.support_email or None,
            "embedders": config.embed_origins,
        }
    )


async def healthz(request: web.Request) -> web.Response:
    """200 while the database and every media thread answer: for whoever restarts us."""
    async with request.app[DATABASE].transaction() as session:
        await session.execute(text("SELECT 1"))
    if not await request.app[HUB].media.is_alive(PATIENCE):
        logger.error("a media thread does not answer: its meetings stand still")
        return web.Response(status=503, text="media")
    return web.Response(text="ok")


async def readyz(request: web.Request) -> web.Response:
    """200 while new meetings may begin here: for whoever chooses among servers."""
    if request.app[HUB].draining:
        return web.Response(status=503, text="draining")
    return await healthz(request)


_FULL = WorkerState("failed", "The server's disk is full: what is said may be lost.")
PATIENCE = 1.0
"""Seconds that a media thread may take for a sign of life, of the two that Docker gives us."""
