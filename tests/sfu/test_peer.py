import asyncio
import secrets
from collections.abc import Awaitable, Callable
from struct import pack

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile  # noqa: TID251
from aiortc.rtcsctptransport import DataChunk, InitChunk, serialize_packet  # noqa: TID251
from hypothesis import given
from hypothesis import strategies as st

from sfu import (
    ChannelClosed,
    ChannelOpened,
    Connected,
    DataReceived,
    Disconnected,
    DisconnectReason,
    MessageTooLong,
    Peer,
    SdpError,
    SectionsNeeded,
    Sfu,
)
from sfu.transport import split_flight
from tests.peer import OPUS, PATIENCE, Client
from tests.sfu.conftest import Join
from tests.sfu.offers import captured, offer, section
from tests.sfu.participants import Participant


def quiet_peer(sfu: Sfu) -> Peer:
    return sfu.add_peer(lambda event: None)


async def connected(join: Join, *, data: bool = True) -> Participant:
    participant = await join()
    if data:
        participant.client.open_data()
    participant.client.publish("audio", "microphone")
    await participant.negotiate()
    await participant.event(Connected)
    return participant


# Negotiation


async def test_what_a_client_sends_is_published_once(sfu: Sfu) -> None:
    peer = quiet_peer(sfu)
    joined = peer.answer(captured("rust-sdk-join"))
    published = peer.answer(captured("rust-sdk-publish").replace("gfIP", "hhhh"))

    assert joined.published == ()
    assert [(one.kind, one.mid, one.mime) for one in published.published] == [
        ("audio", "7", "audio/opus"),
        ("video", "8", "video/vp8"),
    ]
    assert published.published[1].rids == ("q", "h")
    assert published.published[1].cid == "20db209d-e065-4e19-943d-19ef60eada26"


async def test_a_track_that_is_no_longer_sent_has_ended(sfu: Sfu) -> None:
    peer = quiet_peer(sfu)
    sending = section("audio", "0", "msid:- one", direction="sendonly")
    (first,) = peer.answer(offer(sending)).published
    again = peer.answer(offer(sending))
    other = peer.answer(offer(sending.replace("- one", "- two")))
    over = peer.answer(offer(sending.replace("sendonly", "inactive")))

    assert (again.published, again.ended) == ((), ())
    assert other.ended == (first,)
    assert [one.cid for one in other.published] == ["two"]
    assert over.ended == other.published


async def test_the_map_names_every_track_that_is_sent(sfu: Sfu) -> None:
    alice, bob = quiet_peer(sfu), quiet_peer(sfu)
    published = alice.answer(
        offer(
            section("audio", "0", "msid:- mic", direction="sendonly"),
            section("video", "1", "msid:- cam", direction="sendonly"),
        )
    ).published
    for one in published:
        bob.subscribe(one, stream=f"PA_alice|TR_{one.kind}", track=f"TR_{one.kind}")
    text = offer(section("audio", "0"), section("audio", "1"), section("video", "2"))

    for _ in range(2):  # whole each time
        answer = bob.answer(text)
        assert answer.tracks == {"0": "TR_audio", "2": "TR_video"}
        assert "a=msid:PA_alice|TR_video TR_video" in answer.sdp


async def test_sections_are_asked_for(sfu: Sfu) -> None:
    alice, bob = quiet_peer(sfu), quiet_peer(sfu)
    (microphone,) = alice.answer(
        offer(section("audio", "0", "msid:- mic", direction="sendonly"))
    ).published
    bob.answer(offer(section("video", "0")))
    assert bob.sections_needed() is None
    bob.subscribe(microphone, stream="PA_a|TR_a", track="TR_a")

    assert bob.sections_needed() == SectionsNeeded(1, 0)
    bob.answer(offer(section("video", "0"), section("audio", "1")))
    assert bob.sections_needed() is None


