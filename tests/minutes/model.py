"""A server that speaks the protocol of OpenAI's chat completions, and misbehaves when told to."""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Model:
    """Answers with what it is told to, in that order; then honestly, about the lines it is sent."""

    def __init__(self) -> None:
        self.behaviours: deque[Behaviour] = deque()
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.held = asyncio.Event()
        """Set once a question hangs."""
        self.server: TestServer

    @property
    def url(self) -> str:
        return str(self.server.make_url("/v1"))

    def texts(self) -> list[str]:
        """What was sent beside the instructions."""
        return [body["messages"][1]["content"] for body in self.asked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        if self.behaviours:
            return await self.behaviours.popleft()(request)
        return said(json.dumps(honest(self.texts()[-1])))

    async def hang(self, _request: web.Request) -> web.StreamResponse:
        self.held.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError


@asynccontextmanager
async def running_model() -> AsyncIterator[Model]:
    model = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.handle)
    async with TestServer(app) as model.server:
        yield model


def honest(text: str) -> dict[str, Any]:
    """A statement of each kind about the first line."""
    number = int((re.match(r"\[(\d+)", text) or ["", "0"])[1])
    statement = {"text": f"About line {number}.", "sources": [number]}
    action = {"text": "Send it.", "who": "Ada", "when": None, "sources": [number, 99_999]}
    return {"summary": [statement], "decisions": [statement], "actions": [action]}


def said(content: str | None, **more: Any) -> web.Response:
    message = {"role": "assistant", "content": content, **more}
    return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}]})


def answers(content: str | None, **more: Any) -> Behaviour:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return said(content, **more)

    return answer


def refuses(status: int, **headers: str) -> Behaviour:
    async def refuse(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return refuse


async def is_cut(request: web.Request) -> web.StreamResponse:
    """The connection ends in the middle of the answer."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport
    request.transport.close()
    return response


async def is_huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(64):
        await response.write(b" " * 65_536)
    return response


async def is_nonsense(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\xff<html>", content_type="text/html")
