"""A server's second address, at which clients are overheard: their requests, and what they say."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientWebSocketResponse, WSMsgType, hdrs, web
from livekit.protocol.rtc import JoinRequest, SignalRequest
from yarl import URL

from tests.firefox import PATIENCE
from tests.livekit.site import Site
from visio.livekit.join import parse_join_request


@dataclass
class Tap:
    """What was overheard."""

    url: str = ""
    requests: list[web.Request] = field(default_factory=list)
    """The handshakes of sockets."""
    _said: dict[str, asyncio.Queue[SignalRequest]] = field(
        default_factory=lambda: defaultdict(asyncio.Queue)
    )

    @property
    def join_request(self) -> JoinRequest:
        """What the last socket was opened with, on `/rtc/v1`."""
        return parse_join_request(self.requests[-1].query["join_request"])

    async def said(self, name: str) -> SignalRequest:
        """The next message of that name."""
        async with asyncio.timeout(PATIENCE):
            return await self._said[name].get()

    def take(self, frame: bytes) -> None:
        """Note a message."""
        message = SignalRequest.FromString(frame)
        self._said[message.WhichOneof("message") or ""].put_nowait(message)


@asynccontextmanager
async def tapped(site: Site) -> AsyncIterator[Tap]:
    """Put a relay in front of a server."""
    tap = Tap()

    async def relay(request: web.Request) -> web.StreamResponse:
        url = URL("http://{}:{}".format(*site.address) + request.raw_path, encoded=True)
        headers = {n: request.headers[n] for n in _PASSED if n in request.headers}
        if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
            async with site.http.request(request.method, url, headers=headers) as answer:
                shown = {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
                return web.Response(status=answer.status, body=await answer.read(), headers=shown)
        tap.requests.append(request)
        async with site.http.ws_connect(url, headers=headers, max_msg_size=0) as far:
            near = web.WebSocketResponse(max_msg_size=0)
            await near.prepare(request)
            answering = asyncio.create_task(_pass_on(far, near))
            async for message in near:
                if message.type is WSMsgType.BINARY:
                    tap.take(message.data)
                    await far.send_bytes(message.data)
            await far.close()
            await answering
        return near

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", relay)
    runner = web.AppRunner(app, access_log=None, max_line_size=65536, max_field_size=65536)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tap.url = f"ws://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield tap
    finally:
        await runner.cleanup()


async def _pass_on(far: ClientWebSocketResponse, near: web.WebSocketResponse) -> None:
    async for message in far:
        await near.send_bytes(message.data)
    await near.close(code=far.close_code or 1000)


_PASSED = (hdrs.AUTHORIZATION, hdrs.USER_AGENT)
