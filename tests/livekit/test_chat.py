"""The chat with LiveKit's own clients: theirs is written down, and ours is theirs."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from livekit import rtc
from sqlalchemy import func, select

from tests.livekit.caller import Caller, called
from tests.livekit.signal import PATIENCE
from tests.livekit.site import Site
from tests.livekit.test_settings import change
from visio.chat import CHAT, Draft
from visio.store.audit import SERVER
from visio.store.models import ChatMessage, new_id

pytestmark = pytest.mark.one_database


@pytest.fixture
async def council(site: Site) -> Site:
    await site.make_room("council")
    return site


@dataclass
class Pad:
    """What somebody is told by the chat of LiveKit's components."""

    caller: Caller
    lines: asyncio.Queue[tuple[str, str, str | None]] = field(default_factory=asyncio.Queue)
    reading: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.caller.room.register_text_stream_handler(
            "lk.chat",
            lambda reader, who: self.reading.append(asyncio.create_task(self._read(reader, who))),
        )

    async def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        told = (reader.info.attributes or {}).get("visio.to")
        self.lines.put_nowait((identity, await reader.read_all(), told))

    async def line(self) -> tuple[str, str, str | None]:
        async with asyncio.timeout(PATIENCE):
            return await self.lines.get()


def tokens(site: Site, *identities: str) -> list[str]:
    return [site.token(identity, "council", "visio") for identity in identities]


async def kept(site: Site) -> int:
    async with site.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(ChatMessage)) or 0


def sid_of(site: Site, identity: str) -> str:
    found = site.hub.find("council", identity)
    assert found
    return found[1].sid


async def test_their_messages_are_written_down_and_ours_reach_them(council: Site) -> None:
    async with called(council.url, *tokens(council, "ada", "bob", "eve")) as (ada, bob, eve):
        pads = [Pad(bob), Pad(eve)]
        await ada.me.send_text("Bonjour à tous", topic="lk.chat")
        assert [await pad.line() for pad in pads] == [("ada", "Bonjour à tous", None)] * 2
        await ada.me.send_text("À part", topic="lk.chat", destination_identities=["bob"])
        assert await pads[0].line() == ("ada", "À part", "bob")
        assert await kept(council) == 2

        live = council.hub.opened("council")
        assert live
        chat = council.runner.app[CHAT]
        long = Draft(new_id(), "é👋" * 2_000)
        await chat.say(live, sid_of(council, "ada"), long)
        assert [await pad.line() for pad in pads] == [("ada", long.text, None)] * 2

        await chat.take_back(live, sid_of(council, "ada"), long.id, SERVER)
        for caller in (ada, bob, eve):
            (packet,) = await caller.event("data_received")
            assert (packet.topic, packet.participant) == ("visio.chat", None)
            assert json.loads(packet.data) == {"deleted": long.id}


async def test_who_may_not_write_reaches_nobody(council: Site) -> None:
    """T18: with a client that does not ask."""
    async with called(council.url, *tokens(council, "ada", "bob")) as (ada, bob):
        pad = Pad(bob)
        await change(council, chat="hosts")
        await ada.me.send_text("Non", topic="lk.chat")
        await change(council, chat="everyone")
        for text in ("x" * 4_001, " \r\n", "\u202egpj.exe\r\n"):
            await ada.me.send_text(text, topic="lk.chat")
        assert await pad.line() == ("ada", "gpj.exe", None)
        assert await kept(council) == 1
