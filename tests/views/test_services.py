import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.callers import Caller, House
from tests.queries import queries
from tests.store import samples
from visio.auth import keys
from visio.config import read_secrets
from visio.hub import HUB
from visio.store import rooms, services
from visio.store.models import Account, AuditEntry
from visio.store.sealing import Keyring

pytestmark = pytest.mark.one_database

SERVICES, KEYS, ROOMS = "/api/v1/services", "/api/v1/keys", "/api/v1/rooms"


@pytest.fixture
def settings_of_house() -> dict[str, Any]:
    return {"api_rate": 50}


async def program(house: House, *scopes: Any, name: str = "Salle 12") -> tuple[Account, Caller]:
    """A service, and a program that shows a key of its, as programs do: without an Origin."""
    async with house.database.transaction() as session:
        service = await services.add(session, name)
    _, text = await keys.make(
        house.database, service, "test", scopes, house.clock(), lifetime=timedelta(days=1)
    )
    return service, Caller(house.server, token=text, origin=None)


async def test_an_administrator_makes_a_service_and_its_key(root: Caller, house: House) -> None:
    service = (await root.post(SERVICES, {"name": " Salle 12 "})).json
    about = {"id": service["id"], "created_at": service["created_at"]}
    assert service == {**about, "name": "Salle 12", "disabled": False, "keys": 0}
    assert (await root.get(SERVICES)).json == {"services": [service], "total": 1}
    asked = {"service": service["id"], "name": "Portier", "scopes": ["rooms:write"], "days": 30}
    answer = await root.post(KEYS, asked)
    text = answer.json.pop("key")
    now = house.clock()
    key = {
        "id": answer.json["id"],
        "service": service["id"],
        "service_name": "Salle 12",
        "name": "Portier",
        "scopes": ["rooms:write"],
        "domains": [],
        "state": "good",
        "created_at": now,
        "expires_at": now + 30 * 86_400_000,
        "revoked_at": None,
        "last_used_at": None,
    }
    assert (answer.status, answer.json) == (201, key)
    listed = await root.get(KEYS)
    assert listed.json == {"keys": [key], "total": 1}
    assert text.encode() not in listed.body
    assert (await root.get(SERVICES)).json["services"][0]["keys"] == 1

    made = await Caller(house.server, token=text, origin=None).post(ROOMS, {"title": "Conseil"})
    assert (made.status, made.json["role"]) == (201, "owner")
    (used,) = (await root.get(KEYS)).json["keys"]
    assert used["last_used_at"] == now


async def test_a_service_owns_the_rooms_it_makes_and_hands_them_on(house: House) -> None:
    service, caller = await program(house, "rooms:write", "members:write", "members:read")
    slug = (await caller.post(ROOMS, {"title": "Conseil"})).json["slug"]
    await house.account("ada@example.org")
    member = {"email": "ada@example.org", "role": "owner"}
    assert (await caller.post(f"{ROOMS}/{slug}/members", member)).status == 204
    people = (await caller.get(f"{ROOMS}/{slug}/members")).json["members"]
    assert {(one["name"], one["email"], one["kind"], one["role"]) for one in people} == {
        ("Ada", "ada@example.org", "person", "owner"),
        ("Salle 12", "", "service", "owner"),
    }
    async with house.database.transaction() as session:
        room = await rooms.by_slug(session, slug)
    assert room
    assert room.owner_id == service.id


async def test_a_room_system_becomes_a_member_and_enters(house: House) -> None:
    service, caller = await program(house, "calls:join")
    ada = await house.account("ada@example.org")
    room = await house.room(ada, "restricted")
    refused = await caller.post(f"{ROOMS}/{room.slug}/join", {})
    assert refused.code == "must_knock"
    browser = await house.signed_in(ada)
    for wrong in ({"service": "unknown"}, {"service": ada.id}):
        answer = await browser.post(f"{ROOMS}/{room.slug}/members", wrong)
        assert answer.code == "service_not_found"
    both = {"service": service.id, "email": "ada@example.org"}
    assert (await browser.post(f"{ROOMS}/{room.slug}/members", both)).code == "invalid_fields"
    added = await browser.post(f"{ROOMS}/{room.slug}/members", {"service": service.id})
    assert added.status == 204
    await house.enter(caller, room.slug)
    live = house.server.app[HUB].opened(room.slug)
    assert live
    assert [one.name for one in live.room.participants.values()] == ["Salle 12"]


