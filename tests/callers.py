"""Who knocks at the door in the tests of the API, with real cookies, tokens and sockets."""

import asyncio
import base64
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from livekit.protocol import models, rtc

from visio.auth import accounts, sessions, tokens
from visio.config import PRODUCT_KEY, Config, load, read_secrets
from visio.store import accounts as rows
from visio.store import rooms
from visio.store.database import Database
from visio.store.models import Account, Room
from visio.views.state import clock

BOT_KEY, BOT_SECRET = "bot", secrets.token_urlsafe(48)


def make_config(database_url: str, folder: Path, **more: Any) -> Config:
    """A demo on free ports, without a speech worker; `more` are further settings."""
    return load(
        options={
            "demo": True,
            "data_dir": folder / "var",
            "database_url": database_url,
            "media_host": "127.0.0.1",
            "media_port": 0,
            "worker": False,
            "livekit_keys": {BOT_KEY: BOT_SECRET},
            **more,
        }
    )


PASSWORD = "a password of my own"


@cache
def password_hash() -> str:
    """Of PASSWORD: made once, as it is made to be slow."""
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2).hash(PASSWORD)


class Clock:
    """Starts at the real time, which the signalling reads; then stands until it is moved."""

    def __init__(self) -> None:
        self.now = clock()

    def __call__(self) -> int:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by // timedelta(milliseconds=1)


@dataclass
class Answer:
    """A response, read."""

    status: int
    headers: Any
    body: bytes
    json: Any

    @property
    def code(self) -> str | int:
        """The stable code of a refusal, else the status."""
        if self.headers.get("Content-Type", "").startswith("application/problem+json"):
            return str(self.json["code"])
        return self.status


@dataclass
class Caller:
    """A client with what it knows: cookies, a bearer token."""

    server: TestServer
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    origin: str | None = ""
    """"" stands for our own; None sends none."""

    async def ask(self, method: str, path: str, json: Any = None, **headers: str) -> Answer:
        """Send one request as a page of ours would."""
        return await self._request(method, path, headers, json=json)

    async def send(self, method: str, path: str, body: bytes, kind: str) -> Answer:
        """As `ask`, with any bytes for a body."""
        # Large ones go in pieces.
        return await self._request(method, path, {"Content-Type": kind}, data=BytesIO(body))

    async def raw(self, method: str, path: str) -> bytes:
        """All the server answers to an address sent as it is written."""
        reader, writer = await asyncio.open_connection(self.server.host, self.server.port)
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def _request(
        self, method: str, path: str, headers: dict[str, str], **body: Any
    ) -> Answer:
        if self.origin is not None:
            headers.setdefault("Origin", self.origin or str(self.server.make_url("/"))[:-1])
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        async with (
            aiohttp.ClientSession(
                cookies=self.cookies, cookie_jar=aiohttp.DummyCookieJar()
            ) as http,
            http.request(
                method, self.server.make_url(path), headers=headers, cookies=self.cookies, **body
            ) as response,
        ):
            body = await response.read()
            is_json = response.content_type in ("application/json", "application/problem+json")
            for name, morsel in response.cookies.items():
                self.cookies[name] = morsel.value
            return Answer(
                response.status,
                response.headers,
                body,
                await response.json(content_type=None) if is_json else None,
            )

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, json: Any = None, **headers: str) -> Answer:
        return await self.ask("POST", path, json, **headers)

    async def put(self, path: str, json: Any = None, **headers: str) -> Answer:
        return await self.ask("PUT", path, json, **headers)


@dataclass
class House:
    """The running server and who is around."""

    server: TestServer
    database: Database
    clock: Clock
    config: Config
    _inside: AsyncExitStack = field(default_factory=AsyncExitStack)
    _socket: aiohttp.ClientWebSocketResponse | None = None

    def anonymous(self) -> Caller:
        return Caller(self.server)

    async def account(
        self, email: str, *, administrator: bool = False, one_time: bool = False
    ) -> Account:
        """An account whose password nobody needs."""
        name = email.partition("@")[0].title()
        row = Account(
            email=email,
            name=name,
            password_hash="none",
            administrator=administrator,
            must_change_password=one_time,
        )
        async with self.database.transaction() as session:
            session.add(row)
        return row

    async def with_password(self, email: str) -> tuple[Account, str]:
        """One with a one-time password."""
        return await accounts.create(self.database, email, "")

    async def settled(self, email: str, *, administrator: bool = False) -> Account:
        """An account with PASSWORD."""
        account = await self.account(email, administrator=administrator)
        async with self.database.transaction() as session:
            hashed = password_hash()
            await rows.set_password(session, account.id, hashed, must_change=False)
        return account

    async def signed_in(self, account: Account, *, strong: bool = False) -> Caller:
        now = self.clock()
        token = await sessions.open_session(self.database, account.id, now, strong=strong)
        return Caller(self.server, {"visio_session": token})

    async def room(self, owner: Account, access: str = "public", slug: str = "") -> Room:
        row = Room(
            slug=slug or f"{access}-room", title=access.title(), access=access, owner_id=owner.id
        )
        async with self.database.transaction() as session:
            return await rooms.add(session, row)

    async def member(self, room: Room, account: Account, role: str = "member") -> None:
        async with self.database.transaction() as session:
            await rooms.set_member(session, room.id, account.id, role)

    async def enter(self, caller: Caller, slug: str, **join: Any) -> Caller:
        """Join and connect; the caller is inside until `leave`, and holds the call's token."""
        answer = await caller.post(f"/api/v1/rooms/{slug}/join", join)
        assert answer.status == 200, answer.body
        inside = Caller(self.server, token=answer.json["token"])
        await self.connect(inside)
        return inside

    async def connect(self, caller: Caller) -> None:
        """Open the signalling socket and wait until the server has let us in."""
        join = rtc.JoinRequest(client_info=models.ClientInfo(protocol=16))
        wrapped = rtc.WrappedJoinRequest(join_request=join.SerializeToString())
        request = base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()
        http = await self._inside.enter_async_context(aiohttp.ClientSession())
        socket = await self._inside.enter_async_context(
            http.ws_connect(
                self.server.make_url("/rtc/v1").with_query(
                    access_token=caller.token, join_request=request
                )
            )
        )
        first = rtc.SignalResponse.FromString(await socket.receive_bytes(timeout=10))
        assert first.WhichOneof("message") == "join"
        self._socket = socket

    async def hung_up(self) -> None:
        """Wait until the server closes the newest socket."""
        assert self._socket
        while not self._socket.closed:
            await self._socket.receive()

    def token(self, claims: tokens.Claims, ttl: timedelta = timedelta(hours=1)) -> str:
        """A token signed by the server's own secret, or by the bot's."""
        keys = read_secrets(self.config).signing_keys
        return tokens.issue(keys, claims, ttl=ttl, now=self.clock())

    async def leave(self) -> None:
        """Everybody goes."""
        await self._inside.aclose()


def call_claims(slug: str, identity: str = "p-x", key: str = PRODUCT_KEY) -> tokens.Claims:
    """What a token of the call says."""
    grants = tokens.Grants(room=slug, room_join=True)
    return tokens.Claims(identity, grants, "X", attributes={"visio.role": "owner"}, key=key)
