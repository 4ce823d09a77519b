"""The HTTP surface of the signalling: connect, and the same checks without connecting."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import hdrs, web
from livekit.protocol import models, rtc
from livekit.protocol.rtc import LeaveRequest, SignalResponse

from visio.access import Caller
from visio.auth import tokens
from visio.auth.tokens import Claims
from visio.chat import CHAT
from visio.errors import NotAdmitted, RoomFull, RoomLocked, RoomNotFound, Unavailable
from visio.hub import HUB, Hub, LiveRoom, wall_clock
from visio.livekit import api
from visio.livekit.join import (
    Admission,
    JoinIntent,
    JoinRefused,
    read_intent,
    read_older_intent,
    read_terms,
)
from visio.livekit.keys import SIGNING_KEYS
from visio.livekit.outbox import Outbox
from visio.livekit.session import LARGEST_FRAME, Session, Surroundings, Topology
from visio.metrics import METRICS
from visio.revocation import REVOCATION
from visio.store import outages

logger = logging.getLogger(__name__)


@dataclass
class Turn:
    """TURN servers for clients that cannot reach us by UDP; `secret` is shared with them, and may
    be replaced while clients come."""

    urls: tuple[str, ...] = ()
    secret: str = ""

    def ice_servers(self, sid: str, now: int) -> list[rtc.ICEServer]:
        """Credentials for one participant, good for minutes; `now` in ms since 1970.

        The scheme of draft-uberti-behave-turn-rest: coturn's `use-auth-secret`.
        """
        if not self.urls:
            return []
        username = f"{now // 1000 + int(_TURN_LIFE.total_seconds())}:{sid}"
        digest = hmac.digest(self.secret.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(digest).decode()
        return [rtc.ICEServer(urls=self.urls, username=username, credential=credential)]


TURN = web.AppKey("turn", Turn)


def add_routes(app: web.Application) -> None:
    """Serve LiveKit's signalling and server API; needs HUB, METRICS and SIGNING_KEYS.

    Knows TURN where it is set.
    """
    # Some clients are given an address with a slash at its end, and then ask for //rtc.
    for slashes in ("/", "//"):
        app.router.add_get(f"{slashes}rtc/v1", _refusing(connect))
        app.router.add_get(f"{slashes}rtc", _refusing(connect_older))
        app.router.add_get(f"{slashes}rtc/v1/validate", _refusing(validate))
        app.router.add_get(f"{slashes}rtc/validate", _refusing(validate_older))
        app.router.add_route("*", f"{slashes}twirp/{{service}}/{{method}}", api.answer)


async def connect(request: web.Request) -> web.StreamResponse:
    """Join a room on one PeerConnection, or resume in it; refused before the upgrade."""
    return await _connect(request, _intent)


async def connect_older(request: web.Request) -> web.StreamResponse:
    """The same on two PeerConnections, asked for by query parameters (protocol §1.2)."""
    return await _connect(request, _older_intent)


async def validate(request: web.Request) -> web.Response:
    """Say what a connection to `/rtc/v1` would have been answered."""
    await _check_room(request.app[HUB], _intent(request))
    return web.Response(text="success")


async def validate_older(request: web.Request) -> web.Response:
    """Say what a connection to `/rtc` would have been answered, and look closer at it."""
    await _check_room(request.app[HUB], _older_intent(request, strict=True))
    return web.Response(text="success")


async def _connect(
    request: web.Request, read: Callable[[web.Request], JoinIntent]
) -> web.StreamResponse:
    # Pings are left to the session: aiohttp would answer as many as come without a pause.
    websocket = web.WebSocketResponse(
        heartbeat=_HEARTBEAT,
        max_msg_size=LARGEST_FRAME,
        compress=False,
        timeout=_CLOSING,
        autoping=False,
    )
    if not websocket.can_prepare(request).ok:
        raise JoinRefused(404, "this is a WebSocket")
    hub, intent = request.app[HUB], read(request)
    metrics = request.app[METRICS]
    if not intent.request.reconnect:
        session = await _join(hub, intent, request.app)
        metrics.note_join("tested" if hub.is_test(intent.admission.room) else "joined")
        return await _serve(request, websocket, session, session.begin(intent.request))
    if found := _find(hub, intent):
        metrics.note_join("resumed")
        return await _serve(request, websocket, found, found.resume(intent.request))
    metrics.note_join("sent_away")
    return await _send_away(request, websocket)


def _intent(request: web.Request) -> JoinIntent:
    return read_intent(request, request.app[SIGNING_KEYS], wall_clock())


def _older_intent(request: web.Request, *, strict: bool = False) -> JoinIntent:
    return read_older_intent(request, request.app[SIGNING_KEYS], wall_clock(), strict=strict)


async def _join(hub: Hub, intent: JoinIntent, app: web.Application) -> Session:
    surroundings = _surroundings(hub, app)
    claims, topology = intent.admission.claims, _topology(intent)
    if claims.account and not await app[REVOCATION].admits(claims.account):
        raise JoinRefused(401, "the account is disabled")

    def admit(live: LiveRoom, sid: str) -> Session:
        return Session(live, sid, claims, surroundings, topology)

    try:
        return await hub.join(
            intent.admission.room,
            intent.newcomer,
            admit,
            caller=_caller(intent.admission),
            create=not intent.admission.trusted,
            terms=read_terms(claims),
        )
    except RoomNotFound:
        raise JoinRefused(404, _NO_ROOM) from None
    except RoomFull:
        raise JoinRefused(403, _FULL) from None
    except (NotAdmitted, RoomLocked) as refusal:
        raise JoinRefused(403, refusal.title) from None
    except Unavailable:
        raise JoinRefused(503, _STOPPING) from None


def _caller(admission: Admission) -> Caller:
    claims = admission.claims
    return Caller(claims.account, claims.guest, claims.meeting, ours=admission.trusted)


def _topology(intent: JoinIntent) -> Topology:
    if not intent.dual:
        return Topology.SINGLE
    newcomer = intent.newcomer
    subscribes = newcomer.permission.can_subscribe and newcomer.client.protocol > _PRIMARY_PUBLISHER
    return Topology.SUBSCRIBER_FIRST if subscribes else Topology.PUBLISHER_FIRST


def _find(hub: Hub, intent: JoinIntent) -> Session | None:
    """The session to resume: same room, same identity, and the same sid if it is told."""
    found = hub.find(intent.admission.room, intent.newcomer.identity)
    if not found or intent.request.participant_sid not in ("", found[1].sid):
        return None
    live, participant = found
    client = live.clients[participant.sid]
    return client if isinstance(client, Session) else None


async def _serve(
    request: web.Request, websocket: web.WebSocketResponse, session: Session, outbox: Outbox
) -> web.WebSocketResponse:
    try:
        await websocket.prepare(request)
        await session.serve(websocket, outbox, _aborter(request))
    finally:
        session.lose(outbox)
    return websocket


async def _send_away(
    request: web.Request, websocket: web.WebSocketResponse
) -> web.WebSocketResponse:
    """Nothing is left to resume: the client must join again (protocol §4.13)."""
    await websocket.prepare(request)
    leave = LeaveRequest(
        can_reconnect=True, reason=models.STATE_MISMATCH, action=LeaveRequest.RECONNECT
    )
    await websocket.send_bytes(SignalResponse(leave=leave).SerializeToString())
    await websocket.close()
    return websocket


async def _check_room(hub: Hub, intent: JoinIntent) -> None:
    admission = intent.admission
    try:
        hub.check_open(admission.room)
        await hub.check(admission.room, intent.newcomer, _caller(admission))
    except RoomNotFound:
        raise JoinRefused(404, _NO_ROOM) from None
    except (NotAdmitted, RoomLocked) as refusal:
        raise JoinRefused(403, refusal.title) from None
    except Unavailable:
        raise JoinRefused(503, _STOPPING) from None
    if not hub.admits(admission.room, admission.claims.identity, dependent=admission.dependent):
        raise JoinRefused(403, _FULL)


def _aborter(request: web.Request) -> Callable[[], None]:
    transport = request.transport
    return transport.abort if transport else lambda: None


def _surroundings(hub: Hub, app: web.Application) -> Surroundings:
    keys, turn = app[SIGNING_KEYS], app.get(TURN, Turn())

    def sign(claims: Claims) -> str:
        now = wall_clock()
        life = max(_TOKEN_LIFE, timedelta(milliseconds=claims.expires_at - now))
        return tokens.issue(keys, claims, ttl=life, now=now)

    return Surroundings(
        hub.media, sign, lambda sid: turn.ice_servers(sid, wall_clock()), app[CHAT].take
    )


def _refusing(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Browsers read the status of refusals, and of validations, from other origins."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            response = await handle(request)
        except JoinRefused as refusal:
            request.app[METRICS].note_refused_join(refusal.status)
            response = web.Response(status=refusal.status, text=refusal.text)
        except web.HTTPException:
            raise
        except Exception as error:
            # Without the header below browsers would take it for a server out of reach, and the
            # one failure that they try again at once.
            response = _failed(error)
            request.app[METRICS].note_refused_join(response.status)
        if not response.prepared:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
        return response

    return answer


def _failed(error: Exception) -> web.Response:
    if outage := outages.refusal(error):
        logger.warning("a connection failed before it stood: %s", outage.code)
        headers = {"Retry-After": str(outage.retry_after)}
        return web.Response(status=outage.status, text=outage.title, headers=headers)
    logger.exception("a connection failed before it stood")
    return web.Response(status=500, text="internal error")


# The words by which clients tell a missing room from a missing endpoint (protocol §1.4).
_NO_ROOM = "requested room does not exist"
# The last protocol whose clients wait for the connection they publish on (protocol §1.7).
_PRIMARY_PUBLISHER = 2
_STOPPING = "the server is stopping"
# Shown by JS clients, to whom only a refusal like this one is final.
_FULL = "room has exceeded its max participants"
# Seconds between pings; a client whose pong does not come within half of it is cut.
_HEARTBEAT = 10.0
# Seconds to wait for the client's side of the closing handshake.
_CLOSING = 2.0
# Clients reconnect with the newest token they were sent, every five minutes: less ends a call
# after a long outage, more lets somebody come back long after leaving. Never less than is left of
# the client's own.
_TOKEN_LIFE = timedelta(hours=1)
# Lets one candidate gathering pass; TURN keeps running allocations beyond it.
_TURN_LIFE = timedelta(minutes=5)