async def test_a_key_does_what_it_was_made_for(house: House) -> None:
    _, caller = await program(house, "rooms:read")
    assert (await caller.get(ROOMS)).json == {"rooms": [], "next": None}
    refused = await caller.post(ROOMS, {"title": "Conseil"})
    assert (refused.status, refused.code) == (403, "insufficient_scope")
    assert refused.json["detail"] == "This key was not made for rooms:write."


async def test_a_key_shows_no_more_than_its_service_may_see(house: House) -> None:
    service, caller = await program(house, "rooms:read", "meetings:read", "transcripts:read")
    ada = await house.account("ada@example.org")
    room = await house.room(ada, "restricted")
    keyring = Keyring(read_secrets(house.config).master_key)
    held = await samples.sitting(house.database, room, ada, keyring=keyring)
    assert (await caller.get(f"{ROOMS}/{room.slug}")).code == "room_not_found"
    assert (await caller.get("/api/v1/meetings")).json == {"meetings": [], "next": None}
    meeting = f"/api/v1/meetings/{held.meeting.id}"
    assert (await caller.get(meeting)).code == "meeting_not_found"
    await house.member(room, service, "owner")
    assert (await caller.get(f"{ROOMS}/{room.slug}")).json["role"] == "owner"
    assert [one["id"] for one in (await caller.get("/api/v1/meetings")).json["meetings"]] == [
        held.meeting.id
    ]
    assert (await caller.get(meeting)).status == 200


async def test_a_revoked_key_opens_nothing(house: House, root: Caller) -> None:
    _, caller = await program(house, "rooms:read")
    (key,) = (await root.get(KEYS)).json["keys"]
    assert (await caller.get(ROOMS)).status == 200
    assert (await root.ask("DELETE", f"{KEYS}/{key['id']}")).status == 204
    refused = await caller.get(ROOMS)
    assert (refused.status, refused.code) == (401, "invalid_token")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


async def test_a_disabled_service_is_out_of_the_api_and_of_meetings(
    house: House, root: Caller
) -> None:
    service, caller = await program(house, "calls:join", "rooms:read")
    room = await house.room(await house.account("ada@example.org"))
    await house.enter(caller, room.slug)
    off = await root.ask("PATCH", f"{SERVICES}/{service.id}", {"disabled": True})
    assert off.status == 204
    live = house.server.app[HUB].opened(room.slug)
    assert not live or not live.room.participants
    assert (await caller.get(ROOMS)).code == "invalid_token"
    assert (await root.get(SERVICES)).json["services"][0]["disabled"] is True
    await root.ask("PATCH", f"{SERVICES}/{service.id}", {"disabled": False})
    assert (await caller.get(ROOMS)).status == 200


async def test_keys_and_services_are_renamed(house: House, root: Caller) -> None:
    service, caller = await program(house, "rooms:read")
    (key,) = (await root.get(KEYS)).json["keys"]
    path = f"{SERVICES}/{service.id}"
    assert (await root.ask("PATCH", path, {"name": "Salle 13"})).status == 204
    assert (await root.ask("PATCH", f"{KEYS}/{key['id']}", {"name": "Portier"})).status == 204
    (renamed,) = (await root.get(KEYS)).json["keys"]
    assert renamed == {**key, "name": "Portier", "service_name": "Salle 13"}
    assert (await root.get(SERVICES)).json["services"][0]["disabled"] is False
    assert (await caller.get(ROOMS)).status == 200
    told = (await root.get("/api/v1/audit?limit=2")).json["entries"]
    assert [(one["act"], one["object"]) for one in told] == [
        ("key.renamed", key["id"]),
        ("service.renamed", service.id),
    ]


async def test_a_key_ends_on_the_day_that_was_chosen(house: House, root: Caller) -> None:
    service, _ = await program(house)
    now, day = house.clock(), 86_400_000
    asked = {"service": service.id, "name": "x", "scopes": ["rooms:read"]}
    key = (await root.post(KEYS, {**asked, "expires_at": now + 10 * day + 1})).json
    assert key["expires_at"] == now + 10 * day + 1
    for end in (now, now + 366 * day + 1):
        assert (await root.post(KEYS, {**asked, "expires_at": end})).code == "invalid_fields"
    both = {**asked, "expires_at": now + day, "days": 3}
    assert (await root.post(KEYS, both)).code == "invalid_fields"


