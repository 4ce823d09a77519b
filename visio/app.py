"""Wires everything together, and says in which order it lives and dies."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial

from aiohttp import web
from aiohttp.http import HttpProcessingError

import visio
from sfu import Sfu
from visio import livekit, views
from visio.auth import tokens
from visio.auth.oidc import Client
from visio.auth.provider import Provider
from visio.auth.rates import Rates
from visio.auth.tokens import Claims
from visio.chat import CHAT, Chat
from visio.config import Config, Secrets, make_folder, read_secrets
from visio.errors import ConfigError
from visio.hub import HUB, Hub, left_unfinished, steady_clock, wall_clock
from visio.indexing import Indexing
from visio.live import Live
from visio.lobbies import LOBBIES, Lobbies
from visio.mail import Mail
from visio.metrics import METRICS, Metrics
from visio.minutes import written
from visio.minutes.endpoint import Endpoint
from visio.minutes.writing import WRITING, Writing
from visio.postbox import POSTBOX, Postbox
from visio.reminders import Reminders
from visio.retention import Retention
from visio.revocation import REVOCATION, Revocation
from visio.rounds import repeat
from visio.scheduling import SCHEDULE, Schedule
from visio.speech import Speech
from visio.store import audit, schema
from visio.store.acts import Act
from visio.store.audit import SERVER, Deed
from visio.store.database import Database
from visio.store.sealing import Keyring
from visio.views.audit import VERIFYING
from visio.views.author import note_call
from visio.views.captions import local_line
from visio.views.keyed import RATES
from visio.views.middleware import (
    answer_refusals,
    refuse_control_characters,
    refuse_foreign_origins,
    refuse_heaps_of_cookies,
    send_security_headers,
)
from visio.views.state import (
    CLOCK,
    CONFIG,
    DATABASE,
    KEYRING,
    LIMITS,
    LINE,
    LIVE,
    MAIL,
    PROVIDER,
    RELAYS,
    SIGNING_KEYS,
    SPEECH,
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
        middlewares=[
            answer_refusals,
            refuse_control_characters,
            refuse_heaps_of_cookies,
            refuse_foreign_origins,
        ],
        client_max_size=_LARGEST_BODY,
    )
    app[CONFIG] = config
    app[CLOCK] = now
    app[LIMITS] = Limits()
    app[METRICS] = Metrics()
    app[RATES] = Rates(config.api_rate)
    app[VERIFYING] = asyncio.Lock()
    app[KEYRING] = Keyring(secrets.master_key, *secrets.retired_master_keys)
    app[LIVE] = Live()
    app[MAIL] = Mail(config, secrets.smtp_password)
    app[PROVIDER] = _provider(config, secrets)
    app[_KEYS] = keys = {**secrets.signing_keys}
    app[SIGNING_KEYS] = app[livekit.SIGNING_KEYS] = keys
    app[livekit.TURN] = livekit.Turn(tuple(config.turn_urls), secrets.turn_secret)
    app[RELAYS] = app[livekit.TURN].ice_servers
    app[livekit.NOTE] = note_call
    app.on_response_prepare.append(send_security_headers)
    app[_ENDPOINT] = _endpoint(config, secrets)
    app.cleanup_ctx.extend([_database, _letters, _captions, _minutes, _media_and_rooms])
    app.on_shutdown.append(_say_goodbye)
    livekit.add_routes(app)
    views.add_routes(app)
    return app


def reload_keys(app: web.Application) -> None:
    """Read the files of the signing key, the master key and TURN's secret again.

    What is wrong with one is logged, and all stay as they were.
    """
    try:
        secrets = read_secrets(app[CONFIG])
    except ConfigError as error:
        logger.error("the keys stay as they were: %s", error)
        return
    app[_KEYS].clear()
    app[_KEYS].update(secrets.signing_keys)
    app[KEYRING].replace(secrets.master_key, *secrets.retired_master_keys)
    app[livekit.TURN].secret = secrets.turn_secret
    if worker := app.get(WORKER):
        worker.restart()
    logger.info("the keys were read again")


def make_metrics_app(app: web.Application) -> web.Application:
    """What is served on metrics_address, about a server that is started."""
    metered = web.Application()
    metered.router.add_get("/metrics", partial(views.metrics.show, app))
    return metered


def make_runner(app: web.Application) -> web.AppRunner:
    """How the application is served: limits on heads, bodies as they come, none of it in a log."""
    return web.AppRunner(
        app,
        # An access log would hold the tokens that LiveKit's browsers put in the address.
        access_log=None,
        logger=_http_logger,
        # aiohttp would unpack a body to its end even after refusing it: fifty megabytes in one go.
        auto_decompress=False,
        keepalive_timeout=_HEAD_TIMEOUT,
        max_line_size=_LARGEST_LINE,
        max_field_size=_LARGEST_LINE,
        shutdown_timeout=_GOODBYE,
    )


def read_in_slices(site: web.BaseSite) -> None:
    """What one client sends at once is not parsed at once, or everybody else would wait for it."""
    for listening in getattr(site._server, "sockets", ()):
        # Inherited by each connection: asyncio reads no more than the kernel keeps for it.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLICE)


def _is_bug(record: logging.LogRecord) -> bool:
    """Requests that cannot be read are nobody's fault here, and may hold a token."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _provider(config: Config, secrets: Secrets) -> Provider | None:
    if not config.oidc_issuer:
        return None
    client = Client(
        issuer=config.oidc_issuer,
        id=config.oidc_client_id,
        redirect=f"{config.url}/oidc/callback",
        scope=config.oidc_scopes,
        acr=tuple(config.oidc_acr),
        entity_claim=config.oidc_entity_claim,
    )
    return Provider(client, secrets.oidc_secret, trust_email=config.oidc_trust_email)


