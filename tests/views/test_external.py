"""La Suite's external API, as docs/openapi.yaml of its release 1.27 describes it."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.callers import Answer, Caller, House
from visio.auth import accounts, keys
from visio.store import keys as rows
from visio.store import rooms, services
from visio.store.models import Account

pytestmark = pytest.mark.one_database

API = "/external-api/v1.0"
TOKEN = f"{API}/application/token/"
ROOMS = f"{API}/rooms/"


class Application:
    """A calendar, say, that makes rooms for people of example.org."""

    def __init__(self, house: House, client: str, secret: str) -> None:
        self.house, self.client, self.secret = house, client, secret

    async def ask(self, path: str = TOKEN, **changed: Any) -> Answer:
        """For a token; for ada, unless that is changed."""
        asked = {
            "client_id": self.client,
            "client_secret": self.secret,
            "grant_type": "client_credentials",
            "scope": "ada@example.org",
            **changed,
        }
        body = {name: value for name, value in asked.items() if value is not None}
        return await Caller(self.house.server, origin=None).post(path, body)

    async def acting(self) -> Caller:
        """For ada."""
        token = (await self.ask()).json["access_token"]
        return Caller(self.house.server, token=token, origin=None)


async def application(house: House, *scopes: Any, domains: tuple[str, ...] = ()) -> Application:
    async with house.database.transaction() as session:
        service = await services.add(session, "Agenda")
    key, text = await keys.make(
        house.database,
        service,
        "agenda",
        scopes or ("rooms:read", "rooms:write"),
        house.clock(),
        lifetime=timedelta(days=1),
        domains=domains or ("example.org",),
    )
    return Application(house, key.id, text)


@pytest.mark.parametrize("path", [TOKEN, TOKEN.rstrip("/")])
async def test_credentials_are_exchanged_for_a_token(house: House, ada: Account, path: str) -> None:
    answer = await (await application(house)).ask(path)
    assert answer.status == 200
    assert answer.json == {
        "access_token": answer.json["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "rooms:list rooms:retrieve rooms:create",
    }
    assert answer.json["access_token"].count(".") == 2


async def test_a_form_will_do_as_in_rfc_6749(house: House, ada: Account) -> None:
    calendar = await application(house)
    form = (
        f"client_id={calendar.client}&client_secret={calendar.secret}"
        "&grant_type=client_credentials&scope=ada%40example.org"
    )
    kind = "application/x-www-form-urlencoded"
    answer = await Caller(house.server, origin=None).send("POST", TOKEN, form.encode(), kind)
    assert answer.status == 200


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"client_id": "550e8400-e29b-41d4-a716-446655440000"}, 401, "Invalid credentials"),
        ({"client_secret": "1234567890abcdefghijklmnopqrstuvwxyz"}, 401, "Invalid credentials"),
        ({"scope": "bob@example.org"}, 400, "User not found."),
        (
            {"scope": "ada@elsewhere.org"},
            403,
            "This application is not authorized for this email domain.",
        ),
        ({"scope": "no address"}, 400, "Scope should be a valid email address."),
        ({"grant_type": "password"}, 400, None),
        ({"grant_type": None}, 400, None),
        ({"client_secret": None}, 400, None),
        ({"client_secret": 7}, 400, None),
    ],
    ids=str,
)
async def test_wrong_credentials_are_refused_in_la_suite_s_words(
    house: House, ada: Account, changed: dict[str, Any], status: int, error: str | None
) -> None:
    answer = await (await application(house)).ask(**changed)
    assert answer.status == status
    assert answer.json["error"] == (error or answer.json["error"])
    assert answer.json["error"]


@pytest.mark.parametrize(
    "address",
    [
        "ada@evil.org@example.org",
        '"ada@evil.org"@example.org',
        "ada@example.org@evil.org",
        "ada@evil.org(@example.org)",
        "ada@example.org.evil.org",
        "ada@sub.example.org",
        "ada@example.org\x00",
        "ada@example.org\n",
        "ada@example.org,bob@example.org",
        "ada@exаmple.org",
        "ada@example.org.",
    ],
    ids=ascii,
)
async def test_an_address_that_can_be_read_two_ways_is_nobody_s(
    house: House, ada: Account, address: str
) -> None:
    """T27, of one that is sent by an application."""
    answer = await (await application(house)).ask(scope=address)
    # Blanks around an address are not part of it.
    assert answer.status in ((200,) if address.strip() == ada.email else (400, 403))


async def test_a_room_is_made_for_the_person(house: House, ada: Account) -> None:
    caller = await (await application(house)).acting()
    answer = await caller.post(ROOMS, {})
    room = answer.json
    assert answer.status == 201
    assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", room["slug"])
    assert room == {
        "id": room["id"],
        "name": room["slug"],
        "slug": room["slug"],
        "access_level": "restricted",
        "url": f"{house.config.url}/{room['slug']}",
        "telephony": {"enabled": False},
        "configuration": {},
    }
    assert (await caller.get(f"{ROOMS}{room['id']}/")).json == room
    assert (await caller.get(f"{ROOMS}{room['id']}")).json == room
    mine = (await (await house.signed_in(ada)).get("/api/v1/rooms")).json["rooms"]
    assert [(one["slug"], one["role"]) for one in mine] == [(room["slug"], "owner")]


async def test_nothing_need_be_said_of_a_room(house: House, ada: Account) -> None:
    caller = await (await application(house)).acting()
    assert (await caller.post(ROOMS)).status == 201


async def test_a_room_is_made_as_it_is_wished(house: House, ada: Account) -> None:
    caller = await (await application(house)).acting()
    wish = {
        "access_level": "trusted",
        "configuration": {"can_publish_sources": ["microphone"], "everyone_can_mute": True},
    }
    room = (await caller.post(ROOMS, wish)).json
    assert {name: room[name] for name in wish} == wish
    mine = await (await house.signed_in(ada)).get(f"/api/v1/rooms/{room['slug']}")
    settings = {name: mine.json[name] for name in ("microphone", "camera", "screen_share")}
    assert settings == {"microphone": "everyone", "camera": "hosts", "screen_share": "hosts"}
    assert mine.json["muting"] == "everyone"


@pytest.mark.parametrize(
    "body",
    [
        {"access_level": "secret"},
        {"configuration": {"everyone_can_dance": True}},
        {"configuration": {"can_publish_sources": ["hologram"]}},
        {"configuration": {"everyone_can_mute": "yes"}},
        [],
        "x",
    ],
    ids=str,
)
async def test_a_wish_of_a_wrong_shape_is_refused(house: House, ada: Account, body: Any) -> None:
    caller = await (await application(house)).acting()
    answer = await caller.post(ROOMS, body)
    assert answer.status == 400
    assert answer.json["detail"]


async def test_rooms_are_listed_by_numbered_pages(house: House, ada: Account) -> None:
    caller = await (await application(house)).acting()
    for number in range(3):
        await house.room(ada, "public", f"room-{number}")
    await house.room(await house.account("bob@example.org"))
    first = (await caller.get(f"{ROOMS}?page_size=2")).json
    assert (first["count"], first["previous"], len(first["results"])) == (3, None, 2)
    assert first["next"] == f"{house.config.url}{ROOMS}?page=2&page_size=2"
    second = (await caller.get(f"{ROOMS}?page=2&page_size=2")).json
    assert (second["next"], len(second["results"])) == (None, 1)
    assert second["previous"] == f"{house.config.url}{ROOMS}?page=1&page_size=2"
    slugs = {room["slug"] for page in (first, second) for room in page["results"]}
    assert slugs == {"room-0", "room-1", "room-2"}
    assert (await caller.get(ROOMS.rstrip("/"))).json["count"] == 3
    for usual in ("page_size=0", "page_size=x"):
        assert len((await caller.get(f"{ROOMS}?{usual}")).json["results"]) == 3
    for wrong in ("page=3&page_size=2", "page=0", "page=x", "page=99999999999"):
        assert (await caller.get(f"{ROOMS}?{wrong}")).status == 404


async def test_rooms_of_others_are_not_found(house: House, ada: Account) -> None:
    caller = await (await application(house)).acting()
    theirs = await house.room(await house.account("bob@example.org"), "public")
    gone = await house.room(ada, "public", "gone-room")
    async with house.database.transaction() as session:
        await rooms.remove(session, gone.id, house.clock())
    answers = [await caller.get(f"{ROOMS}{row_id}/") for row_id in (theirs.id, gone.id, "x")]
    assert {(answer.status, answer.body) for answer in answers} == {
        (404, b'{"error": "Not found.", "detail": "Not found."}')
    }


async def test_scopes_are_those_of_the_key(house: House, ada: Account) -> None:
    calendar = await application(house, "rooms:read")
    assert (await calendar.ask()).json["scope"] == "rooms:list rooms:retrieve"
    refused = await (await calendar.acting()).post(ROOMS, {})
    assert refused.status == 403
    expected = "Insufficient permissions. Required scope: rooms:create"
    assert refused.json["detail"] == expected


async def test_a_token_ends_with_its_time_its_key_and_its_person(
    house: House, ada: Account
) -> None:
    calendar = await application(house)
    caller = await calendar.acting()
    assert (await caller.get(ROOMS)).status == 200
    await accounts.disable(house.database, ada.id, house.clock())
    assert (await caller.get(ROOMS)).status == 401
    assert (await calendar.ask()).json["error"] == "User not found."
    await accounts.enable(house.database, ada.id)
    house.clock.move(timedelta(hours=1, minutes=2))
    assert (await caller.get(ROOMS)).json["detail"] == "Token expired."
    caller = await calendar.acting()
    assert (await caller.get(ROOMS)).status == 200
    async with house.database.transaction() as session:
        await rows.revoke(session, calendar.client, house.clock())
    assert (await caller.get(ROOMS)).json["detail"] == "Invalid token."
    assert (await calendar.ask()).json["error"] == "Application is inactive"
    wrong = await calendar.ask(client_secret=f"{calendar.secret}x")
    assert wrong.json["error"] == "Invalid credentials"


async def test_a_key_without_domains_acts_for_nobody(house: House, ada: Account) -> None:
    async with house.database.transaction() as session:
        service = await services.add(session, "Agenda")
    key, text = await keys.make(
        house.database, service, "x", ["rooms:read"], house.clock(), lifetime=timedelta(days=1)
    )
    assert (await Application(house, key.id, text).ask()).status == 403


async def test_guessing_secrets_is_slowed_down(house: House, ada: Account) -> None:
    calendar = await application(house)
    for number in range(100):
        assert (await calendar.ask(client_secret=f"visio_{number}")).status == 401
    refused = await calendar.ask()
    assert (refused.status, refused.headers["Retry-After"]) == (429, "60")


async def test_the_external_api_answers_unknown_addresses_in_kind(house: House) -> None:
    caller = Caller(house.server, origin=None)
    for method, path, status in (
        ("GET", f"{API}/nothing/", 404),
        ("DELETE", ROOMS, 405),
        ("GET", TOKEN, 405),
    ):
        answer = await caller.ask(method, path)
        assert (answer.status, "error" in answer.json) == (status, True)
