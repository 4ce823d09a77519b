import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from tests.callers import Answer, Caller, House
from tests.views.test_lobby import claims_of
from visio import chat
from visio.files import LARGEST
from visio.store import audit, meetings, retention
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import ChatFile, ChatMessage, Meeting
from visio.store.retention import Hold

ROOM = "/api/v1/rooms/public-room"
MESSAGES = f"{ROOM}/messages"


@pytest.fixture
async def host(house: House) -> Caller:
    """Ada, inside her public room."""
    ada = await house.account("ada@example.org")
    await house.room(ada)
    return await house.enter(await house.signed_in(ada), "public-room")


async def guest_of(house: House, name: str = "Ali") -> Caller:
    return await house.enter(house.anonymous(), "public-room", name=name)


async def say(caller: Caller, text: str, *, to: str | None = None, **more: Any) -> Answer:
    return await caller.post(MESSAGES, {"id": str(uuid4()), "text": text, "to": to, **more})


async def texts(caller: Caller) -> list[str]:
    """Those that somebody inside is given, the oldest first."""
    answer = await caller.get(MESSAGES)
    assert answer.status == 200, answer.body
    return [one["text"] for one in reversed(answer.json["messages"])]


async def kept(house: House) -> int:
    async with house.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(ChatMessage)) or 0


async def meeting_of(house: House) -> str:
    async with house.database.transaction() as session:
        return str(await session.scalar(select(Meeting.id)))


@pytest.mark.one_database
async def test_who_comes_late_reads_what_was_written(house: House, host: Caller) -> None:
    said = await say(host, " Bonjour,\nvoici l'ordre du jour. ")
    assert said.status == 201
    house.clock.move(timedelta(seconds=1))
    await say(host, "Point 1")
    late = await guest_of(house)
    assert await texts(late) == ["Bonjour,\nvoici l'ordre du jour.", "Point 1"]
    (_, first) = (await late.get(MESSAGES)).json["messages"]
    assert first == {**said.json, "mine": False}
    assert (first["name"], first["identity"]) == ("Ada", claims_of(house, host).identity)
    assert (said.json["mine"], said.json["to"]) == (True, None)
    page = (await late.get(f"{MESSAGES}?limit=1")).json
    rest = (await late.get(f"{MESSAGES}?limit=1&after={page['next']}")).json
    assert [page["messages"][0]["text"], rest["messages"][0]] == ["Point 1", first]


async def test_a_private_message_is_for_two(house: House, host: Caller) -> None:
    ali, zoe = await guest_of(house, "Ali"), await guest_of(house, "Zoé")
    said = await say(ali, "Entre nous", to=claims_of(house, zoe).identity)
    assert said.json["to"] == {"identity": claims_of(house, zoe).identity, "name": "Zoé"}
    assert [await texts(one) for one in (ali, zoe, host)] == [["Entre nous"]] * 2 + [[]]
    # Not even a host takes back what they cannot read.
    path = f"{MESSAGES}/{said.json['id']}"
    assert (await host.ask("DELETE", path)).code == "not_found"
    assert (await say(ali, "Entre nous", to="p-gone")).code == "not_found"


@pytest.mark.one_database
async def test_who_comes_back_finds_what_was_for_them_alone(house: House, host: Caller) -> None:
    browser = house.anonymous()
    before = await house.enter(browser, "public-room", name="Ali")
    await say(host, "Entre nous", to=claims_of(house, before).identity)
    again = await house.enter(browser, "public-room", name="Ali")
    assert claims_of(house, again).identity != claims_of(house, before).identity
    assert await texts(again) == ["Entre nous"]


async def test_a_message_that_is_sent_again_is_there_once(house: House, host: Caller) -> None:
    guest, name = await guest_of(house), str(uuid4())
    answers = [await say(host, "Une fois", id=name) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert await texts(guest) == ["Une fois"]
    assert (await say(guest, "Une autre", id=name)).code == "conflict"


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " \n "},
        {"text": "x" * 4001},
        {"text": "nul \0"},
        {"text": "\u202egpj.exe"},
        {"id": "1"},
        {"to": "x" * 300},
        {"html": "<b>"},
    ],
)
@pytest.mark.one_database
async def test_what_is_no_message_is_refused(
    house: House, host: Caller, wrong: dict[str, str]
) -> None:
    body = {"id": str(uuid4()), "text": "x", **wrong}
    assert (await host.post(MESSAGES, body)).code == "invalid_fields"
    assert await kept(house) == 0


