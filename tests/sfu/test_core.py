"""The extension as Python meets it, over real sockets; libsrtp is the other side's SRTP."""

import errno
import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aioice import stun
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from sfu._core import Core  # noqa: TID251 - this is its test
from sfu.errors import CoreError
from sfu.events import (
    AudioFrame,
    CoreEvent,
    DtlsReceived,
    LayerChanged,
    PairValidated,
    Speakers,
)

LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
PROFILES = {
    "SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    "SRTP_AEAD_AES_256_GCM": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
    "SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
}
GCM = "SRTP_AEAD_AES_128_GCM"
PATIENCE = 10.0


@pytest.fixture
def core() -> Iterator[Core]:
    with open_core() as core:
        yield core


@contextmanager
def open_core() -> Iterator[Core]:
    (core,) = Core.start("127.0.0.1", [0])
    yield core
    core.close()


def events(core: Core, last: type[CoreEvent]) -> list[CoreEvent]:
    """The events until one of this kind."""
    found: list[CoreEvent] = []
    while not any(isinstance(event, last) for event in found):
        assert select.select([core.fileno()], [], [], PATIENCE)[0], found
        found += core.drain()
    return found


@dataclass
class Client:
    """A client on a socket of its own, which has been given to the core."""

    core: Core
    peer: int
    profile: str = GCM
    wire: socket.socket = field(init=False)
    sending: Session = field(init=False)
    receiving: Session = field(init=False)

    def __post_init__(self) -> None:
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.settimeout(PATIENCE)
        self.wire.connect(("127.0.0.1", self.core.port()))
        self.core.add_peer(self.peer, self.ufrag, self.password)
        self.core.set_ice(self.peer, self.ufrag, self.password, "client")
        policy, length = PROFILES[self.profile]
        sent, received = bytes([self.peer]) * length, bytes([self.peer + 100]) * length
        self.core.set_keys(self.peer, self.profile, sent, received)
        self.core.set_formats(
            self.peer,
            [(LEVEL_URI, 1), (MID_URI, 4), ("urn:of:nobody", 5)],
            [(111, "opus", 48_000, -1), (96, "vp8", 90_000, -1), (97, "rtx", 90_000, 96)],
        )
        self.sending = Session(Policy(sent, Policy.SSRC_ANY_OUTBOUND, srtp_profile=policy))
        self.receiving = Session(Policy(received, Policy.SSRC_ANY_INBOUND, srtp_profile=policy))

    @property
    def ufrag(self) -> str:
        return f"server{self.peer}"

    @property
    def password(self) -> str:
        return f"the password of server {self.peer}"

    def check(self) -> stun.Message:
        """Send a Binding request and read its answer, which follows all that was sent before."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self.ufrag}:client"
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self.password.encode())
        request.add_fingerprint()
        self.wire.send(bytes(request))
        while True:
            datagram = self.wire.recv(2048)
            if datagram[0] < 4:
                answer = stun.parse_message(datagram)
                assert answer.check_message_integrity(self.password.encode())
                assert "FINGERPRINT" in answer.attributes
                return answer

    def send(self, seq: int, payload: bytes = b"sound", level: int = 20) -> None:
        extension = bytes([0xBE, 0xDE, 0, 1, 0x10, 0x80 | level, 0, 0])
        header = b"\x90\x6f" + seq.to_bytes(2) + (960 * seq).to_bytes(4) + (7).to_bytes(4)
        self.wire.send(self.sending.protect(header + extension + payload))

    def receive(self) -> bytes:
        return self.receiving.unprotect(self.wire.recv(2048))

    def close(self) -> None:
        self.wire.close()


@contextmanager
def room(core: Core, profile: str = GCM) -> Iterator[tuple[Client, Client]]:
    """Alice publishes audio, Bob is subscribed to it."""
    alice, bob = Client(core, 1, profile), Client(core, 2, profile)
    alice.check()
    bob.check()
    core.publish(10, 1, "0", False, [], [7], [])
    core.subscribe(20, 10, 2, "5", 1_001, 0, [(111, 109)])
    yield alice, bob
    alice.close()
    bob.close()


def test_an_authenticated_check_validates_the_pair(core: Core) -> None:
    client = Client(core, 1)
    answer = client.check()
    assert answer.message_class == stun.Class.RESPONSE
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == client.wire.getsockname()
    assert events(core, PairValidated) == [PairValidated(1)]  # type: ignore[arg-type]
    client.close()


def test_dtls_passes_both_ways(core: Core) -> None:
    client = Client(core, 1)
    client.check()
    client.wire.send(b"\x16\xfe\xfd" + bytes(20))
    received = events(core, DtlsReceived)[-1]
    assert received == DtlsReceived(1, b"\x16\xfe\xfd" + bytes(20))  # type: ignore[arg-type]
    core.send_dtls(1, b"\x16\xfe\xfdanswer")
    assert client.wire.recv(2048) == b"\x16\xfe\xfdanswer"
    client.close()


@pytest.mark.parametrize("profile", PROFILES)
def test_libsrtp_opens_what_is_forwarded(core: Core, profile: str) -> None:
    with room(core, profile) as (alice, bob):
        for seq in range(65_530, 65_545):
            alice.send(seq % 65_536, bytes([seq % 256]) * 80)
            packet = bob.receive()
            assert packet[1] == 109
            assert packet[8:12] == (1_001).to_bytes(4)
            assert packet[12:24] == b"\xbe\xde\x00\x01\x40" + b"5\x10\x94" + bytes([seq % 256]) * 4


def test_a_tapped_track_is_reported_frame_by_frame(core: Core) -> None:
    with room(core) as (alice, _bob):
        core.tap(10, True)
        alice.send(5, b"sound", level=17)
        before = time.monotonic()
        found = events(core, AudioFrame)
        frame = found[-1]
        assert isinstance(frame, AudioFrame)
        assert (frame.publication, frame.sequence, frame.timestamp) == (10, 5, 4_800)
        assert (frame.level, frame.payload) == (17, b"sound")
        assert before - 1 < frame.received_at <= time.monotonic()
        assert LayerChanged(10, "", True) in found  # type: ignore[arg-type]


@pytest.mark.slow
def test_speakers_are_told_with_their_levels(core: Core) -> None:
    with room(core) as (alice, _bob):
        for seq in range(60):
            alice.send(seq, level=10)
        speakers = events(core, Speakers)[-1]
        assert isinstance(speakers, Speakers)
        ((publication, level),) = speakers.levels
        assert publication == 10
        assert 0.2 < level < 0.35


def test_the_descriptor_is_readable_exactly_while_there_are_events(core: Core) -> None:
    def readable(timeout: float) -> bool:
        return bool(select.select([core.fileno()], [], [], timeout)[0])

    assert not readable(0)
    client = Client(core, 1)
    client.check()
    assert readable(PATIENCE)
    core.drain()
    assert not readable(0)
    assert core.drain() == []
    client.close()


@pytest.mark.slow
def test_packets_flow_while_python_computes(core: Core) -> None:
    interval = sys.getswitchinterval()
    with room(core) as (alice, bob):
        sys.setswitchinterval(60)
        try:
            alice.send(1)
            sum(range(3_000_000))
            bob.wire.setblocking(False)
            assert bob.receive()
        finally:
            sys.setswitchinterval(interval)


def test_counters_name_what_happened(core: Core) -> None:
    with room(core) as (alice, bob):
        alice.send(1)
        bob.receive()
        alice.wire.send(b"nonsense")
        alice.check()
        counters = core.counters()
        assert counters["packets_forwarded"] == 1
        assert counters["drop_not_a_protocol"] == 1
        assert counters["stun_answered"] >= 3
        assert counters["packets_in"] >= 5
        assert counters["bytes_out"] > 0


WRONG_ARGUMENTS: list[tuple[str, tuple[Any, ...], type[Exception]]] = [
    ("set_keys", (1, "SRTP_NULL", b"", b""), CoreError),
    ("set_keys", (1, GCM, bytes(27), bytes(28)), CoreError),
    ("set_keys", (1, GCM, bytes(28), bytes(29)), CoreError),
    ("set_formats", (1, [(MID_URI, 0)], []), CoreError),
    ("set_formats", (1, [(MID_URI, 256)], []), CoreError),
    ("set_formats", (1, [], [(128, "opus", 48_000, -1)]), CoreError),
    ("set_formats", (1, [], [(111, "opus", -1, -1)]), CoreError),
    ("set_formats", (1, [], [(111, "opus", 48_000, -2)]), CoreError),
    ("subscribe", (1, 1, 1, "0", 1, 0, [(0, 128)]), CoreError),
    ("set_layer", (1, -2, 0), CoreError),
    ("set_layer", (1, 0, 256), CoreError),
    ("add_peer", (-1, "u", "p"), OverflowError),
    ("publish", (1, 1, "0", False, [], [1 << 32], []), OverflowError),
    ("add_peer", (1, b"u", "p"), TypeError),
    ("send_dtls", (1, "text"), TypeError),
]


@pytest.mark.parametrize(("method", "arguments", "error"), WRONG_ARGUMENTS)
def test_wrong_arguments_are_refused(
    core: Core, method: str, arguments: tuple[Any, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        getattr(core, method)(*arguments)


def test_a_port_in_use_is_an_os_error(core: Core) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)) as raised:
        Core.start("127.0.0.1", [0, core.port()])
    assert raised.value.errno == errno.EADDRINUSE


def test_a_host_that_is_no_address_is_refused() -> None:
    with pytest.raises(CoreError, match="localhost"):
        Core.start("localhost", [0])


def test_commands_about_what_is_gone_do_nothing(core: Core) -> None:
    client = Client(core, 1)
    for number in (1, 1):
        core.remove_peer(number)
    core.unpublish(9)
    core.unsubscribe(9)
    core.tap(9, True)
    core.request_key_frame(9)
    core.set_layer(9, 0, 0)
    core.send_dtls(9, b"\x16")
    other = Client(core, 2)
    other.check()
    assert core.counters()["commands_refused"] == 7
    client.close()
    other.close()


def test_a_closed_core_frees_its_port_and_ignores_commands() -> None:
    (core,) = Core.start("127.0.0.1", [0])
    core.close()
    core.close()
    core.add_peer(1, "u", "p")
    assert core.drain() == []
    (again,) = Core.start("127.0.0.1", [core.port()])
    again.close()


datagrams = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda first, rest: bytes([first]) + rest, st.integers(0, 255), st.binary()),
)


@pytest.mark.slow
def test_no_datagram_from_anybody_stops_the_core() -> None:
    with open_core() as core, room(core) as (alice, bob):
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stranger.connect(("127.0.0.1", core.port()))

        @given(st.lists(datagrams, max_size=5))
        @settings(max_examples=300, deadline=None)
        def throw(batch: list[bytes]) -> None:
            for datagram in batch:
                stranger.send(datagram)
                alice.wire.send(datagram)
            assert alice.check().message_class == stun.Class.RESPONSE

        throw()
        core.drain()
        alice.send(1)
        assert bob.receive()
        stranger.close()


@pytest.mark.slow
def test_no_authentic_packet_stops_the_core() -> None:
    with open_core() as core, room(core) as (alice, bob):
        headers = st.tuples(
            st.integers(0x80, 0xBF),
            st.sampled_from([111, 96, 97, 0xEF, 0xE0, 50]),
            st.binary(min_size=2, max_size=10),
            st.sampled_from([7, 8, 9]),
        )
        seqs = iter(range(1, 60_000))

        @given(headers, st.binary(max_size=60))
        @settings(max_examples=300, deadline=None)
        def throw(header: tuple[int, int, bytes, int], rest: bytes) -> None:
            first, second, extra, ssrc = header
            numbers = next(seqs).to_bytes(2) + bytes(4) + ssrc.to_bytes(4)
            plain = bytes([first & 0xEF, second]) + numbers + bytes(60) + extra + rest
            alice.wire.send(alice.sending.protect(plain))
            assert alice.check().message_class == stun.Class.RESPONSE

        throw()
        core.drain()
        alice.send(next(seqs))
        assert bob.wire.recv(2048)


@pytest.mark.slow
def test_no_authentic_control_packet_stops_the_core() -> None:
    with open_core() as core, room(core) as (alice, bob):
        kinds = st.integers(200, 207)

        @given(st.integers(0x80, 0xBF), kinds, st.integers(0, 20), st.binary(max_size=80))
        @settings(max_examples=300, deadline=None)
        def throw(first: int, kind: int, words: int, body: bytes) -> None:
            plain = bytes([first, kind]) + words.to_bytes(2) + (7).to_bytes(4) + body
            bob.wire.send(bob.sending.protect_rtcp(plain))
            alice.wire.send(alice.sending.protect_rtcp(plain))
            assert alice.check().message_class == stun.Class.RESPONSE

        throw()
        core.drain()
        alice.send(1)
        assert bob.wire.recv(2048)
