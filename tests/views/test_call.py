import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.callers import BOT_KEY, Caller, House, call_claims
from tests.views.test_lobby import claims_of
from visio.auth import tokens
from visio.hub import HUB
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import Consent, Participant

pytestmark = pytest.mark.one_database

ROOM = "/api/v1/rooms/public-room"


async def host_inside(house: House) -> Caller:
    account = await house.account("ada@example.org")
    await house.room(account)
    return await house.enter(await house.signed_in(account), "public-room")


async def test_a_host_turns_transcription_on_and_off(house: House) -> None:
    host = await host_inside(house)
    for on, shown in ((True, "on"), (False, "off")):
        assert (await host.put(f"{ROOM}/transcription", {"on": on})).status == 204
        assert (await house.anonymous().get(ROOM)).json["transcription"] == shown


async def test_a_guest_does_not_decide_about_transcription(house: House) -> None:
    await host_inside(house)
    guest = await house.enter(house.anonymous(), "public-room", name="Guest")
    assert (await guest.put(f"{ROOM}/transcription", {"on": True})).code == "not_allowed"
    assert (await house.anonymous().get(ROOM)).json["transcription"] == "off"


async def test_a_room_may_never_be_transcribed(house: House) -> None:
    host = await host_inside(house)
    for policy, code, shown in (("hosts", 204, "on"), ("nobody", "not_allowed", "off")):
        assert (await host.ask("PATCH", ROOM, {"transcribing": policy})).status == 200
        assert (await host.put(f"{ROOM}/transcription", {"on": True})).code == code
        assert (await host.get(ROOM)).json["transcription"] == shown
    assert (await host.put(f"{ROOM}/transcription", {"on": False})).status == 204


async def test_a_rule_against_it_ends_a_transcription(house: House) -> None:
    host = await host_inside(house)
    await host.put(f"{ROOM}/transcription", {"on": True})
    assert (await house.anonymous().get(ROOM)).json["transcription"] == "on"
    await host.ask("PATCH", ROOM, {"transcribing": "nobody"})
    assert (await house.anonymous().get(ROOM)).json["transcription"] == "off"


async def test_an_answer_is_on_disk_when_it_is_confirmed(house: House) -> None:
    host = await host_inside(house)
    await host.put(f"{ROOM}/transcription", {"on": True})
    for granted in (True, False):
        body = {"granted": granted, "wording": "2026-11.2-keep", "language": "en"}
        assert (await host.put(f"{ROOM}/consent", body)).status == 204
    async with house.database.transaction() as session:
        rows = (await session.scalars(select(Consent).order_by(Consent.answered_at))).all()
    assert [(row.granted, row.wording, row.kind, row.language) for row in rows] == [
        (True, "2026-11.2-keep", "transcription", "en"),
        (False, "2026-11.2-keep", "transcription", "en"),
    ]


async def test_answers_name_a_text_that_there_is(house: House) -> None:
    host = await host_inside(house)
    answer = {"granted": True, "wording": "2026-11.2-keep", "language": "fr"}
    for wrong in (
        {"wording": "2099-01"},
        {"kind": "recording"},  # nothing records, so nobody has written how to ask
        {"kind": "thoughts"},
        {"language": "xx"},
    ):
        refused = await host.put(f"{ROOM}/consent", {**answer, **wrong})
        assert refused.code == "invalid_fields"
    async with house.database.transaction() as session:
        assert await session.scalar(select(Consent.id)) is None


async def test_answers_are_in_the_audit(house: House) -> None:
    host = await host_inside(house)
    guest = await house.enter(house.anonymous(), "public-room", name="Guest")
    body = {"wording": "2026-11.2-keep", "language": "fr"}
    for caller, granted in ((host, True), (host, False), (guest, False)):
        answer = await caller.put(f"{ROOM}/consent", {**body, "granted": granted})
        assert answer.status == 204
    async with house.database.transaction() as session:
        rows = await audit.page(session, Wanted(), before=None, limit=3)
    assert [(row.act, row.author_kind) for row in reversed(rows)] == [
        (Act.CONSENT_GIVEN, "account"),
        (Act.CONSENT_WITHDRAWN, "account"),
        (Act.CONSENT_REFUSED, "guest"),
    ]
    assert rows[0].object == rows[0].author == claims_of(house, guest).identity
    assert json.loads(rows[0].detail) == {"kind": "transcription", **body}


async def test_hosts_see_how_long_everybody_has_spoken_and_others_their_own(
    house: House,
) -> None:
    host = await host_inside(house)
    guest = await house.enter(house.anonymous(), "public-room", name="Guest")
    identities = [claims_of(house, one).identity for one in (host, guest)]
    assert await spoken(host) == dict.fromkeys(identities, 0)
    assert await spoken(guest) == {identities[1]: 0}


