import pytest

from tests.callers import Caller, House
from tests.views.test_hosting import participant, people

pytestmark = pytest.mark.one_database

ROOM = "/api/v1/rooms/public-room"


def is_up(house: House, caller: Caller) -> bool:
    return bool(participant(house, caller).attributes.get("visio.hand"))


async def test_everybody_raises_a_hand_and_hosts_lower_it(house: House) -> None:
    inside = await people(house)
    for caller in inside.values():
        assert (await caller.put(f"{ROOM}/hand", {"raised": True})).status == 204
        assert is_up(house, caller)
    guest, member = inside["guest"], inside["member"]
    one = {"identity": participant(house, guest).identity}
    assert (await member.post(f"{ROOM}/hands/lower", one)).code == "not_allowed"
    assert (await inside["administrator"].post(f"{ROOM}/hands/lower", one)).status == 204
    assert (is_up(house, guest), is_up(house, member)) == (False, True)
    assert (await inside["owner"].post(f"{ROOM}/hands/lower", {})).status == 204
    assert not any(is_up(house, caller) for caller in inside.values())


async def test_nobody_waves_without_end(house: House) -> None:
    inside = await people(house)
    for turn in range(30):
        answer = await inside["guest"].put(f"{ROOM}/hand", {"raised": turn % 2 == 0})
        assert answer.status == 204
    refused = await inside["guest"].put(f"{ROOM}/hand", {"raised": True})
    assert refused.code == "too_many_attempts"
    assert (await inside["member"].put(f"{ROOM}/hand", {"raised": True})).status == 204
