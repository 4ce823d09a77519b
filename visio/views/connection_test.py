"""What a browser tests its connection with: a room of its own, for two minutes."""

import secrets
from dataclasses import replace
from datetime import timedelta

from aiohttp import web
from pydantic import BaseModel

from visio.auth import tokens
from visio.auth.tokens import Claims, Grants
from visio.config import PRODUCT_KEY
from visio.hub import HUB, TEST_LIFE
from visio.views.described import OPEN, described
from visio.views.request import account, source
from visio.views.state import CLOCK, CONFIG, LIMITS, RELAYS, SIGNING_KEYS


class RelayServer(BaseModel):
    """A TURN server, with credentials for minutes."""

    url: str
    username: str
    credential: str


class ConnectionTest(BaseModel):
    """`sender` may publish, `receiver` subscribe, neither both: nobody can meet there. Media go to
    `udp_ports`, by TCP to `tcp_port`; `now` is the server's clock in ms since 1970."""

    sender: str
    receiver: str
    relays: list[RelayServer]
    udp_ports: list[int]
    tcp_port: int | None
    now: int


@described(answer=ConnectionTest, status=201, door=OPEN)
async def begin(request: web.Request) -> web.Response:
    """Two tokens for a room that is no meeting.

    Raises TooManyAttempts to who asks too often, NotSignedIn where only accounts may test.
    """
    if request.app[CONFIG].connection_test == "accounts":
        await account(request)
    limit, now = request.app[LIMITS].tests, request.app[CLOCK]()
    limit.check(source(request), now)
    limit.failed(source(request), now)
    hub = request.app[HUB]
    name = await hub.open_test()
    sources = ("camera", "microphone")
    sender = Grants(name, room_join=True, can_subscribe=False, can_publish_sources=sources)
    receiver = Grants(name, room_join=True, can_publish=False)
    test = ConnectionTest(
        sender=_token(request, "sender", sender, now),
        receiver=_token(request, "receiver", receiver, now),
        relays=_relays(request, now),
        udp_ports=[thread.port for thread in hub.media.threads()],
        tcp_port=hub.media.tcp_port,
        now=now,
    )
    return web.json_response(test.model_dump(), status=201)


def _token(request: web.Request, identity: str, grants: Grants, now: int) -> str:
    keys = {PRODUCT_KEY: request.app[SIGNING_KEYS][PRODUCT_KEY]}
    claims = Claims(identity, grants=replace(grants, can_publish_data=False))
    return tokens.issue(keys, claims, ttl=timedelta(seconds=TEST_LIFE), now=now)


def _relays(request: web.Request, now: int) -> list[RelayServer]:
    """Each address by itself: a firewall may let one through and not another."""
    return [
        RelayServer(url=url, username=server.username, credential=server.credential)
        for server in request.app[RELAYS](f"test-{secrets.token_hex(4)}", now)
        for url in server.urls
    ]