async def spoken(caller: Caller) -> dict[str, int]:
    answer = (await caller.get(f"{ROOM}/speaking-time")).json
    return {one["identity"]: one["spoken"] for one in answer["people"]}


async def test_a_microphone_becomes_shared(house: House) -> None:
    host = await host_inside(house)
    assert (await host.put(f"{ROOM}/microphone", {"shared": True})).status == 204
    async with house.database.transaction() as session:
        (row,) = await session.scalars(select(Participant))
    assert row.shared_microphone


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"shared": True}, None),
        ({"shared": True, "people": 3}, 3),
        ({"shared": False, "people": 3}, None),
    ],
)
async def test_how_many_share_a_microphone_may_be_said(
    house: House, said: dict[str, object], kept: int | None
) -> None:
    host = await host_inside(house)
    assert (await host.put(f"{ROOM}/microphone", {"shared": True, "people": 9})).status == 204
    assert (await host.put(f"{ROOM}/microphone", said)).status == 204
    async with house.database.transaction() as session:
        (row,) = await session.scalars(select(Participant))
    assert row.microphone_people == kept
    for few_or_many in (1, 51):
        body = {"shared": True, "people": few_or_many}
        assert (await host.put(f"{ROOM}/microphone", body)).code == "invalid_fields"


async def test_the_transcript_of_a_silent_meeting_is_empty(house: House) -> None:
    host = await host_inside(house)
    answer = (await host.get(f"{ROOM}/transcript")).json
    assert (answer["utterances"], answer["pending"]) == ([], 0)


@pytest.mark.parametrize("path", ["transcription", "consent", "microphone"])
async def test_bodies_of_a_wrong_shape_are_refused(house: House, path: str) -> None:
    host = await host_inside(house)
    assert (await host.put(f"{ROOM}/{path}", {"on": "yes"})).code == "invalid_fields"


async def test_no_other_token_opens_a_call(house: House) -> None:
    """Each kind of token at this door: only that of somebody who is inside opens."""
    host = await host_inside(house)
    owner = await house.signed_in(await house.account("eve@example.org"))
    mine = call_claims("public-room")
    no_join = tokens.Claims("p-x", tokens.Grants(room="public-room", room_admin=True))
    refused = {
        "a cookie": (owner, "invalid_token"),
        "a cookie's token": (
            Caller(house.server, token=owner.cookies["visio_session"]),
            "invalid_token",
        ),
        "nothing": (house.anonymous(), "invalid_token"),
        "a token of a LiveKit key": (
            Caller(house.server, token=house.token(call_claims("public-room", key=BOT_KEY))),
            "invalid_token",
        ),
        "a token that does not join": (
            Caller(house.server, token=house.token(no_join)),
            "invalid_token",
        ),
        "an expired token": (
            Caller(house.server, token=house.token(mine, ttl=timedelta(minutes=-2))),
            "invalid_token",
        ),
        "somebody who is not inside": (
            Caller(house.server, token=house.token(mine)),
            "not_allowed",
        ),
        "a token of another room": (
            Caller(house.server, token=house.token(call_claims("other-room"))),
            "not_allowed",
        ),
    }
    for who, (caller, code) in refused.items():
        assert (await caller.get(f"{ROOM}/transcript")).code == code, who
    assert (await host.get(f"{ROOM}/transcript")).status == 200


async def test_a_token_of_the_call_opens_nothing_else(house: House) -> None:
    host = await host_inside(house)
    for path in ("/api/v1/rooms", "/api/v1/session", "/api/v1/meetings"):
        assert (await host.get(path)).code == "not_signed_in"
    as_cookie = Caller(house.server, {"visio_session": host.token})
    assert (await as_cookie.get("/api/v1/session")).code == "not_signed_in"


async def test_a_language_chosen_in_the_room_holds_at_once(house: House) -> None:
    host = await host_inside(house)
    hub = house.server.app[HUB]
    meeting = hub.meeting("public-room")
    assert meeting
    assert hub.spoken(meeting) == ""
    assert (await host.ask("PATCH", ROOM, {"spoken": "fr"})).status == 200
    assert (hub.spoken(meeting), hub.spoken("another")) == ("fr", "")


async def test_captions_are_for_those_who_asked(house: House) -> None:
    host = await host_inside(house)
    hub = house.server.app[HUB]
    meeting = hub.meeting("public-room")
    assert meeting
    assert not hub.captioned(meeting)
    for on in (True, False):
        assert (await host.put(f"{ROOM}/captions", {"on": on})).status == 204
        assert hub.captioned(meeting) == on
    assert not hub.captioned("another")
    assert (await host.put(f"{ROOM}/captions", {"on": "maybe"})).code == "invalid_fields"
