"""`kill -9` of the server with a guest inside whom a host had let in: `visio serve` as it runs."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from livekit.protocol import models, rtc
from livekit.protocol.rtc import LeaveRequest, SignalResponse
from sqlalchemy import select

from tests.browser.server import Server, running_server
from tests.livekit.signal import wrapped
from tests.processes import free_ports
from visio.auth import sessions
from visio.local import account_id
from visio.store import accounts
from visio.store.database import Database
from visio.store.models import Meeting, Participant, Room, wall_clock

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.one_database]

HOST = "ada@example.org"


async def test_a_guest_who_was_let_in_is_back_in_the_same_meeting(tmp_path: Path) -> None:
    first, second = free_ports(2)
    serving = partial(
        running_server,
        tmp_path,
        f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}",
        ports=(first, second),
    )
    with serving() as server:
        cookie, slug = await asyncio.to_thread(closed_room, server)
        async with ClientSession(server.url, headers={"Origin": server.url}) as http:
            room = f"/api/v1/rooms/{slug}"
            cookies = {"Cookie": f"visio_session={cookie}"}
            async with http.post(f"{room}/join", json={}, headers=cookies) as answer:
                host = str((await answer.json())["token"])
            await connected(http, host)
            guest = await let_in(http, room, host)
            await connected(http, guest)
            said = {"id": "0b7c8a54-0f2e-4d0e-9f3c-6a4f0d3b1c11", "text": "Bonjour"}
            async with http.post(f"{room}/messages", json=said, headers=bearer(guest)) as answer:
                assert answer.status == 201
            before = await asyncio.to_thread(server.do, stays)
            server.process.kill()
            server.process.wait()
    with serving() as server:
        async with ClientSession(server.url, headers={"Origin": server.url}) as http:
            told = await connected(http, guest, reconnect=True)
            assert told.leave.action == LeaveRequest.RECONNECT
            assert (await connected(http, guest)).HasField("join")
            there = await connected(http, host)
            assert len(there.join.other_participants) == 1
            async with http.get(f"{room}/messages", headers=bearer(host)) as answer:
                (message,) = (await answer.json())["messages"]
            assert message["text"] == "Bonjour"
            assert await asyncio.to_thread(server.do, stays) == before
    assert len(before) == 2
    assert len({meeting for meeting, _ in before}) == 1


def closed_room(server: Server) -> tuple[str, str]:
    """A room where hosts let people in: its owner's session, and its slug."""
    server.add_account(HOST, "Ada")
    slug = server.add_room("Conseil", HOST)

    async def close(database: Database) -> str:
        ada = await account_id(database, HOST)
        async with database.transaction() as session:
            room = (await session.scalars(select(Room))).one()
            room.access = "restricted"
            await accounts.set_password(session, ada, "-", must_change=False)
        return await sessions.open_session(database, ada, wall_clock())

    return server.do(close), slug


async def let_in(http: ClientSession, room: str, host: str) -> str:
    """The token of a guest who asked, and whom the host let in."""
    async with http.ws_connect(f"{room}/lobby") as waiting:
        await waiting.send_json({"name": "Ali"})
        assert (await waiting.receive_json(timeout=_PATIENCE))["state"] == "asked"
        async with http.post(f"{room}/waiting/admit", json={}, headers=bearer(host)) as answer:
            assert answer.status == 204
        admitted = await waiting.receive_json(timeout=_PATIENCE)
        return str(admitted["entry"]["token"])


async def connected(http: ClientSession, token: str, *, reconnect: bool = False) -> SignalResponse:
    """Connect as livekit-client does, and stay until `http` is closed; the first that the server
    says."""
    newest = models.ClientInfo(protocol=17)
    request = rtc.JoinRequest(client_info=newest, reconnect=reconnect)
    query = {"access_token": token, "join_request": wrapped(request)}
    socket = await http.ws_connect("/rtc/v1", params=query)
    told = SignalResponse.FromString(await socket.receive_bytes(timeout=_PATIENCE))
    reading = asyncio.create_task(read(socket))
    _reading.add(reading)
    reading.add_done_callback(_reading.discard)
    return told


async def read(socket: ClientWebSocketResponse) -> None:
    """Answer pings, until the other end is no more."""
    async for _ in socket:
        pass


async def stays(database: Database) -> set[tuple[str, str]]:
    """The meetings that go on, each with the rows of those inside."""
    async with database.transaction() as session:
        query = select(Meeting.id, Participant.id).join(Participant)
        inside = query.where(Meeting.ended_at.is_(None), Participant.left_at.is_(None))
        return {(meeting, stay) for meeting, stay in await session.execute(inside)}


def bearer(token: str) -> dict[str, Any]:
    return {"Authorization": f"Bearer {token}"}


_reading: set[asyncio.Task[None]] = set()
# Seconds.
_PATIENCE = 60.0
