import pytest

from tests.callers import Answer, Caller, House
from tests.views.test_lobby import claims_of
from visio.hub import HUB
from visio.roster import Participant
from visio.store.models import Account

pytestmark = pytest.mark.one_database

ROOM = "/api/v1/rooms/public-room"
ROLES = ("owner", "administrator", "member", "guest")


async def people(house: House) -> dict[str, Caller]:
    """One of each role, all inside."""
    owner = await house.account("owner@example.org")
    room = await house.room(owner, "public")
    inside = {"owner": await house.enter(await house.signed_in(owner), room.slug)}
    for role in ("administrator", "member"):
        account = await house.account(f"{role}@example.org")
        await house.member(room, account, role)
        inside[role] = await house.enter(await house.signed_in(account), room.slug)
    inside["guest"] = await house.enter(house.anonymous(), room.slug, name="Guest")
    return inside


def participant(house: House, caller: Caller) -> Participant:
    found = house.server.app[HUB].find("public-room", claims_of(house, caller).identity)
    assert found is not None
    return found[1]


async def about(house: House, who: Caller, whom: Caller, act: str, body: object) -> Answer:
    identity = claims_of(house, whom).identity
    method = "PUT" if act == "role" else "POST"
    return await who.ask(method, f"{ROOM}/participants/{identity}/{act}", body)


@pytest.mark.parametrize(
    ("who", "may_remove"),
    [
        ("owner", ROLES),
        ("administrator", ("administrator", "member", "guest")),
        ("member", ()),
        ("guest", ()),
    ],
)
async def test_hosts_remove_others_but_nobody_an_owner_save_owners(
    house: House, who: str, may_remove: tuple[str, ...]
) -> None:
    inside = await people(house)
    for role in reversed(ROLES):
        if role != who:
            answer = await about(house, inside[who], inside[role], "remove", {"ban": False})
            assert answer.code == (204 if role in may_remove else "not_allowed"), role


async def test_an_owner_is_not_banned(house: House) -> None:
    inside = await people(house)
    answer = await about(house, inside["owner"], inside["owner"], "remove", {"ban": True})
    assert answer.code == "not_allowed"


async def test_another_role_counts_at_once_and_later(house: House) -> None:
    inside = await people(house)
    member = inside["member"]
    assert (await member.put(f"{ROOM}/transcription", {"on": True})).code == "not_allowed"
    made = await about(house, inside["owner"], member, "role", {"role": "administrator"})
    assert made.status == 204
    assert participant(house, member).attributes["visio.role"] == "administrator"
    assert (await member.put(f"{ROOM}/transcription", {"on": True})).status == 204
    unmade = await about(house, inside["owner"], member, "role", {"role": "member"})
    assert unmade.status == 204
    assert (await member.put(f"{ROOM}/transcription", {"on": False})).code == "not_allowed"
    rooms = (await inside["owner"].get(f"{ROOM}/members")).json["members"]
    assert {one["email"]: one["role"] for one in rooms}["member@example.org"] == "member"


@pytest.mark.parametrize("role", ["owner", "administrator", "member"])
async def test_guests_have_no_role(house: House, role: str) -> None:
    inside = await people(house)
    answer = await about(house, inside["owner"], inside["guest"], "role", {"role": role})
    assert answer.code == "not_allowed"


async def test_an_administrator_makes_no_owners(house: House) -> None:
    inside = await people(house)
    for whom, role in (("member", "owner"), ("owner", "member")):
        answer = await about(house, inside["administrator"], inside[whom], "role", {"role": role})
        assert answer.code == "not_allowed"


async def test_the_last_owner_stays_one(house: House) -> None:
    inside = await people(house)
    down = await about(house, inside["owner"], inside["owner"], "role", {"role": "member"})
    assert down.code == "last_owner"
    up = await about(house, inside["owner"], inside["member"], "role", {"role": "owner"})
    assert up.status == 204
    down = await about(house, inside["owner"], inside["owner"], "role", {"role": "member"})
    assert down.status == 204
    assert participant(house, inside["owner"]).attributes["visio.role"] == "member"


