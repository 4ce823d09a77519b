import ipaddress
import socket

import pytest

from sfu import Sfu
from sfu.server import own_addresses
from tests.sfu.conftest import Join
from tests.sfu.offers import offer, section


async def test_a_port_that_is_taken_is_an_error(sfu: Sfu) -> None:
    with pytest.raises(OSError, match="in use"):
        await Sfu.open(host="127.0.0.1", port=sfu.port)


@pytest.mark.parametrize(("host", "announced"), [("nowhere", ()), ("127.0.0.1", ("here",))])
async def test_what_is_no_address_is_an_error(host: str, announced: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="address"):
        await Sfu.open(host=host, port=0, announced=announced)


async def test_announced_addresses_are_the_candidates() -> None:
    sfu = await Sfu.open(host="127.0.0.1", port=0, announced=("198.51.100.7", "2001:db8::7"))
    text = sfu.add_peer(lambda event: None).answer(offer(section("audio", "0"))).sdp
    await sfu.close()
    candidates = [line.split() for line in text.split("\r\n") if line.startswith("a=candidate")]

    assert [(words[4], words[5]) for words in candidates] == [
        ("198.51.100.7", str(sfu.port)),
        ("2001:db8::7", str(sfu.port)),
    ]


def test_own_addresses_can_be_bound_and_end_with_loopback() -> None:
    addresses = own_addresses("0.0.0.0")  # noqa: S104

    assert addresses[-1] == "127.0.0.1"
    for address in addresses:
        assert ipaddress.ip_address(address).version == 4
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))


def test_a_bound_address_is_the_only_one() -> None:
    assert own_addresses("192.0.2.1") == ["192.0.2.1"]


async def test_the_port_is_free_after_closing() -> None:
    first = await Sfu.open(host="127.0.0.1", port=0)
    first.add_peer(lambda event: None)
    await first.close()
    await first.close()
    second = await Sfu.open(host="127.0.0.1", port=first.port)
    await second.close()


async def test_what_passes_is_counted(sfu: Sfu, join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    await microphone.opus(b"\xf8word")
    await bob.client.packet()

    assert sfu.counters()["packets_forwarded"] == 1