async def test_keys_are_found_and_sorted_and_say_what_became_of_them(
    house: House, root: Caller
) -> None:
    """Revoked, over, of a service that is kept out, good."""
    made = {}
    for name in ("Éole", "borne", "agenda", "calcul"):
        service, _ = await program(house, "rooms:read", name=name)
        found = (await root.get(f"{KEYS}?search={name}")).json["keys"]
        made[name] = (service, found[0]["id"])
    await root.ask("DELETE", f"{KEYS}/{made['borne'][1]}")
    await root.ask("PATCH", f"{SERVICES}/{made['agenda'][0].id}", {"disabled": True})
    listed = (await root.get(f"{KEYS}?sort=service")).json["keys"]
    assert [(one["service_name"], one["state"]) for one in listed] == [
        ("agenda", "service_disabled"),
        ("borne", "revoked"),
        ("calcul", "good"),
        ("Éole", "good"),
    ]
    last = (await root.get(f"{KEYS}?sort=service&order=descending&limit=1")).json
    assert (last["keys"][0]["service_name"], last["total"]) == ("Éole", 4)
    second = (await root.get(f"{KEYS}?sort=service&limit=1&offset=1")).json
    assert second["keys"][0]["service_name"] == "borne"
    assert (await root.get(f"{KEYS}?search=EOLE")).json["total"] == 1
    assert (await root.get(f"{SERVICES}?search=eol")).json["total"] == 1
    for wrong in ("sort=digest", "limit=201", "offset=-1"):
        assert (await root.get(f"{KEYS}?{wrong}")).code == "invalid_fields", wrong
    house.clock.move(timedelta(days=2))  # nobody stays signed in for so long
    later = await house.signed_in(await house.account("later@example.org", administrator=True))
    states = {one["state"] for one in (await later.get(KEYS)).json["keys"]}
    assert states == {"expired", "revoked"}


async def test_more_keys_need_no_more_queries(house: House, root: Caller) -> None:
    counts = []
    for _ in range(2):
        for path in (KEYS, SERVICES):
            with queries(house) as sent:
                assert (await root.get(path)).status == 200
            counts.append(len(sent))
        for number in range(20):
            await program(house, "rooms:read", name=f"Salle {number}")
    assert counts[:2] == counts[2:]


async def test_keys_and_services_leave_as_tables(house: House, root: Caller) -> None:
    await program(house, "rooms:read", "rooms:write", name="=SUM(A1)")
    table = (await root.get(f"{KEYS}.csv")).body.decode("utf-8-sig").splitlines()
    assert table[0].startswith("name,service,scopes,domains,state,last_used_at,expires_at")
    assert table[1].startswith("test,'=SUM(A1),rooms:read rooms:write,,good,,20")
    table = (await root.get(f"{SERVICES}.csv")).body.decode("utf-8-sig").splitlines()
    assert table[0] == "name,keys,disabled,created_at,id"
    assert table[1].startswith("'=SUM(A1),1,False,20")


async def test_services_make_rooms_where_only_administrators_do(house: House, root: Caller) -> None:
    """An administrator made their key for it."""
    _, caller = await program(house, "rooms:write")
    rules = {"access": ["trusted"], "creators": "administrators", "max_participants": 0}
    assert (await root.put("/api/v1/policy", rules)).status == 204
    assert (await caller.post(ROOMS, {"title": "X", "access": "trusted"})).status == 201
    refused = await caller.post(ROOMS, {"title": "X", "access": "public"})
    assert refused.code == "access_ruled_out"
    ada = await house.signed_in(await house.account("ada@example.org"))
    assert (await ada.post(ROOMS, {"title": "X"})).code == "creation_ruled_out"