def _endpoint(config: Config, secrets: Secrets) -> Endpoint | None:
    if not config.minutes_url:
        return None
    answer = written.answer_tokens(config.minutes_context)
    key, patience = secrets.minutes_key, config.minutes_timeout
    return Endpoint(config.minutes_url, config.minutes_model, key, answer, patience)


async def _database(app: web.Application) -> AsyncIterator[None]:
    url = app[CONFIG].database_url
    make_folder(app[CONFIG].data_dir)
    await schema.upgrade(url)
    app[DATABASE] = await Database.open(url)
    async with app[DATABASE].transaction() as session:
        await audit.append(session, SERVER, _started(app[CONFIG]))
    retention = Retention(app[CONFIG], app[DATABASE], app[CLOCK])
    indexing = Indexing(app[DATABASE], app[KEYRING])
    purging = asyncio.create_task(repeat(retention.purge, _PURGES, first=_FIRST_PURGE))
    running = asyncio.create_task(indexing.run())
    yield
    purging.cancel()
    indexing.stop()
    await asyncio.wait([purging, running])
    await app[MAIL].close()
    await app[DATABASE].close()


def _started(config: Config) -> Deed:
    """A restart is how settings change: those that say what is kept of people."""
    said = {name: getattr(config, name) for name in _POLICY}
    return Deed(Act.SERVER_STARTED, detail={"version": visio.__version__, **said})


async def _letters(app: web.Application) -> AsyncIterator[None]:
    database, now = app[DATABASE], app[CLOCK]
    app[POSTBOX] = postbox = Postbox(database, app[KEYRING], app[MAIL], now)
    app[SCHEDULE] = schedule = Schedule(database, postbox, app[CONFIG], now)
    reminders = Reminders(database, postbox, schedule, now)
    delivering = asyncio.create_task(postbox.run())
    reminding = asyncio.create_task(repeat(reminders.review, _REMINDERS))
    yield
    reminding.cancel()
    postbox.stop()
    await asyncio.wait([reminding, delivering])


async def _captions(app: web.Application) -> AsyncIterator[None]:
    async with local_line(app) as app[LINE]:
        yield


