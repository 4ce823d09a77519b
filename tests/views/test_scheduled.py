import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests import post
from tests.calendar.reader import Read, read
from tests.callers import Caller, House
from tests.post import PostOffice
from tests.queries import queries
from tests.test_cli_people import append, no_settings_of_the_caller, run
from visio.postbox import POSTBOX, Postbox
from visio.reminders import Reminders
from visio.scheduling import SCHEDULE
from visio.store import audit, letters
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import Account, OutgoingLetter, ScheduledMeeting
from visio.views.state import KEYRING, LIMITS, MAIL

__all__ = ["no_settings_of_the_caller"]

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("office")]

LATER = "/api/v1/scheduled-meetings"


@pytest.fixture
async def ada(house: House) -> Account:
    account = await house.account("ada@example.org")
    await house.room(account, "restricted")
    return account


@pytest.fixture
async def host(house: House, ada: Account) -> Caller:
    return await house.signed_in(ada)


def monday(house: House, weeks: int = 1) -> datetime:
    """A Monday to come, at ten."""
    today = datetime.fromtimestamp(house.clock.now / 1000, UTC).replace(tzinfo=None)
    return datetime(today.year, today.month, today.day, 10) + timedelta(
        days=7 * weeks - today.weekday()
    )


def draft(begins: datetime, **more: Any) -> dict[str, Any]:
    return {
        "title": "Comité",
        "agenda": "1. Budget\n2. <b>Divers</b>",
        "zone": "Europe/Paris",
        "begins": begins.isoformat(),
        "ends": (begins + timedelta(hours=1)).isoformat(),
        "invitees": ["Bob@example.org", "eve@example.org"],
        "reminder": 10,
        "language": "fr",
        **more,
    }


WEEKLY = {"frequency": "weekly", "weekdays": ["MO"], "count": 4}


async def scheduled(host: Caller, begins: datetime, **more: Any) -> dict[str, Any]:
    answer = await host.post(LATER, {**draft(begins, **more), "room": "restricted-room"})
    assert answer.status == 201, answer.body
    return dict(answer.json)


async def received(office: PostOffice, count: int) -> dict[str, tuple[EmailMessage, Read]]:
    """The next letters, by recipient, with the object that mail programs act upon."""
    messages = [await office.letter() for _ in range(count)]
    objects = read(*map(calendar_of, messages))
    found = {
        str(message["To"]): (message, one) for message, one in zip(messages, objects, strict=True)
    }
    assert len(found) == count
    return found