@pytest.mark.one_database
async def test_the_room_says_who_may_write(house: House, host: Caller) -> None:
    guest = await guest_of(house)
    for writers, expected in (
        ("hosts", [201, "chat_closed"]),
        ("nobody", ["chat_closed", "chat_closed"]),
        ("everyone", [201, 201]),
    ):
        assert (await host.ask("PATCH", ROOM, {"chat": writers})).status == 200
        assert [(await say(one, "x")).code for one in (host, guest)] == expected
    assert (await host.ask("PATCH", ROOM, {"chat": "guests"})).code == "invalid_fields"


@pytest.mark.one_database
async def test_a_message_is_taken_back_by_its_writer_or_a_host(house: House, host: Caller) -> None:
    ali, zoe = await guest_of(house, "Ali"), await guest_of(house, "Zoé")
    paths = [f"{MESSAGES}/{(await say(ali, 'x')).json['id']}" for _ in range(2)]
    assert (await zoe.ask("DELETE", paths[0])).code == "not_allowed"
    assert (await ali.ask("DELETE", paths[0])).status == 204
    assert (await host.ask("DELETE", paths[1])).status == 204
    assert (await host.ask("DELETE", paths[1])).code == "not_found"
    assert await texts(zoe) == []
    async with house.database.transaction() as session:
        rows = await audit.page(session, Wanted(act=Act.CHAT_DELETED), before=None, limit=9)
    writer = claims_of(house, ali).identity
    assert [json.loads(row.detail)["writer"] for row in rows] == [writer, writer]
    assert [row.author_kind for row in rows] == ["account", "guest"]


@pytest.mark.one_database
async def test_who_writes_too_much_waits(house: House, host: Caller) -> None:
    codes = [(await say(host, "x")).code for _ in range(21)]
    assert codes == [201] * 20 + ["too_many_attempts"]
    assert (await say(await guest_of(house), "x")).status == 201
    house.clock.move(timedelta(seconds=31))
    assert (await say(host, "x")).status == 201


@pytest.mark.one_database
async def test_who_waits_outside_is_given_nothing(house: House, host: Caller) -> None:
    """T18."""
    await say(host, "Entre nous")
    await host.ask("PATCH", ROOM, {"access": "restricted"})
    waiting = house.anonymous()
    assert (await waiting.post(f"{ROOM}/join", {"name": "Eve"})).code == "must_knock"
    for method, path in (("GET", MESSAGES), ("POST", MESSAGES), ("DELETE", f"{MESSAGES}/x")):
        answer = await waiting.ask(method, path, {"id": str(uuid4()), "text": "x"})
        assert answer.code == "invalid_token"


@pytest.mark.one_database
async def test_nothing_of_it_lies_open_in_the_database(house: House, host: Caller) -> None:
    """R3."""
    assert (await say(host, "perceneige")).status == 201
    async with house.database.transaction() as session:
        (row,) = await session.scalars(select(ChatMessage))
    assert b"perceneige" not in row.text
    assert len(row.text) == len(b"perceneige") + 28


@pytest.mark.one_database
async def test_it_ends_with_the_meeting(house: House, host: Caller) -> None:
    await say(host, "x")
    assert (await host.post(f"{ROOM}/end")).status == 204
    assert await kept(house) == 0


async def test_a_room_keeps_it_as_long_as_the_meeting(house: House, host: Caller) -> None:
    """R22; and to those who were there, each with what was for them alone."""
    browser = house.anonymous()
    guest = await house.enter(browser, "public-room", name="Ali")
    await host.ask("PATCH", ROOM, {"chat_kept": True})
    await say(host, "À tous")
    house.clock.move(timedelta(seconds=1))
    await say(guest, "Entre nous", to=claims_of(house, host).identity)
    ada = await house.signed_in(await house.account("eve@example.org"))
    meeting = await meeting_of(house)
    assert (await host.post(f"{ROOM}/end")).status == 204
    path = f"/api/v1/meetings/{meeting}/messages"
    for caller, mine in ((host, [False, True]), (guest, [True, False])):
        found = (await caller.get(path)).json["messages"]
        assert [(one["text"], one["mine"]) for one in found] == [
            ("Entre nous", mine[0]),
            ("À tous", mine[1]),
        ]
    assert (await ada.get(path)).code == "meeting_not_found"
    async with house.database.transaction() as session:
        gone = await retention.delete_meeting(session, meeting)
    assert gone
    assert gone.rows["chat_message"] == 2
    assert await kept(house) == 0