async def test_a_codec_that_the_client_lacks_is_reported(sfu: Sfu) -> None:
    alice, bob = quiet_peer(sfu), quiet_peer(sfu)
    av1 = section("video", "0", "msid:- cam", direction="sendonly").replace("VP8", "AV1")
    (camera,) = alice.answer(offer(av1)).published
    subscription = bob.subscribe(camera, stream="PA_a|TR_a", track="TR_a")

    assert bob.answer(offer(section("video", "0"))).unsupported == (subscription,)


async def test_a_refused_offer_changes_nothing(sfu: Sfu) -> None:
    peer = quiet_peer(sfu)
    with pytest.raises(SdpError):
        peer.answer("v=0\r\n")
    first = peer.answer(offer(section("audio", "0"))).sdp
    with pytest.raises(SdpError):
        peer.answer(offer(section("audio", "0"), section("audio", "0"), ufrag="other"))
    second = peer.answer(offer(section("audio", "0"))).sdp

    assert credentials(first) == credentials(second)


async def test_another_certificate_is_refused(sfu: Sfu) -> None:
    peer = quiet_peer(sfu)
    text = offer(section("audio", "0"))
    peer.answer(text)
    with pytest.raises(SdpError, match="certificate"):
        peer.answer(text.replace("AB:AB", "CD:CD"))


@pytest.mark.rule(207, client="raw")
async def test_credentials_change_with_those_of_the_client_only(sfu: Sfu) -> None:
    peer = quiet_peer(sfu)
    first, same, restarted = (
        credentials(peer.answer(offer(section("audio", "0"), ufrag=ufrag)).sdp)
        for ufrag in ("first", "first", "second")
    )

    assert first == same
    assert set(first).isdisjoint(restarted)


def credentials(sdp: str) -> list[str]:
    return [line for line in sdp.split("\r\n") if line.startswith("a=ice-")][1:3]


# DTLS


@pytest.mark.rule(208, client="raw")
async def test_aead_is_chosen_first_and_the_cipher_is_aead(join: Join) -> None:
    alice = await connected(join)

    assert alice.client.dtls._ssl.get_selected_srtp_profile() == b"SRTP_AEAD_AES_128_GCM"
    assert "GCM" in alice.client.dtls._ssl.get_cipher_name()


@pytest.mark.parametrize("profile", SRTP_PROFILES, ids=lambda one: one.openssl_profile.decode())
@pytest.mark.rule(208, client="raw")
async def test_every_profile_is_forwarded_to_every_other(
    join: Join, profile: SRTPProtectionProfile
) -> None:
    alice, bob = await join(), await join()
    bob.client.dtls._srtp_profiles = [profile]
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    word = secrets.token_bytes(80)
    await microphone.opus(word)

    assert bob.client.dtls._ssl.get_selected_srtp_profile() == profile.openssl_profile
    assert (await bob.client.packet()).payload == word


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("direction", ["loses_incoming", "loses_outgoing"])
async def test_a_lost_flight_is_sent_again(join: Join, direction: str, number: int) -> None:
    alice = await join()
    seen = iter(range(1, 1000))
    setattr(alice.client, direction, lambda data: is_dtls(data) and next(seen) == number)
    alice.client.publish("audio", "microphone")
    await alice.negotiate()

    await alice.event(Connected)


async def test_a_repeated_hello_gets_the_lost_flight_at_once(join: Join) -> None:
    alice = await join()
    hellos: list[bytes] = []

    def remember(data: bytes) -> bool:
        if is_dtls(data):
            hellos.append(data)
        return False

    def lose_first(data: bytes) -> bool:
        if not is_dtls(data) or len(hellos) > 1:
            return False
        asyncio.get_running_loop().call_soon(alice.client.link.transmit, hellos[0])
        return True

    alice.client.loses_outgoing, alice.client.loses_incoming = remember, lose_first
    alice.client.publish("audio", "microphone")
    async with asyncio.timeout(0.9):  # the timers of OpenSSL, on both sides, take a second
        await alice.negotiate()
        await alice.event(Connected)


