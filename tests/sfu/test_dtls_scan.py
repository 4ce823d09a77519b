"""R15: what the media port agrees to in a handshake, and what it refuses."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest

from sfu import Sfu
from tests.hellos import (
    AEAD,
    BAD,
    DTLS_1_0,
    DTLS_1_2,
    GROUPS,
    SHORT_SIGNATURES,
    SIGNATURES,
    WEAK_GROUPS,
    WEAK_SIGNATURES,
    Chosen,
    Hello,
    Reading,
)
from tests.peer import PATIENCE
from tests.sfu.participants import Participant
from tests.sfu.test_attack import accept_without_dtls

Ask = Callable[[Hello], Awaitable[Chosen | None]]


@pytest.fixture
async def ask(sfu: Sfu) -> Ask:
    """Asks by the one way there is: an address that ICE validated, of a client for each hello."""

    async def answered(hello: Hello) -> Chosen | None:
        alice = await Participant.open(sfu)
        alice.client.publish("audio", "microphone")
        await accept_without_dtls(alice.client, alice.peer.answer(alice.client.offer()).sdp)
        reading = Reading(datagrams=True)
        alice.client.link.transmit(hello.datagram())
        async with asyncio.timeout(PATIENCE):
            while not reading.over:
                reading.feed(await alice.client.link._recv())
        await alice.close()
        return reading.chosen

    return answered


async def accepted(ask: Ask, name: str, numbers: Iterable[int]) -> set[int]:
    """Those that do when nothing else is offered."""
    hellos = {one: Hello(version=DTLS_1_2, **{name: (one,)}) for one in numbers}  # type: ignore[arg-type]
    return {one for one, hello in hellos.items() if await ask(hello)}


async def test_media_are_keyed_by_what_holds_and_by_nothing_else(ask: Ask) -> None:
    """R15: no CBC, no SHA-1, nothing below 128 bits. OpenSSL 4.0 has no DTLS 1.3, and so no
    post-quantum exchange: that ours is chosen first is for the day it has."""
    assert await accepted(ask, "ciphers", BAD) == set()
    good = await accepted(ask, "ciphers", AEAD)
    assert {AEAD[one] for one in good} == {name for name in AEAD.values() if "ECDSA" in name}
    weak = {**WEAK_SIGNATURES, **SHORT_SIGNATURES}
    assert await accepted(ask, "signatures", weak) == set()
    assert await accepted(ask, "groups", WEAK_GROUPS) == set()
    assert await ask(Hello(version=DTLS_1_0, ciphers=(*AEAD, *BAD))) is None


async def test_the_servers_choice_and_what_it_takes_of_clients(ask: Ask) -> None:
    sha1_80, gcm_128 = 0x0001, 0x0007
    signatures = (*WEAK_SIGNATURES, *SHORT_SIGNATURES, *SIGNATURES)
    offered = Hello(DTLS_1_2, (*BAD, *AEAD), signatures=signatures, srtp=(sha1_80, gcm_128))
    chosen = await ask(offered)
    assert chosen
    assert (chosen.version, chosen.srtp) == (DTLS_1_2, gcm_128)
    assert chosen.cipher in AEAD
    assert chosen.group in GROUPS
    assert chosen.signature in SIGNATURES
    assert set(chosen.wanted) & {*WEAK_SIGNATURES, *SHORT_SIGNATURES} == set()
    assert 0x0403 in chosen.wanted