@pytest.mark.one_database
async def test_what_is_held_stays(house: House, host: Caller) -> None:
    await say(host, "x")
    meeting = await meeting_of(house)
    async with house.database.transaction() as session:
        await retention.hold(session, meeting, Hold(), house.clock())
        await meetings.end(session, meeting, house.clock())
    assert await kept(house) == 1
    assert (await say(host, "Trop tard")).code == "meeting_not_found"


PDF = b"%PDF-1.7\n" + bytes(range(256))


async def give(caller: Caller, name: str, content: bytes, *, to: str | None = None) -> Answer:
    body = {"id": str(uuid4()), "name": name, "content": b64encode(content).decode(), "to": to}
    sent = json.dumps(body).encode()
    return await caller.send("POST", f"{ROOM}/files", sent, "application/json")


async def test_a_file_is_taken_by_those_it_is_for(house: House, host: Caller) -> None:
    ali, zoe = await guest_of(house, "Ali"), await guest_of(house, "Zoé")
    given = await give(ali, "../Ordre du jour é.pdf", PDF, to=claims_of(house, zoe).identity)
    assert given.status == 201
    assert given.json["file"] == {"name": "Ordre du jour é.pdf", "size": len(PDF)}
    assert given.json["text"] == "Ordre du jour é.pdf"
    assert (await zoe.get(MESSAGES)).json["messages"] == [{**given.json, "mine": False}]
    path = f"{ROOM}/files/{given.json['id']}"
    taken = await zoe.get(path)
    assert taken.body == PDF
    assert taken.headers["Content-Type"] == "application/octet-stream"
    assert taken.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''Ordre%20du%20jour%20%C3%A9.pdf"
    )
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in taken.headers["Content-Security-Policy"]
    assert taken.headers["Cache-Control"] == "no-store"
    assert (await host.get(path)).code == "not_found"
    assert (await house.anonymous().get(path)).code == "invalid_token"
    async with house.database.transaction() as session:
        (row,) = await session.scalars(select(ChatFile))
    assert b"PDF" not in row.content
    assert b"Ordre" not in row.name
    # It goes with its message.
    assert (await ali.ask("DELETE", f"{MESSAGES}/{given.json['id']}")).status == 204
    assert (await zoe.get(path)).code == "not_found"
    async with house.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(ChatFile)) == 0


@pytest.mark.one_database
async def test_what_is_no_file_of_a_known_kind_is_refused(house: House, host: Caller) -> None:
    """T19: what was looked at is what is kept, in one request."""
    for name, content in (("a.exe", b"MZ"), ("a.pdf", b"<script>"), ("", PDF), (".pdf", PDF)):
        assert (await give(host, name, content)).code == "file_refused", name
    largest = await give(host, "a.pdf", b"%PDF-" + bytes(LARGEST - 5))
    assert len((await host.get(f"{ROOM}/files/{largest.json['id']}")).body) == LARGEST
    assert (await give(host, "a.pdf", b"%PDF-" + bytes(LARGEST - 4))).code == "invalid_fields"
    assert (await give(host, "a.pdf", bytes(2 * LARGEST))).status == 413
    assert await kept(house) == 1
    await host.ask("PATCH", ROOM, {"chat": "nobody"})
    assert (await give(host, "a.pdf", PDF)).code == "chat_closed"


@pytest.mark.one_database
async def test_files_have_their_own_measure(
    house: House, host: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [(await give(host, "a.pdf", PDF)).code for _ in range(11)]
    assert codes == [201] * 10 + ["too_many_attempts"]
    monkeypatch.setattr(chat, "_MOST_BYTES", 11 * len(PDF))
    guest = await guest_of(house)
    assert [(await give(guest, "a.pdf", PDF)).code for _ in range(2)] == [201, "chat_full"]


@pytest.mark.one_database
async def test_files_are_kept_and_purged_with_the_meeting(house: House, host: Caller) -> None:
    """R22."""
    guest = await guest_of(house)
    await host.ask("PATCH", ROOM, {"chat_kept": True})
    name = (await give(host, "a.pdf", PDF)).json["id"]
    meeting = await meeting_of(house)
    assert (await host.post(f"{ROOM}/end")).status == 204
    path = f"/api/v1/meetings/{meeting}/files/{name}"
    assert (await guest.get(path)).body == PDF
    stranger = await house.signed_in(await house.account("eve@example.org"))
    assert (await stranger.get(path)).code == "meeting_not_found"
    async with house.database.transaction() as session:
        gone = await retention.delete_meeting(session, meeting)
    assert gone
    assert gone.rows["chat_file"] == 1
    assert (await guest.get(path)).code == "meeting_not_found"
