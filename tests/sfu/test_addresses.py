import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aioice import stun

from sfu import Sfu, addresses
from sfu.addresses import everywhere, own_addresses, seen_address
from tests.sfu.offers import offer, section


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104
def test_own_addresses_can_be_bound_and_end_with_loopback(host: str) -> None:
    found = [ipaddress.ip_address(one) for one in own_addresses(host)]

    assert str(found[-1]) == "127.0.0.1"
    assert len(set(found)) == len(found)
    assert host == "::" or {one.version for one in found} == {4}
    for one in found:
        family = socket.AF_INET if one.version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(one), 0))


def test_a_bound_address_is_the_only_one() -> None:
    assert own_addresses("192.0.2.1") == ["192.0.2.1"]


def test_everywhere_hears_ipv4() -> None:
    host = everywhere()
    family = socket.AF_INET6 if host == "::" else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.settimeout(5)
        server.bind((host, 0))
        client.sendto(b"hello", ("127.0.0.1", server.getsockname()[1]))
        assert server.recv(10) == b"hello"


def test_everywhere_is_ipv4_where_there_is_no_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "AF_INET6", 999)
    assert everywhere() == "0.0.0.0"  # noqa: S104


class StunServer(asyncio.DatagramProtocol):
    """Sees everybody as 198.51.100.7; deaf to the first request, and surrounded by noise."""

    transport: asyncio.DatagramTransport
    asked = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        if self.asked == 1:
            return
        request = stun.parse_message(data)
        self.transport.sendto(b"noise", addr)
        for transaction, address in (
            (bytes(12), "203.0.113.1"),
            (request.transaction_id, "198.51.100.7"),
        ):
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction)
            answer.attributes["XOR-MAPPED-ADDRESS"] = (address, 40000)
            self.transport.sendto(bytes(answer), addr)


@asynccontextmanager
async def stun_server() -> AsyncIterator[tuple[str, int]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(StunServer, local_addr=("127.0.0.1", 0))
    server.transport = transport
    yield transport.get_extra_info("sockname")
    transport.close()


@pytest.fixture(autouse=True)
def asks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "STUN_INTERVAL", 0.02)


async def test_what_a_stun_server_sees_is_announced_first() -> None:
    async with stun_server() as server:
        sfu = await Sfu.open(host="127.0.0.1", port=0, stun=server)
        text = sfu.add_peer(lambda event: None).answer(offer(section("audio", "0"))).sdp
        await sfu.close()
    candidates = [line.split()[4] for line in text.split("\r\n") if line.startswith("a=cand")]

    assert candidates == ["198.51.100.7", "127.0.0.1"]


async def test_a_stun_server_is_not_asked_when_addresses_are_given() -> None:
    async with stun_server() as server:
        sfu = await Sfu.open(host="127.0.0.1", port=0, announced=["192.0.2.7"], stun=server)
        text = sfu.add_peer(lambda event: None).answer(offer(section("audio", "0"))).sdp
        await sfu.close()

    assert "192.0.2.7" in text
    assert "198.51.100.7" not in text


async def test_a_silent_stun_server_is_warned_of_and_done_without(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "STUN_PATIENCE", 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        assert await seen_address(silent.getsockname()) is None
    assert await seen_address(("127.0.0.1", 9)) is None  # refused
    assert await seen_address(("stun.invalid", 3478)) is None

    assert len(caplog.records) == 3
