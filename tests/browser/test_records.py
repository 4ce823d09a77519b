"""Rooms, past meetings and retention as administrators of the instance meet them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Run, Visit, in_both_languages
from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.store import samples
from visio.auth import sessions
from visio.store import meetings, rooms
from visio.store.audit import COLUMNS
from visio.store.database import Database
from visio.store.models import Account, Meeting, Room, new_id, wall_clock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@dataclass
class Archive:
    """The server's own database, with somebody who administers the instance and somebody who
    owns rooms in it."""

    database: Database
    root: str
    """The token of an administrator's session."""
    owner: Account
    other: Account

    async def room(self, title: str, slug: str) -> Room:
        row = Room(slug=slug, title=title, access="public", owner_id=self.owner.id)
        async with self.database.transaction() as session:
            return await rooms.add(session, row)

    async def meeting(self, room: Room, ago: int) -> Meeting:
        """One of an hour with something said in it, that ended so many days ago."""
        sitting = await samples.sitting(self.database, room, self.owner, identity=new_id())
        async with self.database.transaction() as session:
            session.add(samples.utterance(sitting, "words"))
            meeting = await session.get_one(Meeting, sitting.meeting.id)
            ended = wall_clock() - ago * 86_400_000
            meeting.started_at = ended - 3_600_000
            await session.flush()
            await meetings.end(session, meeting.id, ended)
        return meeting


@pytest.fixture
def archive(server: Server, run: Run) -> Iterator[Archive]:
    async def fill() -> Archive:
        database = await Database.open(server.settings["VISIO_DATABASE_URL"])
        tag = new_id()[:8]
        people = [
            Account(email=f"{name}-{tag}@example.org", name=f"{name.title()} {tag}")
            for name in ("rita", "olga", "otto")
        ]
        people[0].administrator = True
        async with database.transaction() as session:
            session.add_all(people)
        root = await sessions.open_session(database, people[0].id, wall_clock(), strong=True)
        return Archive(database, root, people[1], people[2])

    archive = run(fill())
    yield archive
    run(archive.database.close())


def looked_at(person: Visitor) -> None:
    """The page is accessible and fits, on a wide screen and on a narrow one."""
    for width, height in ((320, 640), (1280, 800)):
        person.page.set_viewport_size({"width": width, "height": height})
        person.is_accessible()
        assert person.sees_all_across(), (person.page.url, width)
        assert person.page.evaluate(_WHOLE_TABLES), (person.page.url, width)


def row(person: Visitor, name: str) -> Locator:
    return person.page.get_by_role("row").filter(has_text=name)


def act(person: Visitor, where: Locator, key: str) -> None:
    """Choose something in the menu of a row."""
    where.get_by_role("button").last.click()
    person.page.get_by_role("menuitem", name=person.text(key), exact=True).click()


def in_dialog(person: Visitor, key: str) -> None:
    """Press a button of the dialog that is open, which closes then."""
    dialog = person.page.get_by_role("dialog").or_(person.page.get_by_role("alertdialog"))
    dialog.get_by_role("button", name=person.text(key), exact=True).click()


@in_both_languages
def test_an_administrator_keeps_the_records(
    visit: Visit, run: Run, archive: Archive, language: str
) -> None:
    person = visit(language)
    cookie = {"name": "visio_session", "value": archive.root, "url": person.url}
    person.context.add_cookies([cookie])  # type: ignore[list-item] - as Playwright reads it
    titles = [f"Échéance {language} {number}" for number in range(4)]
    slugs = [f"records-{language}-{number}" for number in range(4)]
    places = [run(archive.room(title, slug)) for title, slug in zip(titles, slugs, strict=True)]
    old, fresh = (run(archive.meeting(places[0], ago)) for ago in (20, 1))
    rooms_are_found_changed_and_handed_over(person, archive, titles)
    many_rooms_are_changed_at_once(person, run, archive, titles, places)
    a_meeting_is_held_released_and_deleted(person, titles[0], slugs[0])
    what_is_gone_is_proved(person, fresh, slugs[0])
    assert old.id in str(person.page.request.get("/api/v1/past-meetings").json())


def rooms_are_found_changed_and_handed_over(
    person: Visitor, archive: Archive, titles: list[str]
) -> None:
    person.go("/admin/rooms")
    person.shows("records.rooms.title")
    person.field("records.rooms.search").fill("no such room at all")
    person.shows("admin.nothing")
    person.field("records.rooms.search").fill(archive.owner.email)
    expect(row(person, titles[3])).to_contain_text(archive.owner.name)
    looked_at(person)
    first = person.page.get_by_role("row").nth(1)
    expect(first).to_contain_text(titles[0])
    person.button("records.rooms.room").click()
    expect(first).to_contain_text(titles[3])
    person.button("records.rooms.room").click()
    expect(first).to_contain_text(titles[0])

    act(person, row(person, titles[3]), "records.rooms.settings")
    person.field("rooms.title").fill(f"{titles[3]} bis")
    looked_at(person)
    in_dialog(person, "common.save")
    expect(row(person, f"{titles[3]} bis")).to_be_visible()

    act(person, row(person, titles[3]), "records.rooms.handOver")
    person.field("records.rooms.newOwner").fill("nobody@example.org")
    in_dialog(person, "records.rooms.handOver")
    person.shows("problems.address_unknown.title")
    person.field("records.rooms.newOwner").fill(archive.other.email)
    in_dialog(person, "records.rooms.handOver")
    # It is not that owner's any more.
    expect(row(person, titles[3])).to_be_hidden()
    with person.page.expect_download() as download:
        person.link("admin.csv").click()
    table = download.value.path().read_text("utf-8-sig")
    assert [line.split(",")[0] for line in table.splitlines()[1:]] == titles[:3]