@pytest.mark.rule(209, client="raw")
async def test_another_certificate_than_promised_fails_the_handshake(join: Join) -> None:
    alice = await join()
    alice.client.publish("audio", "microphone")
    text = alice.client.offer()
    start = text.index("a=fingerprint:sha-256 ") + len("a=fingerprint:sha-256 ")
    forged = text.replace(text[start : start + 95], ":".join(["00"] * 32))
    connecting = asyncio.create_task(alice.client.accept(alice.peer.answer(forged).sdp))

    assert (await alice.event(Disconnected)).reason is DisconnectReason.HANDSHAKE
    assert not connecting.done()
    connecting.cancel()
    await asyncio.wait([connecting])


def is_dtls(data: bytes) -> bool:
    return 19 < data[0] < 64


@given(st.lists(st.integers(0, 1500), max_size=20), st.integers(100, 1500))
def test_a_flight_is_cut_between_records(sizes: list[int], limit: int) -> None:
    records = [b"\x16\xfe\xfd" + bytes(8) + pack("!H", size) + bytes(size) for size in sizes]
    datagrams = split_flight(b"".join(records), limit)

    assert b"".join(datagrams) == b"".join(records)
    ends = {sum(map(len, records[:index])) for index in range(len(records) + 1)}
    position = 0
    for datagram in datagrams:
        assert len(datagram) <= limit or datagram in records
        position += len(datagram)
        assert position in ends


# ICE


