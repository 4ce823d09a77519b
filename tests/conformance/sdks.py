"""The SDKs behind one face: each is told by verbs what to do, and says in words what happened."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from aiohttp import web
from livekit import rtc
from playwright.async_api import Browser

from tests.firefox import BiDi, new_tab
from tests.livekit.caller import EVENTS, Caller
from tests.livekit.test_browser import CLIENT

HERE = Path(__file__).parent

PATIENCE = 120.0
"""Seconds that a verb may take, on a machine that runs browsers and builds besides."""


class Sdk(Protocol):
    """One client. The verbs are those of caller.mjs; times out as a test failure."""

    async def __call__(self, verb: str, *told: Any) -> Any: ...


class PythonSdk:
    """`livekit`, in this process."""

    def __init__(self, single: bool) -> None:
        self._caller = Caller()
        self._single = single
        self._news: list[tuple[str, list[str]]] = []
        self._changed = asyncio.Event()
        self._reading: set[asyncio.Task[None]] = set()
        for name in (*EVENTS, *_MORE_EVENTS):
            self._room.on(name, self._listener(name))  # type: ignore[arg-type]

    async def __call__(self, verb: str, *told: Any) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await getattr(self, verb)(*told)

    @property
    def _room(self) -> rtc.Room:
        return self._caller.room

    @property
    def _me(self) -> rtc.LocalParticipant:
        return self._room.local_participant

    async def join(self, url: str, token: str, options: Mapping[str, Any]) -> Any:
        self._room.register_text_stream_handler("lk.chat", self._read)
        await self._room.connect(
            url,
            token,
            rtc.RoomOptions(
                auto_subscribe=options.get("autoSubscribe", True),
                single_peer_connection=self._single,
                dynacast=True,
            ),
        )
        self._me.register_rpc_method("greet", _greet)
        return await self.me()

    async def me(self) -> Any:
        me = self._me
        room = {"room": await self._room.sid, "roomName": self._room.name}
        return {**_shown(me), "identity": me.identity, **room}

    async def roster(self) -> Any:
        return {
            identity: {**_shown(other), "tracks": list(other.track_publications)}
            for identity, other in self._room.remote_participants.items()
        }

    async def speak(self) -> str:
        return (await self._caller.speak(880)).sid

    async def film(self) -> str:
        return (await self._caller.show((20, 130, 140))).sid

    async def unpublish(self, sid: str) -> None:
        await self._me.unpublish_track(sid)

    async def mute(self, sid: str, muted: bool) -> None:
        track = self._me.track_publications[sid].track
        assert isinstance(track, rtc.LocalAudioTrack)
        track.mute() if muted else track.unmute()

    async def muted(self, sid: str) -> bool:
        return self._me.track_publications[sid].muted

    async def receives(self, identity: str, kind: str) -> None:
        wanted = rtc.TrackKind.KIND_AUDIO if kind == "audio" else rtc.TrackKind.KIND_VIDEO
        while True:
            there = self._room.remote_participants[identity].track_publications.values()
            if track := next((p.track for p in there if p.track and p.kind == wanted), None):
                break
            await self._happening()
        await _flowing(track)

    async def subscribe(self, identity: str, on: bool) -> None:
        for publication in self._room.remote_participants[identity].track_publications.values():
            publication.set_subscribed(on)

    async def permit(self, identities: list[str]) -> None:
        people = [
            rtc.ParticipantTrackPermission(participant_identity=one, allow_all=True)
            for one in identities
        ]
        self._me.set_track_subscription_permissions(
            allow_all_participants=not identities, participant_permissions=people
        )

    async def say(self, text: str, options: Mapping[str, Any]) -> None:
        await self._me.publish_data(
            text,
            reliable=options.get("reliable", True),
            destination_identities=options.get("to", []),
            topic=options.get("topic", ""),
        )

    async def chat(self, text: str) -> None:
        await self._me.send_text(text, topic="lk.chat")

    async def greet(self, identity: str, method: str, payload: str) -> str:
        return await self._me.perform_rpc(
            destination_identity=identity, method=method, payload=payload
        )

    async def rename(self, name: str) -> None:
        await self._me.set_name(name)

    async def describe(self, metadata: str) -> None:
        await self._me.set_metadata(metadata)

    async def attribute(self, attributes: dict[str, str]) -> None:
        await self._me.set_attributes(attributes)

    async def bytes(self, data: list[int]) -> None:
        writer = await self._me.stream_bytes("data.bin", topic="files")
        await writer.write(bytes(data))
        await writer.aclose()

    async def graded(self, identity: str) -> str:
        _, quality = await self.event("connectionQualityChanged", identity)
        return quality

    async def leave(self) -> None:
        await self._caller.leave()

    async def event(self, name: str, *words: str) -> list[str]:
        while True:
            for number, (happened, told) in enumerate(self._news):
                if happened == name and set(words) <= set(told):
                    del self._news[number]
                    return told
            await self._happening()

    async def close(self) -> None:
        await self._caller.leave()
        if self._reading:
            await asyncio.wait(self._reading)

    async def _happening(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _happen(self, name: str, words: list[str]) -> None:
        self._news.append((name, words))
        self._changed.set()

    def _listener(self, name: str) -> Callable[..., None]:
        # participant_name_changed → participantNameChanged
        first, *rest = name.split("_")
        camel = first + "".join(part.title() for part in rest)
        return lambda *told: self._happen(camel, [w for one in told for w in _words(one)])

    def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        async def read() -> None:
            self._happen("text", [await reader.read_all(), identity])

        task = asyncio.create_task(read())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)


class Evaluate(Protocol):
    """Evaluates a JavaScript function in a page with one JSON argument; returns what it does."""

    async def __call__(self, function: str, argument: Any, /) -> Any: ...


class PageSdk:
    """livekit-client in a page of any browser."""

    def __init__(self, evaluate: Evaluate, single: bool) -> None:
        self._evaluate = evaluate
        self._single = single

    async def __call__(self, verb: str, *told: Any) -> Any:
        if verb == "join":
            url, token, options = told
            told = url, token, {"single": self._single, **options}
        async with asyncio.timeout(PATIENCE):
            return await self._evaluate("(told) => caller(...told)", [verb, *told])


class NodeSdk:
    """@livekit/rtc-node, in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    async def __call__(self, verb: str, *told: Any) -> Any:
        number = len(self._asked)
        self._asked[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps([number, verb, told])}\n".encode())
        async with asyncio.timeout(PATIENCE):
            return await self._asked[number]

    async def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            raise
        finally:
            await self._reading

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            if line.startswith(b"@"):  # the others are its log
                number, result, error = json.loads(line[1:])
                asked = self._asked[number]
                if not asked.done():
                    asked.set_exception(RefusedError(error)) if error else asked.set_result(result)


