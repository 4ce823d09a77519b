"""A participant that misuses its data channels: python -m tests.livekit.attacker URL CRIME TOKEN…

One after the other, a participant for each token joins, does it, and waits until it is cut off.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from struct import pack

import aiohttp
from livekit.protocol import rtc

from tests.livekit.signal import Signal, wrapped
from tests.peer import Client


async def long_labels(client: Client) -> None:
    """A hundred channels with labels of 60 kB."""
    label = b"x" * 60_000
    for number in range(100):
        opening = pack("!BBHLHH", 3, 0, 0, 0, len(label), 0) + label
        await client.sctp._send(2 * number + 100, 50, opening)


async def many_channels(client: Client) -> None:
    """A hundred channels with short labels."""
    for number in range(100):
        opening = pack("!BBHLHH", 3, 0, 0, 0, 1, 0) + b"x"
        await client.sctp._send(2 * number + 100, 50, opening)


async def long_message(client: Client) -> None:
    """One message of 12 MB."""
    channel = await client.channel("_reliable")
    await client.sctp._send(channel.id, 53, bytes(12_000_000))


async def nothing(client: Client) -> None:
    """Joins, and leaves."""
    await client.channel("_reliable")
    await client.close()


async def attack(url: str, crime: Callable[[Client], Awaitable[None]], token: str) -> None:
    client = await Client.open()
    query = {"access_token": token, "join_request": wrapped(rtc.JoinRequest())}
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}/rtc/v1", params=query) as socket,
    ):
        signal = Signal(socket)
        client.open_data()
        await signal.send(offer=rtc.SessionDescription(type="offer", sdp=client.offer(), id=1))
        await client.accept((await signal.expect("answer")).sdp)
        with suppress(ConnectionError):  # it is cut off in the middle of it
            await crime(client)
        await signal.expect("leave")
    client.link.close()


async def main(url: str, crime: str, *tokens: str) -> None:
    for token in tokens:
        await attack(url, CRIMES[crime], token)


CRIMES: Mapping[str, Callable[[Client], Awaitable[None]]] = {
    "long_labels": long_labels,
    "many_channels": many_channels,
    "long_message": long_message,
    "nothing": nothing,
}

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
