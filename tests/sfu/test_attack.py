"""What strangers, and clients of bad will, do to the real server: reliability.md §1.1."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from struct import pack

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES  # noqa: TID251
from OpenSSL import SSL

from sfu import Connected, Disconnected, DisconnectReason, Quality, Sfu
from tests.peer import PATIENCE, Client
from tests.sfu.conftest import Join
from tests.sfu.participants import Participant

HELLOS = Path(__file__).parent.parent / "fixtures" / "dtls"

ALERT = bytes.fromhex("15fefd00000000000000000002022f")


def client_hello() -> bytes:
    """The one that our test client sends."""
    context = Client.certificate._create_ssl_context(srtp_profiles=SRTP_PROFILES)
    connection = SSL.Connection(context)
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    return connection.bio_read(2000)


@contextmanager
def sources(count: int, port: int) -> Iterator[list[socket.socket]]:
    """Sockets that no check ever validated."""
    found = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for number, one in enumerate(found):
        one.bind((f"127.0.0.{2 + number}", 0))
        one.connect(("127.0.0.1", port))
    yield found
    for one in found:
        one.close()


async def throw(outsiders: list[socket.socket], datagrams: list[bytes], count: int) -> None:
    """In portions that the server's socket has room for."""
    storm = cycle(datagrams)
    for number, one in zip(range(count), cycle(outsiders), strict=False):
        one.send(next(storm))
        if number % 50 == 49:
            await asyncio.sleep(0.001)


