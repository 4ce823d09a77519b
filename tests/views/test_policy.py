from typing import Any

import pytest

from tests.callers import Caller, House
from visio.hub import HUB
from visio.store.models import Account

pytestmark = pytest.mark.one_database

POLICY, ROOMS = "/api/v1/policy", "/api/v1/rooms"


def rules(**more: Any) -> dict[str, Any]:
    levels = ["restricted", "trusted", "public"]
    return {"access": levels, "creators": "everybody", "max_participants": 0, **more}


async def test_everybody_is_told_what_is_allowed(house: House, root: Caller) -> None:
    chosen = rules(access=["public", "restricted"], creators="administrators", max_participants=9)
    assert (await root.put(POLICY, chosen)).status == 204
    told = (await house.anonymous().get("/api/v1/config")).json["policy"]
    assert told == {**chosen, "access": ["restricted", "public"]}
    # A second choice takes the place of the first.
    assert (await root.put(POLICY, rules())).status == 204
    assert (await house.anonymous().get("/api/v1/config")).json["policy"] == rules()


async def test_only_allowed_levels_are_chosen_and_old_ones_stay(
    house: House, root: Caller, ada: Account
) -> None:
    caller = await house.signed_in(ada)
    room = await house.room(ada, "public")
    await root.put(POLICY, rules(access=["restricted", "trusted"]))
    new = await caller.post(ROOMS, {"title": "New", "access": "public"})
    assert new.code == "access_ruled_out"
    assert (await caller.post(ROOMS, {"title": "New", "access": "trusted"})).status == 201

    path = f"{ROOMS}/{room.slug}"
    kept = {"title": "Renamed", "access": "public"}
    assert (await caller.ask("PATCH", path, kept)).status == 200
    assert (await caller.ask("PATCH", path, {"access": "trusted"})).status == 200
    back = await caller.ask("PATCH", path, {"title": "Other", "access": "public"})
    assert back.code == "access_ruled_out"
    shown = (await caller.get(path)).json
    assert (shown["title"], shown["access"]) == ("Renamed", "trusted")


async def test_a_default_that_is_ruled_out_is_refused_too(house: House, root: Caller) -> None:
    await root.put(POLICY, rules(access=["public"]))
    assert (await root.post(ROOMS, {"title": "New"})).code == "access_ruled_out"


async def test_where_administrators_create_nobody_else_does(
    house: House, root: Caller, ada: Account
) -> None:
    caller = await house.signed_in(ada)
    await root.put(POLICY, rules(creators="administrators"))
    assert (await caller.post(ROOMS, {"title": "New"})).code == "creation_ruled_out"
    assert (await caller.get(ROOMS)).json["rooms"] == []
    assert (await root.post(ROOMS, {"title": "New"})).status == 201


async def test_no_room_takes_more_than_the_instance_allows(
    house: House, root: Caller, ada: Account
) -> None:
    caller = await house.signed_in(ada)
    room = await house.room(ada, "public")
    path = f"{ROOMS}/{room.slug}"
    assert (await caller.ask("PATCH", path, {"max_participants": 50})).status == 200
    await root.put(POLICY, rules(max_participants=2))
    more = await caller.ask("PATCH", path, {"max_participants": 3})
    assert more.code == "most_ruled_out"
    kept = {"title": "Renamed", "max_participants": 50}
    assert (await caller.ask("PATCH", path, kept)).status == 200
    for name in ("One", "Two"):
        await house.enter(house.anonymous(), room.slug, name=name)
    assert (await house.anonymous().post(f"{path}/join", {"name": "Three"})).code == "room_full"


async def test_the_limit_changes_in_running_meetings_where_all_stay(
    house: House, root: Caller, ada: Account
) -> None:
    room = await house.room(ada, "public")
    join = f"{ROOMS}/{room.slug}/join"
    for name in ("One", "Two"):
        await house.enter(house.anonymous(), room.slug, name=name)
    await root.put(POLICY, rules(max_participants=1))
    assert house.server.app[HUB].live(room.slug) == 2
    assert (await house.anonymous().post(join, {"name": "Three"})).code == "room_full"
    await root.put(POLICY, rules(max_participants=3))
    assert (await house.anonymous().post(join, {"name": "Three"})).status == 200


@pytest.mark.parametrize(
    "more",
    [
        {"access": []},
        {"access": ["secret"]},
        {"creators": "nobody"},
        {"max_participants": -1},
        {"max_participants": 10_001},
        {"owner": "x"},
    ],
    ids=str,
)
async def test_what_is_no_policy_is_refused(root: Caller, more: dict[str, Any]) -> None:
    assert (await root.put(POLICY, rules(**more))).code == "invalid_fields"
