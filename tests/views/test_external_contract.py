"""Our answers beside what La Suite's description of its external API promises (docs/openapi.yaml
of suitenumerique/meet, release 1.27): its paths, statuses, fields and types, written down by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.callers import Answer, Caller, House
from tests.views.test_external import API, Application, application
from visio.auth import delegation
from visio.store import keys as rows
from visio.store.models import Account

pytestmark = pytest.mark.one_database

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
UUID: Schema = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
LINK: Schema = {"type": "string", "pattern": "^https?://[^ ]+$"}
LEVEL: Schema = {"enum": ["public", "trusted", "restricted"]}
SOURCES: Schema = {
    "type": ["array", "null"],
    "items": {"enum": ["camera", "microphone", "screen_share", "screen_share_audio"]},
}
CONFIGURATION: Schema = {
    "type": "object",
    "properties": {
        "can_publish_sources": SOURCES,
        "everyone_can_mute": {"type": ["boolean", "null"]},
    },
    "additionalProperties": False,
}
TELEPHONY: Schema = {
    "type": "object",
    "properties": {
        "enabled": {"type": "boolean"},
        "pin_code": {"type": "string"},
        "phone_number": {"type": "string"},
        "default_country": {"type": "string"},
    },
    "additionalProperties": False,
}


def thing(**properties: Schema) -> Schema:
    """An object of which a client may read all these fields."""
    return {"type": "object", "properties": properties, "required": list(properties)}


ROOM = thing(
    id=UUID,
    slug=TEXT,
    access_level=LEVEL,
    url=LINK,
    telephony=TELEPHONY,
    configuration=CONFIGURATION,
)
ROOMS = thing(
    count={"type": "integer", "minimum": 0},
    next={"anyOf": [LINK, {"type": "null"}]},
    previous={"anyOf": [LINK, {"type": "null"}]},
    results={"type": "array", "items": ROOM},
)
TOKEN = thing(
    access_token={"type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$"},
    token_type={"const": "Bearer"},
    expires_in={"type": "integer", "minimum": 1},
    scope={"type": "string", "pattern": "^(rooms:(list|retrieve|create)( |$))+$"},
)
OAUTH_ERROR, ERROR = thing(error=TEXT), thing(detail=TEXT)


@dataclass(frozen=True)
class Operation:
    """What a path answers, by status."""

    method: str
    path: str
    answers: dict[int, Schema] = field(default_factory=dict)


REFUSED = {401: ERROR, 403: ERROR}
OPERATIONS = {
    "generateToken": Operation(
        "POST",
        "/application/token/",
        {200: TOKEN, 400: OAUTH_ERROR, 401: OAUTH_ERROR, 403: OAUTH_ERROR},
    ),
    "listRooms": Operation("GET", "/rooms", {200: ROOMS, **REFUSED}),
    "createRoom": Operation("POST", "/rooms/", {201: ROOM, **REFUSED}),
    "retrieveRoom": Operation("GET", "/rooms/{id}", {200: ROOM, 404: ERROR, **REFUSED}),
}


@dataclass
class Client:
    """A program written after the description, which notes what it has seen of it."""

    house: House
    application: Application
    token: str = ""
    seen: set[tuple[str, int]] = field(default_factory=set)

    async def call(
        self, name: str, body: Any = None, *, token: str | None = None, query: str = "", **path: str
    ) -> Answer:
        """The answer, which is one of those promised."""
        asked = OPERATIONS[name]
        caller = Caller(
            self.house.server, token=self.token if token is None else token, origin=None
        )
        answer = await caller.ask(asked.method, f"{API}{asked.path.format(**path)}{query}", body)
        assert answer.status in asked.answers, (name, answer.status, answer.body)
        assert answer.headers["Content-Type"].startswith("application/json")
        Draft202012Validator(asked.answers[answer.status]).validate(answer.json)
        self.seen.add((name, answer.status))
        return answer

    def credentials(self, **changed: Any) -> dict[str, Any]:
        return {
            "client_id": self.application.client,
            "client_secret": self.application.secret,
            "grant_type": "client_credentials",
            "scope": "ada@example.org",
            **changed,
        }


@pytest.fixture
async def client(house: House) -> Client:
    return Client(house, await application(house))


def promised() -> Iterator[tuple[str, int]]:
    for name, operation in OPERATIONS.items():
        yield from ((name, status) for status in operation.answers)


async def test_every_answer_that_is_promised_is_given_as_promised(
    house: House, client: Client, ada: Account
) -> None:
    await all_tokens(client)
    await all_rooms(client)
    await all_refusals(house, client)
    assert client.seen == set(promised())


async def all_tokens(client: Client) -> None:
    answer = await client.call("generateToken", client.credentials())
    assert answer.json["scope"] == "rooms:list rooms:retrieve rooms:create"
    client.token = answer.json["access_token"]
    for changed, status, error in (
        ({"client_secret": "1234567890abcdefghijklmnopqrstuvwxyz"}, 401, "Invalid credentials"),
        ({"scope": "bob@example.org"}, 400, "User not found."),
        (
            {"scope": "user@example.com"},
            403,
            "This application is not authorized for this email domain.",
        ),
    ):
        refused = await client.call("generateToken", client.credentials(**changed))
        assert (refused.status, refused.json["error"]) == (status, error)
    wrong = await client.call("generateToken", client.credentials(grant_type="password"))
    # Of a field that is wrong there is a list of words under its name.
    assert wrong.status == 400
    Draft202012Validator(thing(grant_type={"type": "array", "items": TEXT})).validate(wrong.json)


async def all_rooms(client: Client) -> None:
    for body, expected in (
        (None, {}),
        ({}, {}),
        ({"access_level": "trusted"}, {"access_level": "trusted"}),
        (
            {"configuration": {"everyone_can_mute": True}},
            {"configuration": {"everyone_can_mute": True}},
        ),
        (
            {"configuration": {"can_publish_sources": None, "everyone_can_mute": None}},
            {"configuration": {}},
        ),
        (
            {"configuration": {"can_publish_sources": ["camera", "microphone"]}},
            {"configuration": {"can_publish_sources": ["microphone", "camera"]}},
        ),
    ):
        made = (await client.call("createRoom", body)).json
        for name, value in expected.items():
            assert sorted_sources(made[name]) == sorted_sources(value), body
        assert (await client.call("retrieveRoom", id=made["id"])).json == made
    first = (await client.call("listRooms", query="?page_size=4")).json
    assert (first["count"], len(first["results"]), first["previous"]) == (6, 4, None)
    last = (await client.call("listRooms", query="?page=2&page_size=4")).json
    assert (len(last["results"]), last["next"]) == (2, None)
    assert len((await client.call("listRooms")).json["results"]) == 6
    assert (await client.call("retrieveRoom", id="7c9e6679-7425-40de-944b-e07fc1f90ae7")).json[
        "detail"
    ] == "Not found."


def sorted_sources(value: Any) -> Any:
    sources = isinstance(value, dict) and value.get("can_publish_sources")
    return {**value, "can_publish_sources": sorted(sources)} if sources else value


async def all_refusals(house: House, client: Client) -> None:
    room = (await client.call("listRooms")).json["results"][0]["id"]
    others: list[tuple[str, dict[str, str]]] = [
        ("listRooms", {}),
        ("createRoom", {}),
        ("retrieveRoom", {"id": room}),
    ]
    bare = await application(house, "members:read")
    narrow = (await bare.acting()).token
    for name, path in others:
        for token in ("", "x", client.token + "x"):
            assert (await client.call(name, token=token, **path)).status == 401
        assert (await client.call(name, token=narrow, **path)).status == 403
    house.clock.move(delegation.LIFETIME + timedelta(minutes=2))
    for name, path in others:
        assert (await client.call(name, **path)).json["detail"] == "Token expired."
    async with house.database.transaction() as session:
        await rows.revoke(session, client.application.client, house.clock())
    over = await client.call("generateToken", client.credentials(), token="")
    assert (over.status, over.json["error"]) == (401, "Application is inactive")


async def test_a_level_that_is_ruled_out_is_no_default(house: House, ada: Account) -> None:
    """A program that asks for nothing gets the most closed level that the instance allows."""
    root = await house.signed_in(await house.account("root@example.org", administrator=True))
    rules = {"access": ["trusted", "public"], "creators": "everybody", "max_participants": 0}
    assert (await root.put("/api/v1/policy", rules)).status == 204
    caller = await (await application(house)).acting()
    assert (await caller.post(f"{API}/rooms/", {})).json["access_level"] == "trusted"
    refused = await caller.post(f"{API}/rooms/", {"access_level": "restricted"})
    assert refused.status == 400
    assert refused.json["access_level"]


async def test_a_program_makes_no_rooms_for_those_who_may_not(house: House, ada: Account) -> None:
    """It acts for the person: an administrator's words about keys do not make her one."""
    root = await house.account("root@example.org", administrator=True)
    admin = await house.signed_in(root)
    rules = {"access": ["restricted"], "creators": "administrators", "max_participants": 0}
    assert (await admin.put("/api/v1/policy", rules)).status == 204
    calendar = await application(house)
    assert (await (await calendar.acting()).post(f"{API}/rooms/", {})).status == 403
    token = (await calendar.ask(scope=root.email)).json["access_token"]
    boss = Caller(house.server, token=token, origin=None)
    assert (await boss.post(f"{API}/rooms/", {})).status == 201
