"""Wires everything together, and says in which order it lives and dies."""

import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from aiohttp import web
from aiohttp.http import HttpProcessingError

from sfu import Sfu
from visio import livekit, views
from visio.auth import tokens
from visio.auth.tokens import Claims
from visio.config import Config, make_folder, read_secrets
from visio.hub import HUB, Hub, wall_clock
from visio.speech import Speech
from visio.store import meetings, schema
from visio.store.database import Database
from visio.store.sealing import Keyring
from visio.views.middleware import (
    answer_refusals,
    refuse_control_characters,
    refuse_foreign_origins,
    send_security_headers,
)
from visio.views.state import (
    CLOCK,
    CONFIG,
    DATABASE,
    KEYRING,
    LIMITS,
    SIGNING_KEYS,
    WORKER,
    Limits,
    clock,
)
from visio.worker import Worker

logger = logging.getLogger(__name__)
_http_logger = logging.getLogger(f"{__name__}.http")


def make_app(config: Config, *, now: Callable[[], int] = clock) -> web.Application:
    """The whole server, not started; `now` gives milliseconds since 1970 UTC.

    Raises ConfigError when a secret is missing or weak.
    """
    secrets = read_secrets(config)
    app = web.Application(
        middlewares=[answer_refusals, refuse_control_characters, refuse_foreign_origins],
        client_max_size=_LARGEST_BODY,
    )
    app[CONFIG] = config
    app[CLOCK] = now
    app[LIMITS] = Limits()
    app[KEYRING] = Keyring(secrets.master_key)
    app[SIGNING_KEYS] = app[livekit.SIGNING_KEYS] = secrets.signing_keys
    app[livekit.TURN] = livekit.Turn(tuple(config.turn_urls), secrets.turn_secret)
    app.on_response_prepare.append(send_security_headers)
    app.cleanup_ctx.extend([_database, _media_and_rooms])
    app.on_shutdown.append(_say_goodbye)
    livekit.add_routes(app)
    views.add_routes(app)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """How the application is served: limits on heads, none of it in a log."""
    return web.AppRunner(
        app,
        # An access log would hold the tokens that LiveKit's browsers put in the address.
        access_log=None,
        logger=_http_logger,
        keepalive_timeout=_HEAD_TIMEOUT,
        max_line_size=_LARGEST_LINE,
        max_field_size=_LARGEST_LINE,
        shutdown_timeout=_GOODBYE,
    )


def _is_bug(record: logging.LogRecord) -> bool:
    """Requests that cannot be read are nobody's fault here, and may hold a token."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def _database(app: web.Application) -> AsyncIterator[None]:
    url = app[CONFIG].database_url
    make_folder(app[CONFIG].data_dir)
    await schema.upgrade(url)
    app[DATABASE] = await Database.open(url)
    async with app[DATABASE].transaction() as session:
        unfinished = await meetings.end_unfinished(session, app[CLOCK]())
    if unfinished:
        logger.info("closed %d meetings that a stopped server had left open", unfinished)
    yield
    await app[DATABASE].close()


async def _media_and_rooms(app: web.Application) -> AsyncIterator[None]:
    config = app[CONFIG]
    media = await Sfu.open(
        host=config.media_host,
        port=config.media_port,
        tcp_port=config.media_tcp_port or None,
        announced=config.media_announce,
        stun=config.stun_server,
        loudest=config.media_loudest,
        threads=config.media_threads,
        post_quantum=config.media_post_quantum,
    )

    def show(meeting_id: str) -> None:
        speech.read(meeting_id)

    worker = Worker(config, app[DATABASE], show)
    speech = Speech(app[DATABASE], app[KEYRING], worker.wake)
    webhooks = _webhooks(app)
    await webhooks.open()
    app[WORKER] = worker
    report = webhooks.report if config.webhooks else None
    app[HUB] = Hub(media, app[DATABASE], app[KEYRING], speech, report)
    speech.on_utterances(app[HUB].show)
    await worker.start()
    yield
    await speech.close()
    await worker.stop()
    await media.close()
    await webhooks.close()


def _webhooks(app: web.Application) -> livekit.Webhooks:
    config, keys = app[CONFIG], app[SIGNING_KEYS]

    def sign(sha256: str) -> str:
        claims = Claims(identity="", key=config.webhook_key, sha256=sha256)
        return tokens.issue(keys, claims, ttl=_WEBHOOK_LIFE, now=wall_clock())

    patience = timedelta(seconds=config.webhook_patience)
    return livekit.Webhooks(app[DATABASE], config.webhooks, sign, patience, wall_clock)


async def _say_goodbye(app: web.Application) -> None:
    """Before the connections are cut: clients are told, meetings end on disk."""
    await app[HUB].close()


_http_logger.addFilter(_is_bug)
# Seconds a connection may take for a whole request head, counted from its start and from the
# answer before. More feeds slow attacks; less than a proxy keeps its connections idle breaks them.
_HEAD_TIMEOUT = 10.0
# Bytes; joins carry an SDP offer in the address (livekit-protocol §1.2).
_LARGEST_LINE = 65_536
# Bytes of a request body; our own are below four thousand.
_LARGEST_BODY = 65_536
# Signed anew for each attempt; receivers refuse a repetition that comes later.
_WEBHOOK_LIFE = timedelta(minutes=5)
# Seconds running requests get at the end; more delays a restart.
_GOODBYE = 5.0
