import asyncio

import aiohttp
import pytest
from livekit.protocol import models, rtc

from tests.callers import Caller, House
from tests.post import PostOffice
from visio.auth import accounts
from visio.hub import HUB
from visio.revocation import REVOCATION
from visio.store.models import Account

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("office")]

ACCOUNTS = "/api/v1/accounts"


async def test_who_is_invited_chooses_a_password_and_signs_in(
    house: House, root: Caller, office: PostOffice
) -> None:
    invitee = {"email": "Ada@example.org", "name": "Ada", "language": "en"}
    answer = await root.post(ACCOUNTS, invitee)
    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "email": "ada@example.org",
        "name": "Ada",
        "administrator": False,
        "disabled": False,
        "invited": True,
        "provided": False,
        "second_factor": False,
        "created_at": answer.json["created_at"],
        "seen_at": None,
        "entity": None,
    }
    caller = house.anonymous()
    token = await office.link()
    shown = await caller.post("/api/v1/password-links/show", {"token": token})
    assert shown.json["purpose"] == "invitation"
    use = {"token": token, "password": "a password of my own"}
    assert (await caller.post("/api/v1/password-links/use", use)).status == 204
    credentials = {"email": "ada@example.org", "password": "a password of my own"}
    signed_in = await caller.post("/api/v1/session", credentials)
    assert signed_in.json["account"]["must_change_password"] is False
    (ada, _) = (await root.get(ACCOUNTS)).json["accounts"]
    assert ada["invited"] is False
    assert ada["seen_at"] == house.clock()


async def test_an_invitation_is_sent_again_until_it_is_used(
    root: Caller, office: PostOffice
) -> None:
    office.refusing = True
    assert (await root.post(ACCOUNTS, {"email": "ada@example.org"})).code == "letter_refused"
    office.refusing = False
    (ada, root_) = (await root.get(ACCOUNTS)).json["accounts"]
    assert (await root.post(f"{ACCOUNTS}/{ada['id']}/invitation", {})).status == 204
    assert (await office.letter())["To"] == "ada@example.org"
    again = await root.post(f"{ACCOUNTS}/{root_['id']}/invitation", {})
    assert again.code == "conflict"


async def test_an_address_is_invited_once(root: Caller, office: PostOffice) -> None:
    assert (await root.post(ACCOUNTS, {"email": "ada@example.org"})).status == 201
    assert (await root.post(ACCOUNTS, {"email": "ADA@example.org"})).code == "email_taken"
    assert (await root.post(ACCOUNTS, {"email": "a@b@c"})).code == "invalid_fields"


async def inside(house: House, account: Account) -> tuple[Caller, str]:
    """Somebody in ada's room, with the token of the call."""
    caller = await house.enter(await house.signed_in(account), "public-room")
    return caller, caller.token


def present(house: House) -> set[str]:
    """The names of those who are inside."""
    live = house.server.app[HUB].opened("public-room")
    return {one.name for one in live.room.participants.values()} if live else set()


async def test_who_is_disabled_is_out_of_pages_and_meetings_at_once(
    house: House, root: Caller
) -> None:
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    await house.room(ada)
    browser = await house.signed_in(bob)
    await inside(house, ada)
    _, token = await inside(house, bob)
    await house.enter(house.anonymous(), "public-room", name="Guest")
    meeting = house.server.app[HUB].meeting("public-room")
    assert present(house) == {"Ada", "Bob", "Guest"}

    off = await root.ask("PATCH", f"{ACCOUNTS}/{bob.id}", {"disabled": True})
    assert off.status == 204
    assert present(house) == {"Ada", "Guest"}
    assert (await browser.get("/api/v1/session")).code == "not_signed_in"
    # Nor does the token of the call, good for hours, open anything any more.
    held = Caller(house.server, token=token)
    assert (await held.get(f"/api/v1/meetings/{meeting}")).code == "meeting_not_found"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.connect(held)
    assert refused.value.status == 401

    on = await root.ask("PATCH", f"{ACCOUNTS}/{bob.id}", {"disabled": False})
    assert on.status == 204
    await house.connect(held)
    assert present(house) == {"Ada", "Bob", "Guest"}


async def test_their_client_is_told_not_to_come_back(house: House, root: Caller) -> None:
    bob = await house.account("bob@example.org")
    await house.room(bob)
    token = (await (await house.signed_in(bob)).post("/api/v1/rooms/public-room/join", {})).json
    address = house.server.make_url("/rtc").with_query(access_token=token["token"], protocol="16")
    async with aiohttp.ClientSession() as http, http.ws_connect(address) as socket:
        assert rtc.SignalResponse.FromString(await socket.receive_bytes(timeout=10)).join
        await root.ask("PATCH", f"{ACCOUNTS}/{bob.id}", {"disabled": True})
        async with asyncio.timeout(10):
            while True:
                said = rtc.SignalResponse.FromString(await socket.receive_bytes())
                if said.WhichOneof("message") == "leave":
                    break
    assert said.leave.reason == models.PARTICIPANT_REMOVED
    assert said.leave.action == rtc.LeaveRequest.DISCONNECT


async def test_who_was_disabled_from_elsewhere_is_found_by_the_review(house: House) -> None:
    """As `visio admin user disable` does, or another server on the same database."""
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    await house.room(ada)
    await inside(house, ada)
    await inside(house, bob)
    await accounts.disable(house.database, bob.id, house.clock())
    await house.server.app[REVOCATION].review()
    assert present(house) == {"Ada"}


@pytest.mark.slow
async def test_the_review_comes_by_itself(house: House) -> None:
    ada = await house.account("ada@example.org")
    await house.room(ada)
    await inside(house, ada)
    # The socket ends when the server has let go of its participant.
    await accounts.disable(house.database, ada.id, house.clock())
    async with asyncio.timeout(30):
        await house.hung_up()
    assert present(house) == set()


async def test_nobody_locks_themselves_out(house: House, root: Caller) -> None:
    (me,) = (await root.get(ACCOUNTS)).json["accounts"]
    answer = await root.ask("PATCH", f"{ACCOUNTS}/{me['id']}", {"disabled": True})
    assert answer.code == "own_account"
    assert (await root.get(ACCOUNTS)).status == 200