async def _minutes(app: web.Application) -> AsyncIterator[None]:
    if (endpoint := app[_ENDPOINT]) is None:
        app[WRITING] = None
        yield
        return
    context = app[CONFIG].minutes_context
    app[WRITING] = writing = Writing(app[DATABASE], app[KEYRING], endpoint, context, app[CLOCK])
    task = asyncio.create_task(writing.run())
    yield
    writing.stop()
    await asyncio.wait([task])


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

    worker = Worker(config, app[DATABASE], show, live=app[LINE])
    spool = config.data_dir / "spool"
    speech = Speech(app[DATABASE], app[KEYRING], worker.wake, spool, app[LIVE])
    app[SPEECH] = speech
    speech.open()
    webhooks = _webhooks(app)
    await webhooks.open()
    app[WORKER] = worker
    report = webhooks.report if config.webhooks else None
    leftovers = await left_unfinished(app[DATABASE])
    app[HUB] = Hub(media, app[DATABASE], app[KEYRING], speech, report, leftovers=leftovers)

    async def end_leftovers() -> None:
        await app[HUB].end_leftovers(steady_clock())

    app[LOBBIES] = Lobbies(app[HUB])
    app[CHAT] = Chat(app[DATABASE], app[KEYRING], app[CLOCK])
    speech.on_utterances(app[HUB].show)
    app[LIVE].wanted = app[HUB].captioned
    app[LIVE].language = app[HUB].spoken
    app[REVOCATION] = Revocation(app[DATABASE], app[HUB])
    await end_leftovers()
    rounds = [
        asyncio.create_task(repeat(app[REVOCATION].review, _REVOCATION)),
        asyncio.create_task(repeat(app[HUB].note_running, _HEARTBEAT)),
        asyncio.create_task(repeat(end_leftovers, _ABSENCES)),
        asyncio.create_task(app[METRICS].watch_lag()),
    ]
    await worker.start()
    yield
    for task in rounds:
        task.cancel()
    await asyncio.wait(rounds)
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
    app[LOBBIES].close()
    app[LIVE].hang_up()
    await app[HUB].close()


_KEYS: web.AppKey[dict[str, str]] = web.AppKey("keys")
_ENDPOINT: web.AppKey[Endpoint | None] = web.AppKey("endpoint")

_http_logger.addFilter(_is_bug)
_POLICY = (
    "audit_address",
    "audit_days",
    "consent_withdrawal",
    "retention_days",
    "retention_most",
)
# Seconds a connection may take for a whole request head, counted from its start and from the
# answer before. More feeds slow attacks; less than a proxy keeps its connections idle breaks them.
_HEAD_TIMEOUT = 10.0
# Bytes; joins carry an SDP offer in the address (livekit-protocol §1.2).
_LARGEST_LINE = 65_536
# Bytes of a request body; our own are below four thousand.
_LARGEST_BODY = 65_536
# Signed anew for each attempt; receivers refuse a repetition that comes later.
_WEBHOOK_LIFE = timedelta(minutes=5)
# Seconds; R1 of the hosting rules wants five at most. Less asks the database more often.
_REVOCATION = 2.0
# Seconds after the start, which has enough to do; then how much longer than promised things stay.
_FIRST_PURGE = 60.0
_PURGES = 3600.0
# Seconds between looks for meetings to be reminded of: more is late, less asks the database more.
_REMINDERS = 5.0
# Seconds of a meeting that a crash may leave out of its rows: less writes more often.
_HEARTBEAT = 15.0
# Seconds between looks for those who do not come back: they are awaited that much longer at most.
_ABSENCES = 5.0
# Bytes the kernel keeps of what a connection sent and we did not read yet; it takes about twice as
# much. More lets a hundred thousand chunks of a byte stop all for longer, less slows uploads.
_SLICE = 16_384
# Seconds running requests get at the end; more delays a restart.
_GOODBYE = 5.0
