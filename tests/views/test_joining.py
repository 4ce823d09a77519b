from typing import Any

import pytest
from sqlalchemy import select

from tests.callers import Answer, Caller, House
from visio.auth import tokens
from visio.config import read_secrets
from visio.store import participants
from visio.store.models import Participant

pytestmark = pytest.mark.one_database


async def join(caller: Caller, slug: str, **body: Any) -> Answer:
    return await caller.post(f"/api/v1/rooms/{slug}/join", body)


def claims(house: House, answer: Answer) -> tokens.Claims:
    keys = read_secrets(house.config).signing_keys
    return tokens.verify(keys, answer.json["token"], now=house.clock())


async def test_a_guest_joins_a_public_room_by_name(house: House) -> None:
    room = await house.room(await house.account("ada@example.org"))
    answer = await join(house.anonymous(), room.slug, name=" Grace Hopper ")
    said = claims(house, answer)
    assert answer.json == {
        "token": answer.json["token"],
        "url": "",
        "identity": said.identity,
        "role": "guest",
        "room": room.slug,
        "meeting": None,
    }
    assert (said.name, said.account, said.key) == ("Grace Hopper", None, "visio")
    assert said.guest
    assert said.attributes == {"visio.role": "guest", "visio.guest": "true"}
    assert said.grants == tokens.Grants(room=room.slug, room_join=True)


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "  "}, {"name": None}], ids=str)
async def test_a_guest_needs_a_name(house: House, body: dict[str, Any]) -> None:
    room = await house.room(await house.account("ada@example.org"))
    assert (await join(house.anonymous(), room.slug, **body)).code == "name_required"


@pytest.mark.parametrize("name", ["x" * 101, "a\nb", "evil\u202egnp", "\x00"])
async def test_names_that_would_deceive_are_refused(house: House, name: str) -> None:
    room = await house.room(await house.account("ada@example.org"))
    assert (await join(house.anonymous(), room.slug, name=name)).code == "invalid_fields"


async def test_who_has_an_account_joins_under_its_name(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    answer = await join(await house.signed_in(account), room.slug, name="Somebody Else")
    said = claims(house, answer)
    assert (said.name, said.account) == ("Ada", account.id)
    assert said.attributes == {"visio.role": "owner"}


async def test_two_devices_of_a_person_are_two_participants(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    ada = await house.signed_in(account)
    first, second = await join(ada, room.slug), await join(ada, room.slug)
    assert first.json["identity"] != second.json["identity"]


async def test_a_guests_browser_is_known_again(house: House) -> None:
    room = await house.room(await house.account("ada@example.org"))
    guest, other = house.anonymous(), house.anonymous()
    first, again = [claims(house, await join(guest, room.slug, name="G")) for _ in range(2)]
    assert first.guest == again.guest
    assert claims(house, await join(other, room.slug, name="G")).guest != first.guest
    assert (
        guest.cookies["visio_guest"] not in (await join(guest, room.slug, name="G")).json["token"]
    )


async def test_nobody_joins_a_full_meeting(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    ada = await house.signed_in(account)
    assert (await ada.ask("PATCH", f"/api/v1/rooms/{room.slug}", {"max_participants": 1})).status
    await house.enter(ada, room.slug)
    assert (await join(house.anonymous(), room.slug, name="Guest")).code == "room_full"


async def test_a_shared_microphone_is_said_from_the_start(house: House) -> None:
    room = await house.room(await house.account("ada@example.org"))
    fields = {"name": "Room 4", "shared_microphone": True, "microphone_people": 3}
    answer = await join(house.anonymous(), room.slug, **fields)
    attributes = claims(house, answer).attributes
    assert attributes["visio.shared_microphone"] == "true"
    assert attributes["visio.microphone_people"] == "3"
    await house.connect(Caller(house.server, token=answer.json["token"]))
    async with house.database.transaction() as session:
        (row,) = await session.scalars(select(Participant))
    assert (row.shared_microphone, row.microphone_people) == (True, 3)


@pytest.mark.parametrize(
    ("access", "who", "outcome"),
    [
        ("public", "anonymous", 200),
        ("public", "stranger", 200),
        ("trusted", "anonymous", "must_knock"),
        ("trusted", "stranger", 200),
        ("trusted", "member", 200),
        ("restricted", "anonymous", "must_knock"),
        ("restricted", "stranger", "must_knock"),
        ("restricted", "member", 200),
        ("restricted", "owner", 200),
        ("unknown", "anonymous", "must_knock"),
        ("unknown", "stranger", "must_knock"),
        ("unknown", "owner", "must_knock"),
    ],
)
async def test_access_decides_who_joins(
    house: House, access: str, who: str, outcome: int | str
) -> None:
    owner, member = await house.account("ada@example.org"), await house.account("bob@example.org")
    if access != "unknown":
        await house.member(await house.room(owner, access), member)
    accounts = {"owner": owner, "member": member, "stranger": await house.account("eve@x.org")}
    caller = await house.signed_in(accounts[who]) if who in accounts else house.anonymous()
    assert (await join(caller, f"{access}-room", name="Guest")).code == outcome


async def test_unknown_and_closed_rooms_refuse_in_the_same_bytes(house: House) -> None:
    await house.room(await house.account("ada@example.org"), "restricted")
    eve = await house.signed_in(await house.account("eve@example.org"))
    for caller in (house.anonymous(), eve):
        answers = [await join(caller, slug, name="x") for slug in ("restricted-room", "unknown")]
        assert answers[0].body == answers[1].body
        assert answers[0].status == answers[1].status


async def test_the_token_opens_the_room_and_writes_who_came(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    inside = await house.enter(await house.signed_in(account), room.slug)
    answer = await join(house.anonymous(), room.slug, name="Guest")
    meeting = answer.json["meeting"]
    async with house.database.transaction() as session:
        (row,) = await participants.of_meeting(session, meeting)
    assert isinstance(row, Participant)
    assert (row.account_id, row.name) == (account.id, "Ada")
    assert (await inside.get(f"/api/v1/rooms/{room.slug}/transcript")).json["meeting"] == meeting