def calendar_of(message: EmailMessage) -> bytes:
    (part,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def sequence(found: Read) -> int:
    return int(found.events[0]["sequence"][0].value)


async def coming(caller: Caller, query: str = "") -> list[str]:
    answer = await caller.get(f"{LATER}{query}")
    return [one["occurrence"] for one in answer.json["meetings"]]


# Making


async def test_those_invited_get_a_letter_and_an_entry_in_their_calendar(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    made = await scheduled(host, begins)
    assert made["room"] == {"slug": "restricted-room", "title": "Restricted"}
    assert made["invitees"] == ["bob@example.org", "eve@example.org"]
    found = await received(office, 2)
    message, read_ = found["bob@example.org"]
    assert message["Subject"] == "Invitation : Comité"
    assert message["Reply-To"] == "ada@example.org"
    assert message.get_content_type() == "multipart/mixed"
    alternatives, attached = message.iter_parts()
    assert [part.get_content_type() for part in alternatives.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    calendar = list(alternatives.iter_parts())[-1]
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert attached.get_content_type() == "application/ics"
    assert attached.get_filename() == "invite.ics"
    assert attached.get_payload(decode=True) == calendar.get_payload(decode=True)
    plain, html = (part.get_content() for part in list(alternatives.iter_parts())[:2])
    for text in (plain, html):
        assert "Ada vous invite" in text
        assert "de 10:00 à 11:00 (Europe/Paris)" in text
        assert "/restricted-room" in text
    assert "&lt;b&gt;Divers" in html
    assert "<b>" not in html
    assert (read_.method, sequence(read_)) == ("REQUEST", 0)
    assert read_.events[0]["organizer"][0].value == "mailto:ada@example.org"


async def test_letters_are_in_the_language_that_was_chosen(
    house: House, host: Caller, office: PostOffice
) -> None:
    recurrence = {"frequency": "monthly", "by": "weekday", "until": "2030-01-01"}
    await scheduled(host, monday(house), language="en", recurrence=recurrence)
    message, _ = (await received(office, 2))["eve@example.org"]
    text = message.get_body(("plain",))
    assert text is not None
    assert "Ada invites you" in text.get_content()
    assert "Monday" in text.get_content()
    assert "every month on the" in text.get_content()
    assert "until Tuesday 1 January 2030" in text.get_content()


async def test_a_meeting_may_bring_its_room(house: House, host: Caller, office: PostOffice) -> None:
    body = {**draft(monday(house), invitees=[]), "access": "trusted"}
    made = await host.post(LATER, body)
    room = (await host.get(f"/api/v1/rooms/{made.json['room']['slug']}")).json
    assert (room["title"], room["access"], room["role"]) == ("Comité", "trusted", "owner")


WRONG: list[dict[str, Any]] = [
    {"ends": "2026-01-01T00:00"},
    {"zone": "Mars/Olympus"},
    {"zone": "../../etc/passwd"},
    {"title": "a\nb"},
    {"agenda": "\x00"},
    {"agenda": "x" * 5001},
    {"invitees": ["a@b@c"]},
    {"invitees": ["bob@example.org\r\nBcc: eve@example.org"]},
    {"invitees": [f"p{n}@example.org" for n in range(201)]},
    {"reminder": -1},
    {"language": "de"},
    {"recurrence": {"frequency": "yearly"}},
    {"recurrence": {"frequency": "weekly", "weekdays": ["TU"]}},
    {"recurrence": {"frequency": "daily", "count": 3, "until": "2030-01-01"}},
    {"recurrence": {"frequency": "daily", "until": "2099-01-01"}},
    {"recurrence": {"frequency": "daily", "interval": 0}},
    {"begins": "2001-01-01T10:00", "ends": "2001-01-01T11:00"},
    {"begins": "2030-01-01T10:00:30", "ends": "2030-01-01T11:00"},
    {"begins": "2030-01-01T10:00Z", "ends": "2030-01-01T11:00"},
    {"begins": "2030-01-01T10:00", "ends": "2030-01-09T10:00"},
]


async def test_what_makes_no_meeting_is_refused(
    house: House, host: Caller, office: PostOffice
) -> None:
    for wrong in WRONG:
        body = {**draft(monday(house)), "room": "restricted-room", **wrong}
        assert (await host.post(LATER, body)).code == "invalid_fields", wrong
    assert office.empty


async def test_nobody_has_thousands_of_letters_sent(
    house: House, host: Caller, ada: Account, office: PostOffice
) -> None:
    for _ in range(999):
        house.server.app[LIMITS].invitations.failed(ada.id, house.clock.now)
    await scheduled(host, monday(house))
    body = {**draft(monday(house)), "room": "restricted-room"}
    assert (await host.post(LATER, body)).code == "too_many_attempts"


# Seeing


async def test_an_account_is_found_by_its_address(
    house: House, host: Caller, office: PostOffice
) -> None:
    made = await scheduled(host, monday(house))
    bob = await house.signed_in(await house.account("bob@example.org"))
    mallory = await house.signed_in(await house.account("mallory@example.org"))
    path = f"{LATER}/{made['id']}"
    assert await coming(bob) == await coming(host) == [monday(house).isoformat()[:16]]
    assert (await bob.get(path)).json["may_change"] is False
    assert await coming(mallory) == []
    assert (await mallory.get(path)).code == "meeting_not_found"
    assert (await bob.ask("DELETE", path)).code == "not_allowed"
    # Being invited is no right to enter: the room's access decides.
    assert (await bob.post("/api/v1/rooms/restricted-room/join", {})).code == "must_knock"


async def test_what_comes_is_in_order_in_pages_of_the_same_number_of_queries(
    house: House, host: Caller
) -> None:
    first, second = monday(house), monday(house) + timedelta(hours=2)
    endless = {"frequency": "weekly", "weekdays": ["MO"]}
    await scheduled(host, second, invitees=[], recurrence=endless)
    await scheduled(host, first, invitees=[], recurrence=WEEKLY)
    asked, seen, query = set(), [], "?limit=3"
    for _ in range(4):
        with queries(house) as counted:
            page = (await host.get(f"{LATER}{query}")).json
        asked.add(len(counted))
        seen += [one["occurrence"] for one in page["meetings"]]
        query = f"?limit=3&after={page['next']}"
    week = timedelta(7)
    both = [moment + n * week for n in range(4) for moment in (first, second)]
    later = [second + n * week for n in range(4, 8)]
    assert seen == [moment.isoformat()[:16] for moment in [*both, *later]]
    for number in range(3):
        await scheduled(host, first + timedelta(days=number), invitees=[])
    with queries(house) as counted:
        await host.get(f"{LATER}?limit=100")
    assert asked == {len(counted)}


async def test_what_is_over_is_not_shown(house: House, host: Caller) -> None:
    begins = monday(house)
    await scheduled(host, begins, invitees=[], recurrence=WEEKLY)
    house.clock.move(until(house, begins + timedelta(days=8), 0))
    assert len(await coming(await _again(house))) == 2


async def _again(house: House) -> Caller:
    from visio.store import accounts

    async with house.database.transaction() as session:
        ada = await accounts.by_email(session, "ada@example.org")
    assert ada is not None
    return await house.signed_in(ada)


async def test_a_meeting_leaves_as_a_file(house: House, host: Caller) -> None:
    made = await scheduled(host, monday(house), invitees=[], recurrence=WEEKLY)
    answer = await host.get(f"{LATER}/{made['id']}/invite.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="comite.ics"'
    (found,) = read(answer.body)
    assert found.method == "PUBLISH"
    assert len(found.occurrences) == 4


# Changing


async def test_another_title_leaves_the_sequence_and_another_time_does_not(
    house: House, host: Caller, office: PostOffice
) -> None:
    made = await scheduled(host, monday(house))
    await received(office, 2)
    path = f"{LATER}/{made['id']}"
    await host.put(path, draft(monday(house), title="Bureau"))
    renamed = await received(office, 2)
    for message, found in renamed.values():
        assert message["Subject"] == "Modifié : Bureau"
        assert (found.method, sequence(found)) == ("REQUEST", 0)
        assert found.events[0]["uid"][0].value == made["id"]
    await host.put(path, draft(monday(house) + timedelta(hours=1), title="Bureau"))
    for _, found in (await received(office, 2)).values():
        assert sequence(found) == 1
    # Nobody sees another reminder.
    again = draft(monday(house) + timedelta(hours=1), title="Bureau", reminder=30)
    assert (await host.put(path, again)).status == 200
    assert await waiting(house) == 0
    assert office.empty


async def waiting(house: House) -> int:
    await house.server.app[POSTBOX].empty()
    async with house.database.transaction() as session:
        return await letters.count(session)


async def test_who_is_no_longer_invited_gets_a_cancellation_and_others_the_change(
    house: House, host: Caller, office: PostOffice
) -> None:
    made = await scheduled(host, monday(house))
    await received(office, 2)
    body = draft(monday(house), invitees=["eve@example.org", "zoe@example.org"])
    await host.put(f"{LATER}/{made['id']}", body)
    found = await received(office, 3)
    message, cancelled = found["bob@example.org"]
    assert (cancelled.method, message["Subject"]) == ("CANCEL", "Annulé pour vous : Comité")
    assert [a.value for a in cancelled.events[0]["attendee"]] == ["mailto:bob@example.org"]
    assert found["zoe@example.org"][0]["Subject"] == "Invitation : Comité"
    assert found["eve@example.org"][0]["Subject"] == "Modifié : Comité"
    for name in ("eve", "zoe"):
        _, kept = found[f"{name}@example.org"]
        assert (kept.method, sequence(kept)) == ("REQUEST", 1)


async def test_one_of_a_series_is_moved_and_another_cancelled(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    made = await scheduled(host, begins, recurrence=WEEKLY)
    await received(office, 2)
    second, third = (begins + timedelta(weeks) for weeks in (7, 14))
    path = f"{LATER}/{made['id']}/occurrences"
    moved = second + timedelta(days=1, hours=4)
    times = {"begins": moved.isoformat(), "ends": (moved + timedelta(hours=2)).isoformat()}
    assert (await host.put(f"{path}/{second.isoformat()[:16]}", times)).status == 200
    for message, found in (await received(office, 2)).values():
        (event,) = found.events
        assert message["Subject"] == "Déplacé : Comité"
        assert (found.method, sequence(found)) == ("REQUEST", 1)
        assert event["recurrence-id"][0].value == second.isoformat()
        assert event["dtstart"][0].value == moved.isoformat()
    gone = await host.ask("DELETE", f"{path}/{third.isoformat()[:16]}")
    assert gone.status == 204
    for message, found in (await received(office, 2)).values():
        assert message["Subject"] == "Annulé une fois : Comité"
        assert (found.method, sequence(found)) == ("CANCEL", 2)
        assert found.events[0]["recurrence-id"][0].value == third.isoformat()
    assert len(await coming(host)) == 3
    # Whoever is told of the series later is told of its exceptions.
    await host.put(f"{LATER}/{made['id']}", draft(begins, recurrence=WEEKLY, title="Bureau"))
    _, found = (await received(office, 2))["bob@example.org"]
    assert len(found.occurrences) == 3
    for wrong in (third, begins + timedelta(1), begins + timedelta(28)):
        answer = await host.ask("DELETE", f"{path}/{wrong.isoformat()[:16]}")
        assert answer.code == "meeting_not_found"
    assert (await host.ask("DELETE", f"{path}/9999-12-31T23:59")).code == "meeting_not_found"
    assert (await host.ask("DELETE", f"{path}/20261123")).code == "meeting_not_found"


async def test_another_rule_forgets_what_was_changed_of_the_old_one(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    made = await scheduled(host, begins, recurrence=WEEKLY)
    await host.ask("DELETE", f"{LATER}/{made['id']}/occurrences/{begins.isoformat()[:16]}")
    later = begins + timedelta(hours=1)
    await host.put(f"{LATER}/{made['id']}", draft(later, recurrence=WEEKLY))
    assert len(await coming(host)) == 4


async def test_a_meeting_is_cancelled_for_all(
    house: House, host: Caller, office: PostOffice
) -> None:
    made = await scheduled(host, monday(house))
    await received(office, 2)
    assert (await host.ask("DELETE", f"{LATER}/{made['id']}")).status == 204
    for message, found in (await received(office, 2)).values():
        assert message["Subject"] == "Annulé : Comité"
        assert (found.method, sequence(found)) == ("CANCEL", 1)
        assert found.events[0]["status"][0].value == "CANCELLED"
    assert await coming(host) == []
    assert (await host.ask("DELETE", f"{LATER}/{made['id']}")).code == "meeting_not_found"


async def test_a_deleted_room_cancels_its_meetings(
    house: House, host: Caller, office: PostOffice
) -> None:
    await scheduled(host, monday(house))
    await received(office, 2)
    assert (await host.ask("DELETE", "/api/v1/rooms/restricted-room")).status == 204
    for _, found in (await received(office, 2)).values():
        assert found.method == "CANCEL"


async def test_what_hosts_decide_is_written_down(
    house: House, host: Caller, ada: Account, office: PostOffice
) -> None:
    begins = monday(house)
    made = await scheduled(host, begins, recurrence=WEEKLY)
    path = f"{LATER}/{made['id']}"
    times = {
        "begins": f"{(begins + timedelta(days=1)).isoformat()}",
        "ends": f"{(begins + timedelta(days=1, hours=1)).isoformat()}",
    }
    second, third = (f"{begins + timedelta(days=7 * weeks):%Y-%m-%dT%H:%M}" for weeks in (1, 2))
    other = draft(begins, recurrence=WEEKLY, invitees=["eve@example.org", "kim@example.org"])
    for method, part, body in (
        ("PUT", "", other),
        ("PUT", f"/occurrences/{second}", times),
        ("DELETE", f"/occurrences/{third}", None),
        ("DELETE", "", None),
    ):
        assert (await host.ask(method, f"{path}{part}", body)).status < 300
    async with house.database.transaction() as session:
        rows = await audit.page(session, Wanted(object=made["id"]), before=None, limit=10)
    assert [(row.act, json.loads(row.detail)) for row in reversed(rows)] == [
        (Act.MEETING_SCHEDULED, {"invited": 2}),
        (Act.SCHEDULED_CHANGED, {"invited": 1, "uninvited": 1}),
        (Act.OCCURRENCE_MOVED, {"occurrence": second}),
        (Act.OCCURRENCE_CANCELLED, {"occurrence": third}),
        (Act.SCHEDULED_CANCELLED, {}),
    ]
    assert {(row.author_kind, row.author) for row in rows} == {("account", ada.id)}
    assert len({row.room for row in rows} - {None}) == 1


async def test_letters_come_from_the_service_by_its_name(
    house: House, host: Caller, office: PostOffice
) -> None:
    root = await house.signed_in(await house.account("root@example.org", administrator=True))
    named = await root.put("/api/v1/branding", {"name": "Réunions, État"})
    assert named.status == 204
    await scheduled(host, monday(house))
    for message, _ in (await received(office, 2)).values():
        (sender,) = message["From"].addresses
        assert (sender.display_name, sender.addr_spec) == ("Réunions, État", "visio@example.org")


@pytest.mark.usefixtures("no_settings_of_the_caller")
async def test_calendars_are_told_when_the_only_owner_of_a_room_is_erased(
    house: House, host: Caller, office: PostOffice, tmp_path: Path
) -> None:
    made = await scheduled(host, monday(house))
    await received(office, 2)
    file = tmp_path / "visio.toml"
    file.write_text("demo = true\n")
    settings = {"database_url": house.config.database_url, "data_dir": str(house.config.data_dir)}
    append(file, settings | post.settings(office))
    erased = await run("admin", "person", "erase", "ada@example.org", "--yes", "--config", file)
    assert erased.exit_code == 0, erased.output
    # The command has a clock of its own.
    house.clock.move(timedelta(minutes=5))
    await house.server.app[POSTBOX].empty()
    for _, found in (await received(office, 2)).values():
        assert (found.method, found.events[0]["uid"][0].value) == ("CANCEL", made["id"])
        assert found.events[0]["organizer"][0].value == "mailto:ada@example.org"
    async with house.database.transaction() as session:
        rows = await audit.page(session, Wanted(object=made["id"]), before=None, limit=1)
        row = await session.get_one(ScheduledMeeting, made["id"])
    assert (rows[0].act, rows[0].author_kind) == (Act.SCHEDULED_CANCELLED, "command")
    assert row.organizer_id is None


# Letters that wait


async def test_a_letter_waits_for_a_mail_server_that_is_away(
    house: House, host: Caller, office: PostOffice
) -> None:
    office.busy = True
    await scheduled(host, monday(house))
    assert await waiting(house) == 2
    async with house.database.transaction() as session:
        rows = (await session.scalars(_all_letters())).all()
    assert not any(b"ada@example.org" in row.message for row in rows)
    office.busy = False
    assert await waiting(house) == 2  # not before its time
    house.clock.move(timedelta(minutes=2))
    # By a server that was restarted meanwhile.
    app = house.server.app
    await Postbox(house.database, app[KEYRING], app[MAIL], house.clock).empty()
    assert await waiting(house) == 0
    assert len(await received(office, 2)) == 2


async def test_what_cannot_be_opened_keeps_no_other_letter_back(
    house: House, host: Caller, office: PostOffice
) -> None:
    """As after another master key."""
    sealed = OutgoingLetter(message=b"x" * 40, next_at=0, expires_at=house.clock.now + 10_000)
    async with house.database.transaction() as session:
        await letters.add(session, [sealed])
    await scheduled(host, monday(house))
    assert await waiting(house) == 0
    assert len(await received(office, 2)) == 2


async def test_a_letter_that_is_refused_for_good_is_given_up(
    house: House, host: Caller, office: PostOffice
) -> None:
    office.refusing = True
    await scheduled(host, monday(house))
    assert await waiting(house) == 0


async def test_a_letter_is_not_tried_for_ever(
    house: House, host: Caller, office: PostOffice
) -> None:
    office.busy = True
    await scheduled(host, monday(house))
    assert await waiting(house) == 2
    house.clock.move(timedelta(days=3))
    assert await waiting(house) == 0


def _all_letters() -> Any:
    from sqlalchemy import select

    return select(OutgoingLetter)


# Reminders


def reminders(house: House) -> Reminders:
    app = house.server.app
    return Reminders(house.database, app[POSTBOX], app[SCHEDULE], house.clock)


def until(house: House, local: datetime, minutes: int) -> timedelta:
    """How far the clock is from so many minutes before a time in Paris."""
    from zoneinfo import ZoneInfo

    begins = local.replace(tzinfo=ZoneInfo("Europe/Paris")) - timedelta(minutes=minutes)
    return begins - datetime.fromtimestamp(house.clock.now / 1000, UTC)


async def reminded(office: PostOffice, count: int) -> set[str]:
    found = set()
    for _ in range(count):
        message = await office.letter()
        assert str(message["Subject"]).startswith("Rappel : ")
        found.add(str(message["To"]))
    return found


EVERYBODY = {"ada@example.org", "bob@example.org", "eve@example.org"}


async def test_everybody_is_reminded_once_also_by_a_server_that_was_restarted(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    await scheduled(host, begins, recurrence=WEEKLY)
    await received(office, 2)
    house.clock.move(until(house, begins, 11))
    await reminders(house).review()
    assert await waiting(house) == 0
    assert office.empty
    house.clock.move(timedelta(minutes=1))
    await reminders(house).review()
    # Two servers on one database, or one that comes again.
    await asyncio.gather(*(reminders(house).review() for _ in range(3)))
    assert await waiting(house) == 0
    assert await reminded(office, 3) == EVERYBODY
    assert office.empty
    house.clock.move(until(house, begins + timedelta(7), 9))
    await reminders(house).review()
    assert await reminded(office, 3) == EVERYBODY


async def test_nobody_is_reminded_of_what_was_cancelled_or_has_begun(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    made = await scheduled(host, begins, recurrence=WEEKLY, invitees=[])
    second = begins + timedelta(7)
    await host.ask("DELETE", f"{LATER}/{made['id']}/occurrences/{second.isoformat()[:16]}")
    # The server was away when the first was due, and comes back when it has begun.
    house.clock.move(until(house, begins, -1))
    await reminders(house).review()
    house.clock.move(until(house, second, 5))
    await reminders(house).review()
    assert await waiting(house) == 0
    assert office.empty
    house.clock.move(until(house, begins + timedelta(14), 5))
    await reminders(house).review()
    assert await reminded(office, 1) == {"ada@example.org"}
    caller = await _again(house)
    await caller.ask("DELETE", f"{LATER}/{made['id']}")
    house.clock.move(until(house, begins + timedelta(21), 5))
    await reminders(house).review()
    assert await waiting(house) == 0
    assert office.empty


async def test_what_is_moved_is_reminded_of_at_its_new_time(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    made = await scheduled(host, begins, invitees=[], reminder=60)
    house.clock.move(until(house, begins, 50))
    await reminders(house).review()
    assert await reminded(office, 1) == {"ada@example.org"}
    later = begins + timedelta(hours=3)
    caller = await _again(house)
    await caller.put(f"{LATER}/{made['id']}", draft(later, invitees=[], reminder=60))
    house.clock.move(until(house, later, 60))
    await reminders(house).review()
    assert await reminded(office, 1) == {"ada@example.org"}


async def test_without_a_reminder_nobody_is_written_to(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    made = await scheduled(host, begins, invitees=[], reminder=None)
    async with house.database.transaction() as session:
        row = await session.get_one(ScheduledMeeting, made["id"])
    assert row.remind_at is None


async def test_a_reminder_comes_no_later_than_the_meeting(
    house: House, host: Caller, office: PostOffice
) -> None:
    begins = monday(house)
    await scheduled(host, begins, invitees=[])
    office.busy = True
    house.clock.move(until(house, begins, 10))
    await reminders(house).review()
    assert await waiting(house) == 1
    office.busy = False
    house.clock.move(timedelta(minutes=11))
    assert await waiting(house) == 0
    assert office.empty