async def arrived(sfu: Sfu, name: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while sfu.counters()[name] < count:  # noqa: ASYNC110 - nothing tells when they change
            await asyncio.sleep(0.01)


# T1: a race for the handshake


@pytest.mark.parametrize(
    ("joins", "strays"), [(4, 1_000), pytest.param(50, 10_000, marks=pytest.mark.long)]
)
async def test_everybody_joins_through_a_storm_of_hellos(
    sfu: Sfu, join: Join, joins: int, strays: int
) -> None:
    participants = [await join() for _ in range(joins)]
    datagrams = [client_hello(), ALERT]
    with sources(100, sfu.port) as outsiders:
        await throw(outsiders, datagrams, strays // 2)
        storm = asyncio.create_task(throw(outsiders, datagrams, strays - strays // 2))
        for one in participants:
            one.client.publish("audio", "microphone")
            await one.negotiate()
        await storm

    for one in participants:
        await one.event(Connected)
    await arrived(sfu, "drop_unvalidated_pair", strays)


# T2: datagrams too short to be anything


@pytest.mark.parametrize("seconds", [0.1, pytest.param(10.0, marks=pytest.mark.long)])
async def test_datagrams_too_short_change_no_session(sfu: Sfu, join: Join, seconds: float) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    await microphone.opus(b"\xf8before")
    await bob.client.packet()
    while not bob.events.empty():
        bob.events.get_nowait()
    before = sfu.counters()
    short = [bytes([first]) * length for length in range(4) for first in (0, 20, 22, 128, 200)]
    end = asyncio.get_running_loop().time() + seconds
    with sources(1, sfu.port) as outsiders:
        while asyncio.get_running_loop().time() < end:
            await throw(outsiders, short, len(short))
            for data in short:
                alice.client.link.transmit(data)
                bob.client.link.transmit(data)
    await microphone.opus(b"\xf8after")

    assert (await bob.client.packet()).payload == b"\xf8after"
    events = [bob.events.get_nowait() for _ in range(bob.events.qsize())]
    # Nobody here reports what arrives, which after some seconds looks like a bad connection.
    assert [event for event in events if not isinstance(event, Quality)] == []
    after = sfu.counters()
    assert after["drop_not_a_protocol"] > before["drop_not_a_protocol"]
    assert after["pairs_lost"] == before["pairs_lost"] == 0


# T6: nothing is made for who is not there yet


async def test_no_dtls_exists_before_the_pair_is_validated(sfu: Sfu, join: Join) -> None:
    alice = await join()
    alice.client.publish("audio", "microphone")
    alice.peer.answer(alice.client.offer())
    with sources(1, sfu.port) as outsiders:
        await throw(outsiders, [client_hello(), ALERT], 20)
    await arrived(sfu, "drop_unvalidated_pair", 20)

    assert (alice.peer._task, alice.peer._association) == (None, None)
    assert alice.peer._wire._datagrams.empty()


# T14: a hello in pieces


def pieces(hello: bytes, at: int) -> list[bytes]:
    """A datagram with a ClientHello as two, whose fragments meet at that byte (RFC 6347 §4.2.3)."""
    record, handshake, body = hello[:5], hello[13:17], hello[25:]
    sequence = int.from_bytes(hello[5:11]) * 2  # so that there is room for one more
    return [
        record
        + (sequence + index).to_bytes(6)
        + pack("!H", 12 + len(part))
        + handshake
        + hello[17:19]
        + start.to_bytes(3)
        + len(part).to_bytes(3)
        + part
        for index, (start, part) in enumerate([(0, body[:at]), (at, body[at:])])
    ]


def spread(datagram: bytes) -> bytes:
    """Number the plain records of a datagram as if each before them had been in two pieces."""
    found, rest = b"", datagram
    while rest:
        end = 13 + int.from_bytes(rest[11:13])
        numbers = int.from_bytes(rest[5:11])
        encrypted = rest[3:5] != bytes(2)
        found += rest[:5] + (numbers if encrypted else 2 * numbers).to_bytes(6) + rest[11:end]
        rest = rest[end:]
    return found


def cut_hellos(client: Client, at: int, backwards: bool) -> None:
    """Let every ClientHello of a client leave in two fragments."""
    transmit = client.link.transmit

    def cut(data: bytes) -> None:
        if data[0] < 20 or data[0] > 63:
            transmit(data)
        elif data[0] == 22 and data[13] == 1:
            assert len(data) == len(client_hello())
            for piece in sorted(pieces(data, at), reverse=backwards):
                transmit(piece)
        else:
            transmit(spread(data))

    client.link.transmit = cut  # type: ignore[method-assign]


OFFSETS = range(1, len(client_hello()) - 25)


@pytest.mark.parametrize(
    "offsets",
    [(1, 2, 33, 34, 35, 60, OFFSETS[-1]), pytest.param(OFFSETS, marks=pytest.mark.long)],
    ids=["some offsets", "every offset"],
)
async def test_the_handshake_ends_wherever_the_hello_is_cut(
    sfu: Sfu, offsets: Sequence[int]
) -> None:
    for at in offsets:
        alice = await Participant.open(sfu)
        cut_hellos(alice.client, at, backwards=at % 2 == 0)
        alice.client.publish("audio", "microphone")
        await alice.negotiate()
        await alice.event(Connected)
        await alice.close()


async def first_answer(sfu: Sfu, datagrams: list[bytes]) -> bytes:
    """The first handshake message that the server answers to a new client's datagrams."""
    alice = await Participant.open(sfu)
    alice.client.publish("audio", "microphone")
    client = alice.client
    await accept_without_dtls(client, alice.peer.answer(client.offer()).sdp)
    for datagram in datagrams:
        client.link.transmit(datagram)
    async with asyncio.timeout(PATIENCE):
        answer = await client.link._recv()
    await alice.close()
    return answer


async def accept_without_dtls(client: Client, answer: str) -> None:
    start = client.dtls.start
    client.dtls.start = lambda parameters: asyncio.sleep(0)
    await client.accept(answer)
    client.dtls.start = start


def chromium_hello() -> bytes:
    """The hello of Chromium 156 with its post-quantum key share, in one piece."""
    first, second = ((HELLOS / f"chromium-156-hello-{n}.bin").read_bytes() for n in (1, 2))
    body = first[25:] + second[25:]
    whole = first[13:19] + bytes(3) + len(body).to_bytes(3) + body
    return first[:11] + pack("!H", len(whole)) + whole


CHROMIUM_OFFSETS = range(1, len(chromium_hello()) - 25)


@pytest.mark.parametrize(
    "offsets",
    [CHROMIUM_OFFSETS[::150], pytest.param(CHROMIUM_OFFSETS, marks=pytest.mark.long)],
    ids=["some offsets", "every offset"],
)
async def test_chromiums_hello_is_answered_wherever_it_is_cut(
    sfu: Sfu, offsets: Sequence[int]
) -> None:
    hello = chromium_hello()
    for at in offsets:
        answer = await first_answer(sfu, pieces(hello, at))

        assert (answer[0], answer[13]) == (22, SERVER_HELLO)


SERVER_HELLO = 2


async def test_what_was_agreed_is_known_and_may_be_required(sfu: Sfu, join: Join) -> None:
    alice = await join()
    alice.client.publish("audio", "microphone")
    await alice.negotiate()
    await alice.event(Connected)
    agreed = alice.peer.handshake
    assert agreed
    assert (agreed.protocol, agreed.post_quantum) == ("DTLSv1.2", False)
    assert agreed.group
    strict = await Sfu.open(host="127.0.0.1", port=0, post_quantum=True)
    try:
        bob = await Participant.open(strict)
        bob.client.publish("audio", "microphone")
        joining = asyncio.create_task(bob.negotiate())
        assert (await bob.event(Disconnected)).reason == DisconnectReason.CLASSICAL
        assert strict.counters()["packets_forwarded"] == 0
        joining.cancel()
        await bob.close()
    finally:
        await strict.close()
