"""Calls and streams between both unmodified SDKs, and with a client of the older kind of calls."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from livekit import rtc
from livekit.protocol import models

from tests.livekit.caller import Caller, called
from tests.livekit.person import Person, present
from tests.livekit.signal import PATIENCE
from tests.livekit.site import Site
from tests.livekit.test_browser import enter, open_tab
from tests.livekit.test_captions import Line
from visio.hub import LiveRoom

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

LONG = "é" * 40_000
"""A text of several chunks."""


class Shelf:
    """What somebody receives in streams of a topic: identity, and text or number of bytes."""

    def __init__(self, listener: Caller, topic: str) -> None:
        self._received: asyncio.Queue[tuple[str, str | int]] = asyncio.Queue()
        self._reading: set[asyncio.Task[None]] = set()
        listener.room.register_text_stream_handler(topic, self._take(self._read_text))
        listener.room.register_byte_stream_handler(topic, self._take(self._read_bytes))

    async def next(self) -> tuple[str, str | int]:
        async with asyncio.timeout(PATIENCE):
            return await self._received.get()

    def _take(self, read: Callable[[Any, str], Awaitable[None]]) -> Callable[[Any, str], None]:
        def handle(reader: Any, identity: str) -> None:
            self._reading.add(asyncio.ensure_future(read(reader, identity)))  # type: ignore[arg-type]

        return handle

    async def _read_text(self, reader: rtc.TextStreamReader, identity: str) -> None:
        self._received.put_nowait((identity, await reader.read_all()))

    async def _read_bytes(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        self._received.put_nowait((identity, sum([len(chunk) async for chunk in reader])))


async def send_bytes(sender: Caller, topic: str, size: int, **to: Any) -> None:
    writer = await sender.me.stream_bytes("zeros", topic=topic, **to)
    await writer.write(bytes(size))
    await writer.aclose()


async def test_bytes_stream_whole_and_to_those_named_only(site: Site, single: bool) -> None:
    tokens = (site.token("ada"), site.token("bob"), site.token("eve"))
    async with called(site.url, *tokens) as (ada, bob, eve):
        to_bob, to_eve = Shelf(bob, "files"), Shelf(eve, "files")
        await send_bytes(ada, "files", 100_000, destination_identities=["eve"])
        await ada.me.send_text("for eve", topic="files", destination_identities=["eve"])
        await send_bytes(ada, "files", 200_000)
        assert await to_eve.next() == ("ada", 100_000)
        assert await to_eve.next() == ("ada", "for eve")
        assert await to_eve.next() == await to_bob.next() == ("ada", 200_000)


@pytest.mark.browser
async def test_lines_of_the_transcript_are_streams_and_segments(site: Site) -> None:
    """Drafts for those who asked; in one packet or in many; a line that is taken back is empty."""
    tokens = (site.token("ada"), site.token("bob"))
    texts = ["Bonjour.", "é" * 10_000, ""]
    lines = [Line(text=text, final=final) for text in texts for final in (False, True)]
    async with called(site.url, tokens[0]) as (ada,), open_tab() as page:
        await enter(page, site.url, tokens[1], single=True)
        await page.evaluate("readLines()")
        read, live = read_lines(ada), live_room(site)
        for client in live.clients.values():
            client.captions = True
        live.show(lines)
        for line in lines:
            (segment,), speaker, _ = await ada.event("transcription_received")
            assert (segment.text, segment.final, speaker.identity) == (line.text, line.final, "bob")
            async with asyncio.timeout(PATIENCE):
                assert await (await read.get()) == ("bob", line.text, attributes(line))
        await page.wait_for_function("() => lines.length === 6 && lines.every(Boolean)")
        assert await page.evaluate("lines") == [
            ["bob", line.text, attributes(line)] for line in lines
        ]
        assert await page.evaluate("segments") == [["bob", line.text, line.final] for line in lines]


def live_room(site: Site) -> LiveRoom:
    found = site.hub.find("bots-only", "ada")
    assert found
    return found[0]


Read = tuple[str, str, dict[str, str]]


def read_lines(listener: Caller) -> asyncio.Queue[asyncio.Task[Read]]:
    """What comes to somebody as streams of the transcript, in the order of their beginnings."""
    read: asyncio.Queue[asyncio.Task[Read]] = asyncio.Queue()

    async def take(reader: rtc.TextStreamReader, identity: str) -> Read:
        text = await reader.read_all()
        return identity, text, dict(reader.info.attributes or {})

    listener.room.register_text_stream_handler(
        "lk.transcription",
        lambda reader, identity: read.put_nowait(asyncio.create_task(take(reader, identity))),
    )
    return read


def attributes(line: Line) -> dict[str, str]:
    return {
        "lk.segment_id": line.id,
        "lk.transcription_final": "true" if line.final else "false",
        "lk.transcribed_track_id": line.track_sid,
    }


async def greet(call: rtc.RpcInvocationData) -> str:
    return f"{call.payload} {call.caller_identity}"


def answer(person: Person, request: models.DataPacket, text: str) -> None:
    """Acknowledge and answer a call, as clients do that know no other kind (protocol §3.8)."""
    to, call = [request.participant_identity], request.rpc_request.id
    person.send(rpc_ack=models.RpcAck(request_id=call), destination_identities=to)
    person.send(
        rpc_response=models.RpcResponse(request_id=call, payload=text), destination_identities=to
    )


async def test_python_calls_and_is_called_in_the_older_way(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada")) as (ada,), present(site, "old") as old:
        ada.me.register_rpc_method("greet", greet)
        calling = asyncio.create_task(
            ada.me.perform_rpc(destination_identity="old", method="ask", payload="hello")
        )
        request = await old.packet()
        assert (request.rpc_request.method, request.rpc_request.payload) == ("ask", "hello")
        answer(old, request, "hi ada")
        assert await calling == "hi ada"
        assert await called_back(old, "ada") == "hello old"


async def called_back(person: Person, identity: str) -> str:
    """What `greet` of somebody answers to a call of the older kind."""
    request = models.RpcRequest(
        id="c1", method="greet", payload="hello", response_timeout_ms=8000, version=1
    )
    person.send(rpc_request=request, destination_identities=[identity])
    assert (await person.packet()).rpc_ack.request_id == "c1"
    response = (await person.packet()).rpc_response
    assert response.request_id == "c1"
    return response.payload


@pytest.mark.browser
async def test_browser_calls_and_streams(site: Site, single: bool) -> None:
    async with (
        called(site.url, site.token("ada")) as (ada,),
        open_tab() as page,
        present(site, "old") as old,
    ):
        await enter(page, site.url, site.token("bob"), single)
        await page.evaluate("readStreams('files'); answerCalls('greet')")
        ada.me.register_rpc_method("greet", greet)
        shelf = Shelf(ada, "files")
        to_ada = {"topic": "files", "destinationIdentities": ["ada"]}
        for text in ("short", LONG):
            await page.evaluate("([t, o]) => room.localParticipant.sendText(t, o)", [text, to_ada])
            assert await shelf.next() == ("bob", text)
            await ada.me.send_text(text, topic="files", destination_identities=["bob"])
        await page.evaluate("sendFile('files', 100000)")
        assert await shelf.next() == ("bob", 100_000)
        await send_bytes(ada, "files", 200_000, destination_identities=["bob"])
        await page.wait_for_function("streams.length === 3")
        assert await page.evaluate("streams.map(([, who, what]) => [who, what])") == [
            ["ada", "short"],
            ["ada", LONG],
            ["ada", 200_000],
        ]
        assert await page.evaluate("call('ada', 'greet', 'hello')") == "hello bob"
        assert (
            await ada.me.perform_rpc(destination_identity="bob", method="greet", payload="hello")
            == "hello ada"
        )
        await called_in_the_older_way(page, old)


async def called_in_the_older_way(page: Any, old: Person) -> None:
    calling = asyncio.create_task(page.evaluate("call('old', 'ask', 'hello')"))
    request = await old.packet()
    while not request.HasField("rpc_request"):  # the file was for everybody
        request = await old.packet()
    answer(old, request, "hi bob")
    assert await calling == "hi bob"
    assert await called_back(old, "bob") == "hello old"
