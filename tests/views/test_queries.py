"""No endpoint asks the database more often for having more to tell: each that reads, counted."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.callers import Caller, House
from tests.queries import queries
from tests.store import samples
from visio.config import read_secrets
from visio.store import bans, meetings, participants, services
from visio.store.models import Account, Room, wall_clock
from visio.store.rooms import add as add_room
from visio.store.sealing import Keyring

pytestmark = pytest.mark.one_database

ELSEWHERE = {
    "/api/v1/worker": "a socket",
    "/api/v1/rooms/{slug}/lobby": "a socket",
    "/api/v1/meetings/{id}/utterances/{utterance}/versions": "one passage, by its id",
    "/api/v1/meetings/{id}/files/{message}": "one file, by its id",
    "/api/v1/rooms/{slug}/files/{message}": "the same",
    "/api/v1/openapi.json": "no database",
    "/external-api/v1.0/rooms": "an application's: in test_external.py",
    "/external-api/v1.0/rooms/": "the same",
    "/external-api/v1.0/rooms/{id}": "one room",
    "/external-api/v1.0/rooms/{id}/": "one room",
}


class Scene:
    """Ada's room with a meeting under way and one that is over; an administrator."""

    def __init__(self, house: House, ada: Account, room: Room, held: samples.Sitting) -> None:
        self.house, self.ada, self.room, self.held = house, ada, room, held
        self.callers: list[Caller] = []
        self.planned = ""

    async def grow(self, number: int) -> None:
        """One more of everything."""
        database = self.house.database
        keyring = Keyring(read_secrets(self.house.config).master_key)
        person = await self.house.account(f"p{number}@example.org")
        await self.house.member(self.room, person)
        place = Room(slug=f"more-{number}", title="More", access="public", owner_id=self.ada.id)
        async with database.transaction() as session:
            await bans.add(session, self.room.id, account_id=None, guest=f"g{number}", name="G")
            await services.add(session, f"Salle {number}")
            await add_room(session, place)
            await participants.joined(
                session,
                self.held.meeting.id,
                f"p-more-{number}",
                f"PA_more{number}",
                account_id=person.id,
                name="P",
                now=samples.NOW,
                kind="account",
            )
        over = await samples.sitting(
            database, place, self.ada, identity=f"p-{number}", keyring=keyring
        )
        async with database.transaction() as session:
            await meetings.end(session, over.meeting.id, wall_clock())
        await samples.said(database, self.held, "Bonjour.", started_at=number * 1000)
        root, ada = self.callers[:2]
        assert (await root.post("/api/v1/entities", {"name": f"E{number}"})).status == 201
        times = {"begins": "2100-01-04T10:00", "ends": "2100-01-04T11:00", "zone": "UTC"}
        plan = {"title": "X", "room": self.room.slug, "recurrence": None, **times}
        self.planned = (await ada.post("/api/v1/scheduled-meetings", plan)).json["id"]
        guest = Caller(self.house.server)
        inside = await self.house.enter(guest, self.room.slug, name="Guest")
        said = {"id": str(uuid4()), "text": "Bonjour."}
        messages = f"/api/v1/rooms/{self.room.slug}/messages"
        assert (await inside.post(messages, said)).status == 201


@pytest.fixture
async def scene(house: House) -> Scene:
    ada = await house.account("ada@example.org")
    root = await house.account("root@example.org", administrator=True)
    room = await house.room(ada, "public")
    keyring = Keyring(read_secrets(house.config).master_key)
    held = await samples.sitting(house.database, await house.room(ada, "trusted"), ada,
                                 keyring=keyring)  # fmt: skip
    scene = Scene(house, ada, room, held)
    host = await house.signed_in(ada)
    scene.callers = [await house.signed_in(root), host, await house.enter(host, room.slug)]
    return scene


def addresses(scene: Scene, live: str) -> Iterator[tuple[str, str]]:
    """Each route that reads, and an address of it where there is something to be seen."""
    ids = {
        "accounts": scene.ada.id,
        "meetings": scene.held.meeting.id,
        "scheduled-meetings": scene.planned,
    }
    for route in scene.house.server.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if route.method == "GET" and "api/v1" in path and path not in ELSEWHERE:
            parts = {"id": ids.get(path.split("/")[3], ""), "slug": scene.room.slug}
            yield path, path.format(**parts, sid=live, format="md")


async def counted(scene: Scene) -> dict[str, int]:
    """How many queries each takes, for the first who is answered."""
    live = (await scene.callers[0].get("/api/v1/live-meetings")).json["meetings"][0]["sid"]
    found = {}
    for route, address in addresses(scene, live):
        for caller in scene.callers:
            with queries(scene.house) as sent:
                answer = await caller.get(address)
            if answer.status == 200:
                found[route] = len(sent)
                break
        else:
            pytest.fail(f"nobody reads {address}: {answer.code}")
    return found


async def test_more_of_everything_needs_no_more_queries(scene: Scene) -> None:
    await scene.grow(0)
    await counted(scene)  # some is read once
    few = await counted(scene)
    for number in range(1, 8):
        await scene.grow(number)
    assert await counted(scene) == few