class RefusedError(Exception):
    """A client did not do what it was told; the message is its own."""


@asynccontextmanager
async def python(single: bool) -> AsyncIterator[Sdk]:
    sdk = PythonSdk(single)
    try:
        yield sdk
    finally:
        await sdk.close()


@asynccontextmanager
async def node(single: bool) -> AsyncIterator[Sdk]:
    assert single, "rtc-node has no option for two connections"
    process = await asyncio.create_subprocess_exec(
        "node",
        HERE / "node.mjs",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1024 * 1024,
    )
    sdk = NodeSdk(process)
    try:
        yield sdk
    finally:
        await sdk.close()


@asynccontextmanager
async def chromium_tab(browser: Browser, single: bool) -> AsyncIterator[Sdk]:
    """A tab that shares nothing with the others."""
    async with served_page() as url:
        context = await browser.new_context()
        try:
            page = await context.new_page()
            await page.goto(url)
            await page.wait_for_function("() => window.caller")
            yield PageSdk(page.evaluate, single)
        finally:
            await context.close()


@asynccontextmanager
async def firefox_tab(bidi: BiDi, single: bool) -> AsyncIterator[Sdk]:
    """A tab of a Firefox that runs already."""
    async with served_page() as url, new_tab(bidi) as tab:
        await tab.goto(url)
        await tab.wait_for_function("() => Boolean(window.caller)")
        yield PageSdk(tab.evaluate, single)


@dataclass(frozen=True)
class Client:
    """A column of the matrix; `open` is told whether it shall have one connection."""

    name: str
    open: Callable[[bool], AbstractAsyncContextManager[Sdk]]


OPENERS: Mapping[str, Callable[[bool], AbstractAsyncContextManager[Sdk]]] = {
    "python": python,
    "node": node,
}
"""By their names in the matrix, those that run for one test only."""


@asynccontextmanager
async def served_page() -> AsyncIterator[str]:
    """The page with livekit-client, on another origin than the signalling."""
    files = {
        "": HERE / "browser.html",
        "browser.mjs": HERE / "browser.mjs",
        "caller.mjs": HERE / "caller.mjs",
        "livekit-client.js": CLIENT / "livekit-client.umd.js",
    }

    async def serve(request: web.Request) -> web.FileResponse:
        return web.FileResponse(files[request.match_info["name"]])

    app = web.Application()
    app.router.add_get("/{name:" + "|".join(files) + "}", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


# Of 16 bits; the tone has 8,000.
_LOUD = 1_000
_MORE_EVENTS = (
    "connection_quality_changed",
    "participant_metadata_changed",
    "local_track_unpublished",
)


async def _flowing(track: rtc.Track) -> None:
    """Wait for five pictures, or as many pieces of sound that are not silent."""
    audio = track.kind == rtc.TrackKind.KIND_AUDIO
    stream: Any = rtc.AudioStream(track) if audio else rtc.VideoStream(track)
    seen = 0
    async for event in stream:
        loud = audio and np.abs(np.frombuffer(event.frame.data, dtype=np.int16)).max() > _LOUD
        seen += loud or not audio
        if seen == 5:
            break
    await stream.aclose()


async def _greet(call: rtc.RpcInvocationData) -> str:
    if call.payload == "refuse":
        raise rtc.RpcError(1234, "no greeting")
    return f"{call.payload} {call.caller_identity}"


def _shown(one: rtc.Participant) -> dict[str, Any]:
    return {
        "sid": one.sid,
        "name": one.name,
        "metadata": one.metadata,
        "attributes": dict(one.attributes),
    }


def _words(one: Any) -> list[str]:
    if isinstance(one, list):
        return [word for each in one for word in _words(each)]
    if isinstance(one, rtc.DataPacket):
        sender = one.participant.identity if one.participant else ""
        return [one.data.decode(), sender, str(one.kind), one.topic or ""]
    if isinstance(one, rtc.Participant):
        return [one.identity]
    return [str(getattr(one, "sid", one))]
