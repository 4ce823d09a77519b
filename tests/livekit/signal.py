"""A LiveKit client without media: the bare signalling, message by message."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType
from livekit.protocol import models, rtc
from livekit.protocol.rtc import SignalRequest, SignalResponse

from tests.livekit.site import Site

PATIENCE = 10.0
"""Seconds until a wait fails the test; nothing that works takes a tenth of it."""


@dataclass
class Signal:
    """One connection; `join` is its first message when that was a JoinResponse."""

    socket: ClientWebSocketResponse
    join: rtc.JoinResponse = field(default_factory=rtc.JoinResponse)

    @property
    def sid(self) -> str:
        return self.join.participant.sid

    async def send(self, **message: Any) -> None:
        """Send a SignalRequest with this one field."""
        await self.socket.send_bytes(SignalRequest(**message).SerializeToString())

    async def receive(self) -> SignalResponse:
        """The next message."""
        async with asyncio.timeout(PATIENCE):
            return SignalResponse.FromString(await self.socket.receive_bytes())

    async def expect(self, name: str) -> Any:
        """The next message of that name; those before it are skipped."""
        while not (message := await self.receive()).HasField(name):
            pass
        return getattr(message, name)

    async def state_of(self, identity: str, state: models.ParticipantInfo.State) -> Any:
        """The next news that somebody is in that state."""
        while True:
            for participant in (await self.expect("update")).participants:
                if (participant.identity, participant.state) == (identity, state):
                    return participant

    async def closed(self) -> int | None:
        """Wait for the end; returns the close code."""
        async with asyncio.timeout(PATIENCE):
            while (await self.socket.receive()).type == WSMsgType.BINARY:
                pass
        return self.socket.close_code


def wrapped(request: rtc.JoinRequest) -> str:
    """A join request as it stands in the address."""
    message = rtc.WrappedJoinRequest(join_request=request.SerializeToString())
    return base64.urlsafe_b64encode(message.SerializeToString()).decode()


@asynccontextmanager
async def connected(
    site: Site, token: str, request: rtc.JoinRequest | None = None
) -> AsyncIterator[Signal]:
    """Connect to `/rtc/v1`, without leaving at the end; without a request, as a new client."""
    newest = models.ClientInfo(protocol=17)
    query = {
        "access_token": token,
        "join_request": wrapped(request or rtc.JoinRequest(client_info=newest)),
    }
    url = f"{site.url}/rtc/v1"
    async with site.http.ws_connect(url, params=query, autoping=True) as socket:
        yield Signal(socket)


@asynccontextmanager
async def joined(
    site: Site, identity: str, room: str = "bots-only", key: str = "bots", **claims: Any
) -> AsyncIterator[Signal]:
    """Join a room."""
    async with connected(site, site.token(identity, room, key, **claims)) as signal:
        signal.join = (await signal.receive()).join
        assert signal.join.participant.identity == identity
        yield signal
