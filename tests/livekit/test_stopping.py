"""A server that is asked to end while people meet."""

import asyncio
import os
import secrets
import signal
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from livekit import api, rtc
from livekit.protocol.rtc import LeaveRequest

from tests.browser.server import Server, running_server
from tests.livekit.caller import called, heard_tone
from tests.livekit.signal import connected, joined
from tests.livekit.site import Site
from tests.processes import free_ports
from visio.ending import Ending

pytestmark = pytest.mark.one_database

SECRET = secrets.token_urlsafe(48)


async def test_a_draining_server_lets_people_into_running_meetings_only(site: Site) -> None:
    async with called(site.url, site.token("ada", "council")) as (ada,):
        await ada.speak(440)
        site.hub.drain()
        async with called(site.url, site.token("bob", "council")) as (bob,):
            track = await bob.track_of("ada", rtc.TrackKind.KIND_AUDIO)
            assert abs(await heard_tone(track) - 440) <= 4
            with pytest.raises(WSServerHandshakeError, match="503"):
                async with connected(site, site.token("eve", "another")):
                    pass


async def test_a_meeting_that_everybody_lost_for_a_moment_goes_on(site: Site) -> None:
    """Its room is open for those who come back; one that nobody was in yet is none."""
    async with joined(site, "ada", "council") as ada:
        site.hub.drain()
        await ada.send(leave=LeaveRequest())
        await ada.closed()
    assert not site.hub.busy
    async with joined(site, "ada", "council"):
        assert site.hub.busy


async def test_a_draining_server_says_so_to_programs(site: Site) -> None:
    address = site.url.replace("ws", "http", 1)
    async with api.LiveKitAPI(address, "bots", "b" * 40) as bots:
        await bots.room.create_room(api.CreateRoomRequest(name="nobody was here"))
        site.hub.drain()
        for name in ("nobody was here", "another"):
            with pytest.raises(api.TwirpError, match="unavailable"):
                await bots.room.create_room(api.CreateRoomRequest(name=name))
    headers = {"Authorization": f"Bearer {site.token('eve', 'another')}"}
    async with site.http.get(f"{address}/rtc/validate", headers=headers) as answer:
        assert (answer.status, await answer.text()) == (503, "the server is stopping")


async def test_without_meetings_it_ends_at_once(site: Site) -> None:
    ending = Ending(3600)
    os.kill(os.getpid(), signal.SIGTERM)
    await ending.wait(site.hub)
    assert not site.hub.draining


async def test_it_ends_when_the_last_has_gone(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        waiting = asyncio.create_task(Ending(3600).wait(site.hub))
        await asyncio.sleep(0)  # it hears signals from now on
        os.kill(os.getpid(), signal.SIGTERM)
        await ada.send(leave=LeaveRequest())
        await ada.closed()
        assert site.hub.draining
        assert not waiting.done()
        await bob.send(leave=LeaveRequest())
        await waiting


async def test_it_ends_when_its_time_is_over(site: Site) -> None:
    async with joined(site, "ada"):
        waiting = asyncio.create_task(Ending(0.05).wait(site.hub))
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        await waiting


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
async def test_asked_twice_it_ends_at_once(site: Site, again: signal.Signals) -> None:
    async with joined(site, "ada"):
        ending = Ending(3600)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), again)
        await ending.wait(site.hub)


@pytest.mark.slow
@pytest.mark.long  # two starts of a server, and the SDK waits before it tries again
async def test_participants_find_the_next_server(tmp_path: Path) -> None:
    database, ports = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}", free_ports(2)
    settings = {
        "VISIO_DRAIN_SECONDS": "3600",
        "VISIO_LIVEKIT_KEYS": f'{{"bots": "{SECRET}"}}',
        "VISIO_MEDIA_HOST": "127.0.0.1",
    }

    def serving() -> AbstractContextManager[Server]:
        return running_server(tmp_path, database, ports=(ports[0], ports[1]), **settings)

    with ExitStack() as servers:
        server = servers.enter_context(serving())
        url = server.url.replace("http", "ws", 1)
        assert await asked(server, "/readyz") == (200, b"ok")
        async with called(url, token("ada"), token("bob")) as (ada, bob):
            await ada.speak(440)
            await bob.track_of("ada", rtc.TrackKind.KIND_AUDIO)
            server.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                while await asked(server, "/readyz") != (503, b"draining"):
                    pass
            assert await asked(server, "/healthz") == (200, b"ok")
            async with called(url, token("eve")) as (eve,):
                track = await eve.track_of("ada", rtc.TrackKind.KIND_AUDIO)
                assert abs(await heard_tone(track) - 440) <= 4
            server.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(server.process.wait, 20) == 0
            await asyncio.to_thread(servers.enter_context, serving())
            for caller in (ada, bob):
                await caller.event("reconnected", patience=60)
            track = await bob.track_of("ada", rtc.TrackKind.KIND_AUDIO)
            assert abs(await heard_tone(track) - 440) <= 4


def token(identity: str) -> str:
    grants = api.VideoGrants(room_join=True, room="council")
    return api.AccessToken("bots", SECRET).with_identity(identity).with_grants(grants).to_jwt()


async def asked(server: Server, path: str) -> tuple[int, bytes]:
    """What a program is answered that only wants to know how the server is."""
    async with ClientSession() as http, http.get(server.url + path) as answer:
        return answer.status, await answer.read()
