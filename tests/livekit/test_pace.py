"""F8: somebody who signals as fast as a program can."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import rtc
from livekit.protocol.rtc import SignalRequest

from tests.livekit.signal import joined
from tests.livekit.site import Site
from visio.livekit.pace import A_SECOND, BURST, Pace, units
from visio.livekit.session import Session


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(1, 200)), max_size=50))
def test_no_more_passes_than_a_burst_and_what_comes_back(sent: list[tuple[float, float]]) -> None:
    """Whoever rests as long as is asked."""
    pace, now, spent, last = Pace(0.0), 0.0, 0.0, 0.0
    for pause, cost in sent:
        now += pause
        now += pace.spend(cost, now)
        spent, last = spent + cost, max(last, cost)
        assert spent <= BURST + now * A_SECOND + 1e-6


def test_who_is_not_in_a_hurry_never_waits() -> None:
    pace = Pace(0.0)
    assert {pace.spend(1, second / A_SECOND) for second in range(5000)} == {0.0}


def test_what_is_large_or_told_to_everybody_costs_more() -> None:
    assert units("mute", 20) > 9 * units("ping", 20)
    assert 10 < units("offer", 270_000) < 30


@pytest.mark.one_database
async def test_a_flood_of_signals_lets_others_be_answered(site: Site) -> None:
    """F8: twice what is free at once, and as many pings of the socket itself."""
    flood, answered = int(2 * BURST), 0
    ping = SignalRequest(ping=1).SerializeToString()
    async with joined(site, "eve") as eve, joined(site, "bob") as bob:
        for _ in range(flood):
            await eve.socket.send_bytes(ping)
            await eve.socket.ping()

        async def count() -> None:
            nonlocal answered
            while await eve.expect("pong"):
                answered += 1

        counting = asyncio.create_task(count())
        for _ in range(3):
            await bob.send(ping=1)
            await bob.expect("pong")
        assert answered < flood
        counting.cancel()
        await asyncio.wait([counting])


@pytest.mark.one_database
async def test_who_reads_nothing_is_cut_and_keeps_nobody_waiting(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """F7, T28: a megabyte waits for eve, then her socket is cut; bob is told all the while."""
    async with joined(site, "eve"), joined(site, "ada") as ada, joined(site, "bob") as bob:
        for number in range(_MOST):
            name = f"{number:05} {'x' * 60_000}"
            await ada.send(update_metadata=rtc.UpdateParticipantMetadata(metadata=name))
            told = ""
            while told != name:
                told = (await bob.expect("update")).participants[0].metadata
            if "does not read" in caplog.text:
                break
        assert "does not read" in caplog.text
        session = session_of(site, "eve")
        while session._outbox:
            await bob.send(ping=1)
            await bob.expect("pong")


def session_of(site: Site, identity: str) -> Session:
    found = site.hub.find("bots-only", identity)
    assert found
    session = found[0].clients[found[1].sid]
    assert isinstance(session, Session)
    return session


# Updates until what the kernel keeps of a connection must be full.
_MOST = 200
