"""The server API as livekit-api calls it, with tokens that grant this and not that."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from livekit import api

from tests.conformance.guest import joined
from tests.conformance.party import NAME
from tests.livekit.site import KEYS, Site

pytestmark = [pytest.mark.one_database, pytest.mark.slow]

Call = Callable[[api.LiveKitAPI], Awaitable[Any]]


def rule(*numbers: int) -> pytest.MarkDecorator:
    return pytest.mark.rule(*numbers, client="api")


def address(site: Site) -> str:
    return site.url.replace("ws", "http", 1)


def holding(site: Site, **grants: Any) -> api.LiveKitAPI:
    """A program that has only a token."""
    return api.LiveKitAPI(address(site), token=site.token("", **grants))


CALLS: dict[str, Call] = {
    "room_create": lambda bots: bots.room.create_room(api.CreateRoomRequest(name=NAME)),
    "room_list": lambda bots: bots.room.list_rooms(api.ListRoomsRequest()),
    "room_admin": lambda bots: bots.room.list_participants(api.ListParticipantsRequest(room=NAME)),
}
"""What each grant opens."""


@rule(40, 51)
@pytest.mark.parametrize("grant", CALLS)
async def test_a_token_opens_what_it_grants_and_nothing_else(site: Site, grant: str) -> None:
    async with holding(site, **{grant: True}) as bots:
        for needed, call in CALLS.items():
            if needed == grant:
                await call(bots)
                continue
            with pytest.raises(api.TwirpError) as refused:
                await call(bots)
            assert (refused.value.code, refused.value.status) == ("unauthenticated", 401)


@rule(303)
async def test_who_administers_a_room_administers_no_other(site: Site) -> None:
    async with (
        joined(site, "ada"),
        holding(site, room="other", room_admin=True) as strangers,
        holding(site, room=NAME, room_admin=True) as bots,
    ):
        asked = api.RoomParticipantIdentity(room=NAME, identity="ada")
        with pytest.raises(api.TwirpError) as refused:
            await strangers.room.get_participant(asked)
        assert refused.value.code == "unauthenticated"
        assert (await bots.room.get_participant(asked)).identity == "ada"


@rule(7, 285)
async def test_an_address_with_a_slash_works(site: Site) -> None:
    async with api.LiveKitAPI(address(site) + "/", "bots", KEYS["bots"]) as bots:
        made = await bots.room.create_room(api.CreateRoomRequest(name="r", max_participants=3))
        assert (made.name, made.max_participants) == ("r", 3)
