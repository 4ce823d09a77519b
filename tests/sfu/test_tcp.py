"""ICE-TCP: the passive side, met by a client of aiortc's parts over a framed connection."""

import asyncio
import secrets

import pytest

from sfu import Connected, DataReceived, Disconnected, DisconnectReason, Sfu
from tests.peer import PATIENCE
from tests.sfu.conftest import Join
from tests.sfu.participants import vp8_frames


def words(count: int) -> list[bytes]:
    return [secrets.token_bytes(80) for _ in range(count)]


async def test_media_pass_between_a_connection_and_a_datagram_socket(join: Join) -> None:
    alice, bob = await join(by_tcp=True), await join()
    voice, publication = await alice.publish("audio")
    answer_voice, answer = await bob.publish("audio")
    await bob.subscribe(publication)
    await alice.subscribe(answer)
    said = words(20)
    for word in said:
        await voice.opus(word)
        await answer_voice.opus(word)

    assert [(await bob.client.packet()).payload for _ in said] == said
    assert [(await alice.client.packet()).payload for _ in said] == said


@pytest.mark.rule(206, client="raw")
async def test_video_arrives_bit_exact_by_tcp(join: Join) -> None:
    alice, bob = await join(by_tcp=True), await join(by_tcp=True)
    camera, publication = await alice.publish("video")
    await bob.subscribe(publication)
    sent = [packet for frame in vp8_frames(4) for packet in await camera.vp8(frame)]
    got = [await bob.client.packet() for _ in sent]

    assert [len(packet.payload) for packet in got] == [len(packet.payload) for packet in sent]


async def test_data_passes_by_tcp(join: Join) -> None:
    alice = await join(by_tcp=True)
    alice.client.open_data()
    await alice.negotiate()
    await alice.event(Connected)
    channel = await alice.client.channel("_reliable")
    channel.send(b"hello")

    assert await alice.event(DataReceived) == DataReceived("_reliable", b"hello")


async def test_an_ice_restart_leads_from_udp_to_tcp_and_back_on_the_same_dtls(join: Join) -> None:
    alice, bob = await join(), await join()
    voice, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    before, dtls = bob.client.remote, bob.client.dtls
    for number, by_tcp in enumerate((True, True, False)):
        await bob.client.move(by_tcp=by_tcp)
        bob.client.restart_ice()
        await bob.negotiate()
        (word,) = words(1)
        await voice.opus(word)
        packet = await bob.client.packet()
        assert packet.payload == word, number

    assert before is not None
    assert bob.client.remote is not None
    assert before.ufrag != bob.client.remote.ufrag
    assert before.fingerprint == bob.client.remote.fingerprint
    assert bob.client.dtls is dtls
    assert dtls.state == "connected"


async def test_a_peer_whose_connection_ends_is_lost_at_once(join: Join) -> None:
    alice = await join(by_tcp=True)
    await alice.publish("audio")
    await alice.event(Connected)
    alice.client.link.close()
    assert await alice.event(Disconnected) == Disconnected(DisconnectReason.LOST)

    await alice.client.move(by_tcp=True)
    await alice.client.check()
    await alice.event(Connected)


async def test_strangers_connect_in_vain(sfu: Sfu, join: Join) -> None:
    alice = await join()
    await alice.publish("audio")
    for greeting in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" * 200):
        reader, writer = await asyncio.open_connection("127.0.0.1", sfu.tcp_port)
        writer.write(greeting)
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()
    assert sfu.counters()["connections_accepted"] == 2

    (word,) = words(1)
    voice, publication = await alice.publish("audio")
    bob = await join(by_tcp=True)
    await bob.subscribe(publication)
    await voice.opus(word)
    assert (await bob.client.packet()).payload == word


async def test_the_tcp_port_is_free_after_closing_and_none_by_default() -> None:
    first = await Sfu.open(host="127.0.0.1", port=0, tcp_port=0)
    await first.close()
    second = await Sfu.open(host="127.0.0.1", port=0, tcp_port=first.tcp_port)
    with pytest.raises(OSError, match="in use"):
        await Sfu.open(host="127.0.0.1", port=0, tcp_port=second.tcp_port)
    await second.close()
    third = await Sfu.open(host="127.0.0.1", port=0)
    assert third.tcp_port is None
    await third.close()