async def test_nobody_signs_in_as_a_service(house: House, root: Caller) -> None:
    service, _ = await program(house)
    cookie = await house.signed_in(service)
    assert (await cookie.get("/api/v1/session")).code == "not_signed_in"
    (listed,) = (await root.get("/api/v1/accounts")).json["accounts"]
    assert listed["email"] == "root@example.org"
    account = f"/api/v1/accounts/{service.id}"
    assert (await root.ask("PATCH", account, {"disabled": True})).code == "account_not_found"
    member = {"email": service.email}
    mine = await root.post(ROOMS, {"title": "Mine"})
    answer = await root.post(f"{ROOMS}/{mine.json['slug']}/members", member)
    assert answer.code == "address_unknown"


async def test_the_audit_names_the_program(house: House, root: Caller) -> None:
    service = (await root.post(SERVICES, {"name": "Salle 12"})).json["id"]
    asked = {"service": service, "name": "x", "scopes": ["rooms:write"]}
    key = (await root.post(KEYS, asked)).json
    caller = Caller(house.server, token=key["key"], origin=None)
    await caller.post(ROOMS, {"title": "Conseil"})
    await root.ask("DELETE", f"{KEYS}/{key['id']}")
    await root.ask("PATCH", f"{SERVICES}/{service}", {"disabled": True})
    told = (await root.get("/api/v1/audit?limit=10")).body.decode()
    async with house.database.transaction() as session:
        rows = (await session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()
    me = (await root.get("/api/v1/session")).json["account"]["id"]
    assert [(row.act, row.author_kind, row.author) for row in rows if row.author] == [
        ("service.created", "account", me),
        ("key.made", "account", me),
        ("room.created", "key", key["id"]),
        ("key.revoked", "account", me),
        ("account.disabled", "account", me),
        ("audit.read", "account", me),
    ]
    assert key["key"] not in told


async def test_no_key_is_logged(
    house: House, root: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    """T23."""
    with caplog.at_level(logging.DEBUG):
        _, caller = await program(house, "rooms:read")
        for path in (ROOMS, KEYS, "/api/v1/nothing", f"/rtc?access_token={caller.token}"):
            await caller.get(path)
        wrong = Caller(house.server, token=f"{caller.token}x", origin=None)
        assert (await wrong.get(ROOMS)).code == "invalid_token"
        body = {"client_id": "x", "client_secret": caller.token, "scope": "ada@example.org"}
        await caller.post("/external-api/v1.0/application/token/", body)
    # The server itself keeps no access log, unlike that of the tests: see `make_runner`.
    said = [one.getMessage() for one in caplog.records if one.name != "aiohttp.access"]
    assert caller.token.removeprefix("visio_") not in "".join(said)


async def test_too_many_requests_have_to_wait(house: House) -> None:
    _, caller = await program(house, "rooms:read")
    first = await caller.get(ROOMS)
    assert first.headers["RateLimit-Policy"] == '"key";q=50;w=60'
    assert first.headers["RateLimit"] == '"key";r=49;t=60'
    house.clock.move(timedelta(seconds=10))
    for _ in range(49):
        assert (await caller.get(ROOMS)).status == 200
    refused = await caller.get(ROOMS)
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "50"
    assert refused.headers["RateLimit"] == '"key";r=0;t=50'
    house.clock.move(timedelta(seconds=50))
    assert (await caller.get(ROOMS)).status == 200
    assert "RateLimit" not in (await house.anonymous().get("/api/v1/config")).headers


async def test_guessing_keys_is_slowed_down(house: House) -> None:
    _, caller = await program(house, "rooms:read")
    for number in range(100):
        guess = Caller(house.server, token=f"visio_{number}")
        assert (await guess.get(ROOMS)).code == "invalid_token"
    refused = await caller.get(ROOMS)
    assert (refused.code, refused.headers["Retry-After"]) == ("too_many_attempts", "60")


@pytest.mark.parametrize(
    "more",
    [
        {"scopes": []},
        {"scopes": ["rooms:everything"]},
        {"days": 0},
        {"days": 367},
        {"name": ""},
        {"domains": ["a@b"]},
        {"service": "unknown"},
    ],
    ids=str,
)
async def test_keys_of_a_wrong_shape_are_refused(
    house: House, root: Caller, more: dict[str, object]
) -> None:
    service, _ = await program(house)
    body = {"service": service.id, "name": "x", "scopes": ["rooms:read"], **more}
    expected = "service_not_found" if "service" in more else "invalid_fields"
    assert (await root.post(KEYS, body)).code == expected
