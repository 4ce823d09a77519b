"""Twenty open microphones in a room: from signalling to the packets that are held back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit.protocol import models
from livekit.protocol.rtc import (
    AddTrackRequest,
    MuteTrackRequest,
    SessionDescription,
    UpdateSubscription,
)

from tests.livekit.signal import Signal, joined
from tests.livekit.site import Site
from tests.peer import Client
from tests.sfu.participants import Sender

pytestmark = pytest.mark.one_database

OPEN, LOUDEST = 20, 8


@asynccontextmanager
async def connected_client() -> AsyncIterator[Client]:
    client = await Client.open()
    yield client
    await client.close()


async def publish_microphones(signal: Signal, client: Client) -> dict[str, Sender]:
    """Announce and offer twenty of them; what sends each, by its track."""
    senders = {}
    for number in range(OPEN):
        slot = client.publish("audio", f"microphone-{number}")
        request = AddTrackRequest(
            cid=slot.cid, type=models.AUDIO, source=models.MICROPHONE, name=slot.cid
        )
        await signal.send(add_track=request)
        published = await signal.expect("track_published")
        senders[published.track.sid] = Sender(client, slot)
    await signal.send(offer=SessionDescription(type="offer", sdp=client.offer(), id=1))
    await client.accept((await signal.expect("answer")).sdp)
    return senders


async def held_back(site: Site, signal: Signal, senders: list[Sender]) -> int:
    """One packet of each: how many of them go no further."""
    before = site.media.counters()
    for sender in senders:
        await sender.opus(b"sound")
    while True:
        counters = site.media.counters()
        if counters["packets_in"] - before["packets_in"] >= len(senders):
            return counters["drop_held_back"] - before["drop_held_back"]
        # The media thread answers no ping of ours; the socket's keeps this from spinning.
        await signal.send(ping=1)
        await signal.expect("pong")


async def test_only_the_loudest_of_twenty_open_microphones_are_forwarded(site: Site) -> None:
    async with joined(site, "ada") as ada, connected_client() as client:
        senders = await publish_microphones(ada, client)
        everybody = list(senders.values())
        assert await held_back(site, ada, everybody) == OPEN - LOUDEST
        muted = next(iter(senders))
        await ada.send(mute=MuteTrackRequest(sid=muted, muted=True))
        await ada.send(ping=1)
        await ada.expect("pong")
        assert await held_back(site, ada, everybody[1:]) == 0
        await ada.send(mute=MuteTrackRequest(sid=muted, muted=False))
        await ada.send(ping=1)
        await ada.expect("pong")
        assert await held_back(site, ada, everybody) == OPEN - LOUDEST


async def test_shared_audio_is_never_held_back(site: Site) -> None:
    async with joined(site, "ada") as ada, connected_client() as client:
        senders = [*(await publish_microphones(ada, client)).values()]
        slot = client.publish("audio", "shared")
        request = AddTrackRequest(cid=slot.cid, type=models.AUDIO, source=models.SCREEN_SHARE_AUDIO)
        await ada.send(add_track=request)
        await ada.send(offer=SessionDescription(type="offer", sdp=client.offer(), id=2))
        await client.accept((await ada.expect("answer")).sdp)
        await held_back(site, ada, senders)
        assert await held_back(site, ada, [Sender(client, slot)]) == 0


async def test_a_listener_gets_what_is_held_back_as_a_pause(site: Site) -> None:
    async with (
        joined(site, "ada") as ada,
        joined(site, "bob") as bob,
        connected_client() as client,
        connected_client() as listener,
    ):
        microphones = await publish_microphones(ada, client)
        senders = [*microphones.values()]
        listener.receive(audios=OPEN)
        wish = UpdateSubscription(track_sids=[*microphones], subscribe=True)
        await bob.send(subscription=wish)
        await bob.send(offer=SessionDescription(type="offer", sdp=listener.offer(), id=1))
        answer = await bob.expect("answer")
        assert len(answer.mid_to_track_id) == OPEN
        await listener.accept(answer.sdp)
        for sender in senders:
            await sender.opus(b"noise", level=70)
        quiet = [await listener.packet() for _ in range(LOUDEST)]
        # The last one of them says something: its packet from before goes first.
        for word in (b"one", b"two"):
            await senders[-1].opus(word, level=20)
        spoken = [await listener.packet() for _ in range(3)]
        assert [packet.payload for packet in spoken] == [b"noise", b"one", b"two"]
        assert {packet.ssrc for packet in quiet}.isdisjoint({spoken[0].ssrc})
        first = spoken[0].sequence_number
        assert [packet.sequence_number - first for packet in spoken] == [0, 1, 2]
