import time

import pytest

from tests.doctor.turn_server import SECRET, TurnServer
from visio import livekit
from visio.doctor import turn
from visio.doctor.facts import Relay
from visio.doctor.turn import Address

OURS = "192.0.2.7"


async def asked(url: str, secret: str = SECRET) -> Relay:
    (server,) = livekit.Turn((url,), secret).ice_servers("doctor", int(time.time() * 1000))
    return await turn.ask(url, server.username, server.credential, [OURS, "2001:db8::7"])


async def test_relay_is_given_asked_and_given_back() -> None:
    async with TurnServer.running(OURS) as (server, url):
        found = await asked(url)
        assert (found.trouble, found.error, found.closed, found.inward) == ("", 0, (), False)
        assert server.freed == 1


async def test_relay_that_leads_elsewhere_is_seen() -> None:
    async with TurnServer.running("127.0.0.1") as (_, url):
        found = await asked(url)
        assert (found.closed, found.inward) == ((OURS,), True)


async def test_other_secret_is_refused() -> None:
    async with TurnServer.running(OURS) as (_, url):
        assert (await asked(url, "another secret, also of many bytes")).error == 401


async def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "PATIENCE", 0.05)
    found = await asked("turn:127.0.0.1:9")
    assert found.trouble
    assert (await asked("turn:")).trouble


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("turn:turn.test", Address("turn.test", 3478, by_tcp=False, secure=False)),
        ("turn:turn.test:99?transport=tcp", Address("turn.test", 99, by_tcp=True, secure=False)),
        ("turns:turn.test:443", Address("turn.test", 443, by_tcp=True, secure=True)),
        ("turns:[2001:db8::7]", Address("2001:db8::7", 5349, by_tcp=True, secure=True)),
    ],
)
def test_addresses_are_read(url: str, address: Address) -> None:
    assert turn.parsed(url) == address


@pytest.mark.parametrize("url", ["", "turn:", "stun:turn.test", "turn:turn.test:x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(turn:|stun:.*|turn.test:x|)$"):
        turn.parsed(url)