async def test_who_may_mute_is_the_rooms_choice(house: House) -> None:
    inside = await people(house)
    one = {"identity": claims_of(house, inside["member"]).identity}
    assert (await inside["guest"].post(f"{ROOM}/mute", one)).code == "not_allowed"
    changed = await inside["owner"].ask("PATCH", ROOM, {"muting": "everyone"})
    assert changed.status == 200
    assert (await inside["guest"].post(f"{ROOM}/mute", one)).status == 204
    assert (await inside["guest"].post(f"{ROOM}/mute", {})).code == "not_allowed"
    camera = {**one, "source": "camera"}
    assert (await inside["guest"].post(f"{ROOM}/mute", camera)).code == "not_allowed"
    assert (await inside["administrator"].post(f"{ROOM}/mute", camera)).status == 204


async def test_only_hosts_put_somebody_in_front_and_only_who_is_there(house: House) -> None:
    inside = await people(house)
    live = house.server.app[HUB].opened("public-room")
    assert live is not None
    guest = claims_of(house, inside["guest"]).identity
    for who, code in (("member", "not_allowed"), ("guest", "not_allowed")):
        assert (await inside[who].put(f"{ROOM}/spotlight", {"identity": guest})).code == code
    assert (await inside["owner"].put(f"{ROOM}/spotlight", {"identity": "p-x"})).code == "not_found"
    assert live.room.spotlight == ""
    for who, identity in (("administrator", guest), ("owner", None)):
        told = await inside[who].put(f"{ROOM}/spotlight", {"identity": identity})
        assert (told.status, live.room.spotlight) == (204, identity or "")


async def test_a_setting_counts_for_those_inside_but_hosts(house: House) -> None:
    inside = await people(house)
    change = {"microphone": "hosts", "camera": "hosts", "screen_share": "hosts"}
    assert (await inside["administrator"].ask("PATCH", ROOM, change)).status == 200
    may = {
        role: participant(house, caller).permission.can_publish for role, caller in inside.items()
    }
    assert may == {"owner": True, "administrator": True, "member": False, "guest": False}
    made = await about(house, inside["owner"], inside["member"], "role", {"role": "administrator"})
    assert made.status == 204
    assert participant(house, inside["member"]).permission.can_publish


async def test_the_end_is_for_everybody(house: House) -> None:
    inside = await people(house)
    assert (await inside["administrator"].post(f"{ROOM}/end")).status == 204
    assert house.server.app[HUB].opened("public-room") is None
    assert (await inside["owner"].post(f"{ROOM}/end")).code == "not_allowed"


# On the room's page


async def page(house: House) -> tuple[Account, Caller]:
    owner = await house.account("ada@example.org")
    await house.room(owner, "public")
    return owner, await house.signed_in(owner)


async def test_members_come_and_go(house: House) -> None:
    owner, ada = await page(house)
    bob = await house.account("bob@example.org")
    new = {"email": " BOB@example.org ", "role": "administrator"}
    assert (await ada.post(f"{ROOM}/members", new)).status == 204
    members = (await ada.get(f"{ROOM}/members")).json["members"]
    assert sorted((one["name"], one["role"]) for one in members) == [
        ("Ada", "owner"),
        ("Bob", "administrator"),
    ]
    hers = await house.signed_in(bob)
    assert (await hers.ask("DELETE", f"{ROOM}/members/{owner.id}")).code == "not_allowed"
    assert (await ada.ask("DELETE", f"{ROOM}/members/{bob.id}")).status == 204
    assert (await hers.get(f"{ROOM}/members")).code == "not_allowed"


async def test_the_page_keeps_an_owner_too(house: House) -> None:
    owner, ada = await page(house)
    assert (await ada.ask("DELETE", f"{ROOM}/members/{owner.id}")).code == "last_owner"
    step_down = await ada.put(f"{ROOM}/members/{owner.id}", {"role": "member"})
    assert step_down.code == "last_owner"


async def test_unknown_addresses_are_not_tried_without_end(house: House) -> None:
    _, ada = await page(house)
    for number in range(100):
        answer = await ada.post(f"{ROOM}/members", {"email": f"{number}@example.org"})
        assert answer.code == "address_unknown"
    assert (await ada.post(f"{ROOM}/members", {"email": "x@y.z"})).code == "too_many_attempts"
