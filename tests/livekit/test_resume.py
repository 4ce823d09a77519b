"""Reliable data over a resume, packet by packet, for a client that takes them as they come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit.protocol import models, rtc

from tests.livekit.person import Person, present
from tests.livekit.signal import connected, joined
from tests.livekit.site import Site
from tests.peer import Client

pytestmark = [pytest.mark.one_database, pytest.mark.slow]


@asynccontextmanager
async def resumed(site: Site, person: Person, **received: int) -> AsyncIterator[int]:
    """Go on with another socket, and say what was received; yields what the server received."""
    request = rtc.JoinRequest(reconnect=True, participant_sid=person.signal.sid)
    states = [
        rtc.DataChannelReceiveState(publisher_sid=sid, last_seq=last)
        for sid, last in received.items()
    ]
    async with connected(site, site.token(person.identity), request) as signal:
        told = (await signal.expect("reconnect")).last_message_seq
        await signal.send(sync_state=rtc.SyncState(datachannel_receive_states=states))
        await signal.send(ping=1)
        await signal.expect("pong")
        yield told


@pytest.mark.rule(217, client="raw")
async def test_what_the_client_has_not_is_sent_again(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        for number in (1, 2, 3):
            ada.say(number)
            assert await bob.heard() == (ada.signal.sid, number)
        async with resumed(site, bob, **{ada.signal.sid: 1}):
            ada.say(4)
            assert [(await bob.heard())[1] for _ in range(3)] == [2, 3, 4]


async def test_server_says_how_far_it_came_and_drops_what_it_has(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        for number in (1, 2, 3):
            ada.say(number)
            await bob.heard()
        async with resumed(site, ada) as last:
            assert last == 3
            for number in (2, 3, 4):
                ada.say(number)
            assert (await bob.heard())[1] == 4


async def test_client_that_keeps_no_account_is_sent_nothing_twice(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        bob.say(0)
        await ada.heard()
        ada.say(1)
        await bob.heard()
        async with resumed(site, bob):
            ada.say(2)
            assert (await bob.heard())[1] == 2


async def test_client_that_numbers_is_sent_all_of_those_it_does_not_name(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        bob.say(1)
        await ada.heard()
        ada.say(1)
        await bob.heard()
        async with resumed(site, bob):
            assert await bob.heard() == (ada.signal.sid, 1)


async def test_channel_that_is_opened_anew_is_given_what_the_old_one_may_have_lost(
    site: Site,
) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        for number in (1, 2):
            ada.say(number)
            await bob.heard()
        async with resumed(site, bob, **{ada.signal.sid: 2}):
            ada.say(3)
            await bob.heard()
            await bob.client.channel("_reliable")
            assert (await bob.heard())[1] == 3


async def test_what_comes_before_the_channel_opens_waits_for_it(site: Site) -> None:
    client = await Client.open()
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        client.open_data()
        await bob.send(offer=rtc.SessionDescription(type="offer", sdp=client.offer(), id=1))
        await client.accept((await bob.expect("answer")).sdp)
        await bob.state_of("bob", models.ParticipantInfo.ACTIVE)
        await ada.signal.state_of("bob", models.ParticipantInfo.ACTIVE)
        ada.say(1)
        ada.say(2)
        await ada.signal.send(ping=1)
        await client.channel("_reliable")
        packets = [models.DataPacket.FromString((await client.message())[1]) for _ in range(2)]
        assert [packet.sequence for packet in packets] == [1, 2]
    await client.close()
