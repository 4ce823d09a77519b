import re

import pytest

from tests.callers import House

pytestmark = pytest.mark.one_database

ROOMS = "/api/v1/rooms"


async def test_a_new_room_is_restricted_and_mine(house: House) -> None:
    ada = await house.signed_in(await house.account("ada@example.org"))
    answer = await ada.post(ROOMS, {"title": " Weekly "})
    slug = answer.json["slug"]
    assert answer.status == 201
    assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", slug)
    room = {
        "slug": slug,
        "title": "Weekly",
        "access": "restricted",
        "role": "owner",
        "live": 0,
        "locked": False,
        "max_participants": 0,
        "retention_days": 0,
        "microphone": "everyone",
        "camera": "everyone",
        "screen_share": "everyone",
        "muting": "hosts",
        "chat": "everyone",
        "chat_kept": False,
        "transcribing": "hosts",
        "spoken": "detected",
    }
    assert answer.json == room
    assert (await ada.get(ROOMS)).json == {"rooms": [room], "next": None}


async def test_a_room_may_have_a_name_of_its_own_once(house: House) -> None:
    ada = await house.signed_in(await house.account("ada@example.org"))
    named = {"title": "Weekly", "slug": "weekly-2026"}
    assert (await ada.post(ROOMS, named)).json["slug"] == "weekly-2026"
    assert (await ada.post(ROOMS, named)).code == "slug_taken"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "evil \u202e title"},
        {"title": "two\nlines"},
        {"title": "x", "access": "secret"},
        {"title": "x", "slug": "UPPER"},
        {"title": "x", "slug": "a/../b"},
        {"title": "x", "owner_id": "somebody"},
    ],
    ids=str,
)
async def test_rooms_of_a_wrong_shape_are_refused(house: House, body: dict[str, str]) -> None:
    ada = await house.signed_in(await house.account("ada@example.org"))
    assert (await ada.post(ROOMS, body)).code == "invalid_fields"


async def test_a_room_is_shown_to_those_who_may_enter(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account, "public")
    shown = (await house.anonymous().get(f"{ROOMS}/{room.slug}")).json
    assert shown == {
        "slug": room.slug,
        "title": "Public",
        "access": "public",
        "role": None,
        "live": 0,
        "transcription": "off",
    }
    mine = (await (await house.signed_in(account)).get(f"{ROOMS}/{room.slug}")).json
    assert mine["role"] == "owner"


async def test_unknown_closed_and_deleted_rooms_answer_the_same_bytes(house: House) -> None:
    owner = await house.account("ada@example.org")
    for access in ("trusted", "restricted"):
        await house.room(owner, access)
    await house.room(owner, "public", "deleted-room")
    ada = await house.signed_in(owner)
    assert (await ada.ask("DELETE", f"{ROOMS}/deleted-room")).status == 204
    slugs = ["unknown-room", "trusted-room", "restricted-room", "deleted-room"]
    answers = [await house.anonymous().get(f"{ROOMS}/{slug}") for slug in slugs]
    assert {answer.code for answer in answers} == {"room_not_found"}
    assert len({answer.body for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


async def test_guessing_room_names_is_slowed_down(house: House) -> None:
    """T16."""
    await house.room(await house.account("ada@example.org"), "public")
    guesser = house.anonymous()
    for number in range(100):
        assert (await guesser.get(f"{ROOMS}/guess-{number}")).code == "room_not_found"
    assert (await guesser.get(f"{ROOMS}/public-room")).code == "too_many_attempts"
    assert (await guesser.post(f"{ROOMS}/public-room/join", {})).code == "too_many_attempts"


@pytest.mark.parametrize("settings_of_house", [{"trusted_proxies": ["127.0.0.1"]}], ids=["proxy"])
async def test_who_has_many_addresses_guesses_no_more(house: House) -> None:
    """T16: of an IPv6 network, all count as one; those of the next are not kept waiting."""
    await house.room(await house.account("ada@example.org"), "public")
    guesser = house.anonymous()
    for number in range(100):
        came = {"X-Forwarded-For": f"2001:db8::{number:x}:1"}
        assert (await guesser.get(f"{ROOMS}/guess-{number}", **came)).code == "room_not_found"
    for address, code in (("2001:db8::f", "too_many_attempts"), ("2001:db8:0:1::f", 200)):
        answer = await guesser.get(f"{ROOMS}/public-room", **{"X-Forwarded-For": address})
        assert answer.code == code


async def test_a_change_is_seen_at_once(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account, "restricted")
    ada = await house.signed_in(account)
    change = {"title": "Daily", "access": "public"}
    answer = await ada.ask("PATCH", f"{ROOMS}/{room.slug}", change)
    assert (answer.json["title"], answer.json["access"]) == ("Daily", "public")
    assert (await house.anonymous().get(f"{ROOMS}/{room.slug}")).json["title"] == "Daily"


@pytest.mark.parametrize(
    "change",
    [
        {"access": "secret"},
        {"locked": "yes"},
        {"max_participants": -1},
        {"retention_days": -1},
        {"retention_days": 3661},
        {"max_participants": 10_001},
        {"camera": "nobody"},
        {"muting": True},
        {"transcribing": "everyone"},
        {"spoken": "klingon"},
        {"owner_id": "somebody"},
    ],
    ids=str,
)
async def test_settings_of_a_wrong_shape_are_refused(
    house: House, change: dict[str, object]
) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    ada = await house.signed_in(account)
    answer = await ada.ask("PATCH", f"{ROOMS}/{room.slug}", change)
    assert answer.code == "invalid_fields"


async def test_a_change_of_nothing_changes_nothing(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    answer = await (await house.signed_in(account)).ask("PATCH", f"{ROOMS}/{room.slug}", {})
    assert (answer.status, answer.json["title"]) == (200, "Public")


async def test_an_administrator_of_the_room_changes_but_does_not_delete(house: House) -> None:
    room = await house.room(await house.account("ada@example.org"))
    bob = await house.account("bob@example.org")
    await house.member(room, bob, "administrator")
    caller = await house.signed_in(bob)
    change = await caller.ask("PATCH", f"{ROOMS}/{room.slug}", {"title": "Daily"})
    assert change.status == 200
    assert (await caller.ask("DELETE", f"{ROOMS}/{room.slug}")).code == "not_allowed"


async def test_a_deleted_room_is_gone_and_its_name_stays_taken(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    ada = await house.signed_in(account)
    assert (await ada.ask("DELETE", f"{ROOMS}/{room.slug}")).status == 204
    assert (await ada.get(f"{ROOMS}/{room.slug}")).code == "room_not_found"
    assert (await ada.get(ROOMS)).json == {"rooms": [], "next": None}
    again = await ada.post(ROOMS, {"title": "Again", "slug": room.slug})
    assert again.code == "slug_taken"


async def test_a_deleted_rooms_meeting_is_over(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    inside = await house.enter(house.anonymous(), room.slug, name="Guest")
    ada = await house.signed_in(account)
    assert (await ada.ask("DELETE", f"{ROOMS}/{room.slug}")).status == 204
    assert (await inside.get(f"{ROOMS}/{room.slug}/transcript")).code == "not_allowed"


async def test_who_is_inside_is_counted(house: House) -> None:
    account = await house.account("ada@example.org")
    room = await house.room(account)
    await house.enter(house.anonymous(), room.slug, name="Guest")
    await house.enter(await house.signed_in(account), room.slug)
    assert (await house.anonymous().get(f"{ROOMS}/{room.slug}")).json["live"] == 2
