import pytest

from sfu import Connected, Sfu
from sfu.addresses import everywhere, own_addresses
from tests.peer import Client
from tests.sfu.conftest import Join
from tests.sfu.offers import offer, section
from tests.sfu.participants import Participant


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


async def test_clients_reach_every_own_address_by_default() -> None:
    sfu = await Sfu.open(port=0, tcp_port=0)
    peer = sfu.add_peer(lambda event: None)
    text = peer.answer(offer(section("audio", "0"))).sdp
    words = [line.split() for line in text.split("\r\n") if line.startswith("a=candidate")]
    own = own_addresses(everywhere())

    assert [(one[2], one[4], int(one[5])) for one in words] == [
        *(("udp", address, sfu.port) for address in own),
        *(("tcp", address, sfu.tcp_port) for address in own),
    ]
    for address in own:
        for by_tcp in (False, True):
            client = await Client.open(address, by_tcp=by_tcp)
            client.publish("audio", "microphone")
            participant = Participant(sfu, client)
            lines = participant.peer.answer(client.offer()).sdp.split("\r\n")
            others = [one for one in own if one != address]
            await client.accept(
                "\r\n".join(line for line in lines if not set(others) & set(line.split()))
            )
            await participant.event(Connected)
            await participant.close()
    await sfu.close()


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