@pytest.mark.rule(207, client="raw")
async def test_media_go_on_after_an_ice_restart_on_another_network(join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    words = [secrets.token_bytes(80) for _ in range(4)]
    await microphone.opus(words[0])
    assert (await bob.client.packet()).payload == words[0]

    await bob.client.move()
    bob.client.restart_ice()
    await bob.negotiate()
    await microphone.opus(words[1])
    assert (await bob.client.packet()).payload == words[1]

    await alice.client.move()
    alice.client.restart_ice()
    await alice.negotiate()
    await microphone.opus(words[2])
    assert (await bob.client.packet()).payload == words[2]


@pytest.mark.rule(205, client="raw")
async def test_a_nominated_check_moves_the_media(join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    await bob.client.move()
    await bob.client.check()
    word = secrets.token_bytes(80)
    await microphone.opus(word)

    assert (await bob.client.packet()).payload == word


@pytest.mark.rule(207, client="raw")
async def test_data_goes_on_after_an_ice_restart(join: Join) -> None:
    alice = await connected(join)
    channel = await alice.client.channel("_reliable")
    await alice.client.move()
    alice.client.restart_ice()
    await alice.negotiate()
    channel.send(b"still there")

    assert await alice.event(DataReceived) == DataReceived("_reliable", b"still there")


async def test_a_lost_peer_is_told_and_so_is_its_return(join: Join) -> None:
    alice = await connected(join)
    alice.peer.handle_lost()
    assert await alice.event(Disconnected) == Disconnected(DisconnectReason.LOST)

    alice.peer.handle_validated()
    assert await alice.event(Connected) == Connected()


# Data channels


@pytest.mark.rule(166, client="raw")
async def test_data_travels_both_ways(join: Join) -> None:
    alice = await connected(join)
    reliable = await alice.client.channel("_reliable")
    lossy = await alice.client.channel("_lossy", ordered=False, maxRetransmits=0)
    assert await alice.event(ChannelOpened) == ChannelOpened("_reliable")
    assert await alice.event(ChannelOpened) == ChannelOpened("_lossy")

    reliable.send(b"\x00binary")
    lossy.send("texte é")
    assert {await alice.event(DataReceived), await alice.event(DataReceived)} == {
        DataReceived("_reliable", b"\x00binary"),
        DataReceived("_lossy", "texte é".encode()),
    }
    alice.peer.send("_reliable", b"to you")
    assert await alice.client.message() == ("_reliable", b"to you")
    alice.peer.send("_lossy", b"")
    assert await alice.client.message() == ("_lossy", b"")


@pytest.mark.parametrize("size", [1, 1199, 64_000, 65_536])
async def test_long_messages_arrive_whole(join: Join, size: int) -> None:
    alice = await connected(join)
    channel = await alice.client.channel("_reliable")
    message = secrets.token_bytes(size)
    channel.send(message)
    assert (await alice.event(DataReceived)).data == message
    alice.peer.send("_reliable", message)
    assert await alice.client.message() == ("_reliable", message)


async def test_messages_arrive_in_order(join: Join) -> None:
    alice = await connected(join)
    channel = await alice.client.channel("_reliable")
    for number in range(50):
        channel.send(b"%d" % number)

    assert [(await alice.event(DataReceived)).data for _ in range(50)] == [
        b"%d" % number for number in range(50)
    ]


async def test_a_channel_that_nobody_opened_is_closed(join: Join) -> None:
    alice = await connected(join)
    with pytest.raises(ChannelClosed):
        alice.peer.send("_reliable", b"x")
    assert alice.peer.buffered("_reliable") == 0


async def test_a_closed_channel_is_closed(join: Join) -> None:
    alice = await connected(join)
    channel = await alice.client.channel("_reliable")
    closed = asyncio.Event()
    channel.on("close", closed.set)
    channel.close()
    async with asyncio.timeout(PATIENCE):
        await closed.wait()

    with pytest.raises(ChannelClosed):
        alice.peer.send("_reliable", b"x")


async def test_too_long_a_message_is_not_sent(join: Join) -> None:
    alice = await connected(join)
    await alice.client.channel("_reliable")
    with pytest.raises(MessageTooLong):
        alice.peer.send("_reliable", bytes(65_537))


@pytest.mark.rule(218, client="raw")
async def test_what_waits_is_counted_and_what_is_too_much_is_dropped_or_closed(
    join: Join,
) -> None:
    alice = await connected(join)
    await alice.client.channel("_lossy", ordered=False, maxRetransmits=0)
    await alice.client.channel("_reliable")
    alice.client.loses_incoming = lambda data: True
    for _ in range(20):
        alice.peer.send("_lossy", bytes(60_000))
    assert 60_000 <= alice.peer.buffered("_lossy") <= 2 * 65_536

    def send_on() -> None:
        for _ in range(100):
            alice.peer.send("_reliable", bytes(60_000))

    with pytest.raises(ChannelClosed):
        send_on()
    assert alice.peer.buffered("_reliable") == 0


# What a client may not do


async def nine_channels(client: Client) -> None:
    for number in range(7):
        await client.channel(str(number))
    await client.sctp._send(100, 50, opening("one too many"))


async def long_label(client: Client) -> None:
    await client.sctp._send(2, 50, opening("x" * 129))


async def opened_twice(client: Client) -> None:
    channel = await client.channel("_reliable")
    await client.sctp._send(channel.id, 50, opening("again"))


async def long_message(client: Client) -> None:
    client.sctp._remote_max_message_size = 0
    (await client.channel("_reliable")).send(bytes(65_537))


async def endless_message(client: Client) -> None:
    channel = await client.channel("_reliable")
    await client.sctp._send(channel.id, 53, bytes(300_000))


async def many_streams(client: Client) -> None:
    for stream in range(20):
        await client.sctp._send(stream * 2, 53, b"x")


async def invalid_label(client: Client) -> None:
    await client.sctp._send(2, 50, opening("x")[:-1] + b"\xff")


def opening(label: str) -> bytes:
    return pack("!BBHLHH", 3, 0, 0, 0, len(label), 0) + label.encode()


async def send_raw(client: Client, chunks: bytes) -> None:
    """A packet with any chunks; its length field is made to fit, its checksum is right."""

    class Raw:
        def __bytes__(self) -> bytes:
            first = bytearray(chunks)
            first[2:4] = pack("!H", len(chunks))
            return bytes(first)

    tag = client.sctp._remote_verification_tag
    await client.dtls._send_data(serialize_packet(5000, 5000, tag, Raw()))


CRIMES: list[Callable[[Client], Awaitable[None]]] = [
    nine_channels,
    long_label,
    opened_twice,
    long_message,
    endless_message,
    many_streams,
    invalid_label,
]


@pytest.mark.parametrize("crime", CRIMES, ids=lambda crime: crime.__name__)
async def test_a_client_that_breaks_the_rules_is_disconnected_alone(
    join: Join, crime: Callable[[Client], Awaitable[None]]
) -> None:
    alice, bob = await connected(join), await connected(join)
    await alice.client.channel("_keep", ordered=True)
    await crime(alice.client)

    assert (await alice.event(Disconnected)).reason is DisconnectReason.PROTOCOL
    (await bob.client.channel("_reliable")).send(b"unharmed")
    assert (await bob.event(DataReceived)).data == b"unharmed"


async def malformed_init(client: Client) -> None:
    # aiortc's parser would never return from this parameter of length 0.
    await send_raw(client, bytes([InitChunk.type, 0, 0, 0, *bytes(16), 0x80, 8, 0, 0]))


async def truncated_data(client: Client) -> None:
    await send_raw(client, pack("!BBH", DataChunk.type, 3, 8) + bytes(4))


async def wild_sack(client: Client) -> None:
    gaps = b"".join(pack("!HH", 1, 65535) for _ in range(250))
    await send_raw(client, pack("!BBHLLHH", 3, 0, 0, 12345, 1000, 250, 0) + gaps)


async def noise(client: Client) -> None:
    for size in range(1, 100):
        await client.dtls._send_data(secrets.token_bytes(size))


@pytest.mark.parametrize(
    "harm", [malformed_init, truncated_data, wild_sack, noise], ids=lambda harm: harm.__name__
)
async def test_what_makes_no_sense_inside_dtls_is_dropped(
    join: Join, harm: Callable[[Client], Awaitable[None]]
) -> None:
    alice = await connected(join)
    channel = await alice.client.channel("_reliable")
    await harm(alice.client)
    channel.send(b"still there")

    assert (await alice.event(DataReceived)).data == b"still there"


# The end


async def test_a_client_that_leaves_is_told(join: Join) -> None:
    alice = await connected(join)
    await alice.client.close()

    assert (await alice.event(Disconnected)).reason is DisconnectReason.CLOSED


async def test_closing_tells_the_client_and_nothing_to_the_handler(join: Join) -> None:
    alice = await connected(join)
    await alice.peer.close()
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([alice.client.dtls._task])

    assert alice.client.dtls.state == "closed"
    assert alice.events.empty()
    await alice.peer.close()


async def test_no_task_outlives_its_peer(join: Join) -> None:
    before = asyncio.all_tasks()
    alice = await connected(join)
    await alice.client.channel("_reliable")
    await alice.client.close()
    await alice.peer.close()

    assert asyncio.all_tasks() == before


async def test_a_failing_handler_does_not_end_the_peer(
    sfu: Sfu, caplog: pytest.LogCaptureFixture
) -> None:
    events = []

    def handle(event: object) -> None:
        events.append(event)
        raise RuntimeError("a mistake")

    client = await Client.open()
    client.open_data()
    peer = sfu.add_peer(handle)
    await client.accept(peer.answer(client.offer()).sdp)
    channel = await client.channel("_reliable")
    peer.send("_reliable", b"works")

    assert await client.message() == ("_reliable", b"works")
    assert channel.readyState == "open"
    assert events[0] == Connected()
    assert "a mistake" in caplog.text
    await client.close()


async def test_a_publication_of_a_closed_peer_is_silent(join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    packet = microphone._packet(OPUS, b"late", marker=0).serialize(alice.client.extensions)
    protected = alice.client.dtls._tx_srtp.protect(packet)
    await alice.peer.close()
    alice.client.link.transmit(protected)
    await bob.client.check()  # the server has answered: it has seen what came before

    assert bob.client.packets.empty()