def many_rooms_are_changed_at_once(
    person: Visitor, run: Run, archive: Archive, titles: list[str], places: list[Room]
) -> None:
    every = person.page.get_by_role("checkbox", name=person.text("records.bulk.all"))
    every.press("Space")
    person.shows("records.bulk.chosen_other", count=3)
    person.page.get_by_role("checkbox", name=titles[0]).press("Space")
    person.shows("records.bulk.chosen_other", count=2)
    looked_at(person)

    async def remove() -> None:
        async with archive.database.transaction() as session:
            await rooms.remove(session, places[2].id, wall_clock())

    run(remove())  # somebody else is faster
    person.button("records.bulk.actions.access").click()
    person.page.get_by_role("radio", name=person.text("access.trusted.title")).press("Space")
    looked_at(person)
    in_dialog(person, "records.bulk.confirm.access")
    person.shows("records.bulk.done_one", count=1)
    person.shows("records.bulk.refused_one", count=1)
    person.shows("problems.room_not_found.title")
    looked_at(person)
    person.page.get_by_role("dialog").get_by_role(
        "button", name=person.text("common.close"), exact=True
    ).last.click()
    expect(row(person, titles[1])).to_contain_text(person.text("access.trusted.title"))
    # What was refused stays chosen.
    person.shows("records.bulk.chosen_one", count=1)
    person.button("records.bulk.none").click()

    person.page.get_by_role("checkbox", name=titles[1]).press("Space")
    person.button("records.bulk.actions.delete").click()
    person.shows("records.bulk.deleteText")
    in_dialog(person, "records.bulk.confirm.delete")
    person.shows("records.bulk.done_one", count=1)
    person.page.get_by_role("alertdialog").get_by_role(
        "button", name=person.text("common.close"), exact=True
    ).last.click()
    expect(row(person, titles[1])).to_be_hidden()


def a_meeting_is_held_released_and_deleted(person: Visitor, title: str, slug: str) -> None:
    act(person, row(person, title), "records.rooms.meetings")
    person.shows("records.meetings.lead")
    expect(row(person, slug)).to_have_count(2)
    newest, oldest = row(person, slug).nth(0), row(person, slug).nth(1)
    expect(newest).to_contain_text(person.text("records.meetings.keeps.transcript"))
    looked_at(person)
    act(person, oldest, "records.hold.hold")
    person.field("records.hold.reference").fill("26/123")
    looked_at(person)
    in_dialog(person, "records.hold.hold")
    expect(oldest).to_contain_text("26/123")
    act(person, newest, "records.meetings.purge")
    looked_at(person)
    in_dialog(person, "records.meetings.purge")
    expect(row(person, slug)).to_have_count(1)
    act(person, row(person, slug), "records.hold.release")
    person.shows("records.hold.releaseText")
    looked_at(person)
    in_dialog(person, "common.cancel")


def what_is_gone_is_proved(person: Visitor, gone: Meeting, slug: str) -> None:
    person.link("records.retention.title").click()
    person.shows("records.retention.rules")
    expect(row(person, "26/123").first).to_be_visible()
    person.field("records.proofs.search").fill(gone.id)
    proof = row(person, slug)
    expect(proof).to_have_count(1)
    expect(proof).to_contain_text(person.text("records.proofs.rows.utterance_one", count=1))
    looked_at(person)
    with person.page.expect_download() as download:
        proof.get_by_role("button").click()
    assert checks(json.loads(Path(download.value.path()).read_text("utf-8")))
    with person.page.expect_download() as download:
        person.link("records.proofs.json").click()
    (told,) = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert checks(told)
    person.field("records.proofs.search").fill("nothing of the kind")
    person.shows("admin.nothing")


def checks(proof: dict[str, object]) -> bool:
    """As docs/privacy.md says that a proof is checked by itself."""
    entry = proof["entry"]
    assert isinstance(entry, dict)
    covered = [entry[name] for name in COLUMNS if name != "hash"]
    text = str(proof["before"]) + json.dumps(covered, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest() == entry["hash"]


# A card hides what does not fit into it.
_WHOLE_TABLES = """[...document.querySelectorAll(".data-table")].every(
    (table) => table.scrollWidth <= table.clientWidth,
)"""
