"""What clients have happen to themselves, under both unmodified SDKs (protocol §2.6)."""

from collections.abc import AsyncIterator

import pytest
from livekit import rtc
from livekit.protocol import models
from livekit.protocol import rtc as signalling
from livekit.protocol.rtc import LeaveRequest, SimulateScenario
from livekit.rtc.room import SimulateScenarioKind

from tests.livekit.caller import Caller, called
from tests.livekit.person import present
from tests.livekit.signal import Signal, connected, joined
from tests.livekit.site import Site, running_site
from tests.livekit.test_browser import enter, happened, open_tab
from tests.livekit.test_session import join_offer
from tests.livekit.test_unbroken import CALM, RESUMING
from visio.livekit import Turn
from visio.store.database import Database

pytestmark = [pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A server that can be reached by ICE-TCP and by TURN."""
    turn = Turn(("turn:127.0.0.1:9", "turns:127.0.0.1:9"), "s" * 32)
    async with running_site(database, tcp_port=0, turn=turn) as site:
        yield site


async def asks(signal: Signal, **scenario: object) -> None:
    await signal.send(simulate=SimulateScenario(**scenario))  # type: ignore[arg-type]


@pytest.mark.rule(150, client="raw")
async def test_everybody_is_told_of_pretended_speech_and_of_its_end(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await asks(ada, speaker_update=1)
        for signal in (ada, bob):
            (speaker,) = (await signal.expect("speakers_changed")).speakers
            assert (speaker.sid, speaker.active) == (ada.sid, True)
            assert speaker.level == pytest.approx(0.9)
            (speaker,) = (await signal.expect("speakers_changed")).speakers
            assert (speaker.sid, speaker.active, speaker.level) == (ada.sid, False, 0)


@pytest.mark.parametrize("scenario", ["node_failure", "migration"])
@pytest.mark.rule(151, client="raw")
async def test_vanished_session_is_not_resumed(site: Site, scenario: str) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await asks(ada, **{scenario: True})
        await bob.state_of("ada", models.ParticipantInfo.DISCONNECTED)
        while (message := await ada.socket.receive()).type.name == "BINARY":
            told = signalling.SignalResponse.FromString(message.data)
            assert not told.HasField("leave")
        request = signalling.JoinRequest(reconnect=True, participant_sid=ada.sid)
        async with connected(site, site.token("ada"), request) as again:
            leave = await again.expect("leave")
            assert (leave.reason, leave.action) == (models.STATE_MISMATCH, LeaveRequest.RECONNECT)


@pytest.mark.parametrize(
    ("scenario", "reason", "action"),
    [
        ("server_leave", models.SERVER_SHUTDOWN, LeaveRequest.DISCONNECT),
        ("leave_request_full_reconnect", models.STATE_MISMATCH, LeaveRequest.RECONNECT),
    ],
)
@pytest.mark.rule(152, 156, client="raw")
async def test_session_is_dismissed(
    site: Site, scenario: str, reason: models.DisconnectReason, action: LeaveRequest.Action
) -> None:
    async with joined(site, "ada") as ada:
        await asks(ada, **{scenario: True})
        leave = await ada.expect("leave")
        assert (leave.reason, leave.action) == (reason, action)


@pytest.mark.rule(155, client="raw")
async def test_only_the_next_resume_is_cut(site: Site) -> None:
    async with present(site, "ada") as ada:
        request = signalling.JoinRequest(reconnect=True, participant_sid=ada.signal.sid)
        for scenario, first in (
            ("disconnect_signal_on_resume", "reconnect"),
            ("disconnect_signal_on_resume_no_messages", None),
        ):
            async with connected(site, site.token("ada"), request) as signal:
                await asks(signal, **{scenario: True})
                await signal.send(ping=1)
                await signal.expect("pong")
            async with connected(site, site.token("ada"), request) as signal:
                if first:
                    assert (await signal.receive()).HasField("reconnect")
                    assert await signal.closed() == 1000
                else:
                    assert (await signal.socket.receive()).type.name == "CLOSE"
            async with connected(site, site.token("ada"), request) as signal:
                assert (await signal.receive()).HasField("reconnect")
                await signal.send(ping=1)
                await signal.expect("pong")


@pytest.mark.rule(153, client="raw")
async def test_forced_protocol_is_that_of_the_next_sessions(site: Site) -> None:
    offered = []
    for _ in range(2):
        async with joined(site, "ada") as ada:
            await ada.send(offer=join_offer(1))
            lines = (await ada.expect("answer")).sdp.splitlines()
            offered.append({x.split()[2] for x in lines if x.startswith("a=candidate:")})
            await asks(ada, switch_candidate_protocol=signalling.TCP)
            await ada.send(ping=1)
            await ada.expect("pong")
    assert offered == [{"udp", "tcp"}, {"tcp"}]


async def test_forced_tls_sends_the_next_session_to_the_relay_that_has_it(site: Site) -> None:
    async with joined(site, "ada") as ada:
        assert not ada.join.client_configuration.force_relay
        await asks(ada, switch_candidate_protocol=signalling.TLS)
        await ada.send(ping=1)
        await ada.expect("pong")
    async with joined(site, "ada") as ada:
        assert ada.join.client_configuration.force_relay == models.ENABLED
        (server,) = ada.join.ice_servers
        assert list(server.urls) == ["turns:127.0.0.1:9"]
        assert server.credential


async def simulated(caller: Caller, kind: SimulateScenarioKind.ValueType) -> None:
    await caller.room.simulate_scenario(kind)


RECONNECTING = [
    SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT,
    SimulateScenarioKind.SIMULATE_NODE_FAILURE,
    SimulateScenarioKind.SIMULATE_MIGRATION,
    SimulateScenarioKind.SIMULATE_FULL_RECONNECT,
    SimulateScenarioKind.SIMULATE_DISCONNECT_SIGNAL_ON_RESUME,
    SimulateScenarioKind.SIMULATE_FORCE_TCP,
]


@pytest.mark.parametrize("kind", RECONNECTING)
async def test_python_reconnects(
    site: Site, single: bool, kind: SimulateScenarioKind.ValueType
) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        await simulated(ada, kind)
        await ada.event("reconnected", RESUMING)
        await ada.me.publish_data(b"back")
        (packet,) = await bob.event("data_received", RESUMING)
        assert packet.data == b"back"


async def test_python_is_told_that_the_server_stops(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (ada,):
        await simulated(ada, SimulateScenarioKind.SIMULATE_SERVER_LEAVE)
        (reason,) = await ada.event("disconnected")
        assert reason == rtc.DisconnectReason.SERVER_SHUTDOWN


@pytest.mark.long
@pytest.mark.browser
async def test_browser_reconnects_in_every_way(site: Site, single: bool) -> None:
    async with called(site.url, site.token("bob")) as (bob,), open_tab() as page:
        await enter(page, site.url, site.token("ada"), single)
        for scenario in (
            "signal-reconnect",
            "disconnect-signal-on-resume",
            "disconnect-signal-on-resume-no-messages",
            "full-reconnect",
            "node-failure",
            "migration",
            "force-tcp",
            "leave-full-reconnect",
        ):
            await page.evaluate("news.length = 0")
            await page.evaluate("(scenario) => room.simulateScenario(scenario)", scenario)
            await happened(page, "reconnected")
            # It says so a moment before it is done, and what is sent then waits for a resume.
            await page.wait_for_function(CALM)
            await page.evaluate("(text) => say(text)", scenario)
            while (await bob.event("data_received", RESUMING))[0].data.decode() != scenario:
                pass
        await page.evaluate("room.simulateScenario('speaker')")
        await page.wait_for_function("room.activeSpeakers.length > 0")
        await page.evaluate("room.simulateScenario('server-leave')")
        await happened(page, "disconnected")
