"""A participant who takes data packets as they come, and numbers its own as it likes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from livekit.protocol import models, rtc

from tests.livekit.signal import Signal, joined
from tests.livekit.site import Site
from tests.peer import Client


@dataclass
class Person:
    """Somebody with an open `_reliable` channel."""

    identity: str
    signal: Signal
    client: Client
    channel: Any

    def send(self, **packet: Any) -> None:
        """Send a DataPacket with these fields."""
        self.channel.send(models.DataPacket(**packet).SerializeToString())

    def say(self, sequence: int) -> None:
        """Send a packet of that number; 0 is none."""
        self.send(user=models.UserPacket(payload=b"hello"), sequence=sequence)

    async def packet(self) -> models.DataPacket:
        """The next one."""
        _, data = await self.client.message()
        return models.DataPacket.FromString(data)

    async def heard(self) -> tuple[str, int]:
        """Who numbered the next packet, and how."""
        packet = await self.packet()
        return packet.participant_sid, packet.sequence


@asynccontextmanager
async def present(site: Site, identity: str) -> AsyncIterator[Person]:
    client = await Client.open()
    async with joined(site, identity) as signal:
        client.open_data()
        offer = rtc.SessionDescription(type="offer", sdp=client.offer(), id=1)
        await signal.send(offer=offer)
        await client.accept((await signal.expect("answer")).sdp)
        channel = await client.channel("_reliable")
        await signal.state_of(identity, models.ParticipantInfo.ACTIVE)
        yield Person(identity, signal, client, channel)
    await client.close()
