"""Somebody looks for what was said."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Run, Visit
from tests.browser.server import Server
from tests.browser.test_records import looked_at
from tests.browser.visitor import Visitor
from tests.store import samples
from tests.store.samples import Sitting
from visio.auth import sessions
from visio.config import load, read_master_key
from visio.store import meetings, rooms
from visio.store.database import Database
from visio.store.models import Account, Room, new_id, wall_clock
from visio.store.sealing import Keyring

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


async def meeting_of(server: Server, *, administrator: bool = False) -> tuple[Account, Sitting]:
    """Somebody, and a meeting of theirs that is over and in which much was said."""
    database = await Database.open(server.settings["VISIO_DATABASE_URL"])
    data_dir = server.settings["VISIO_DATA_DIR"]
    keyring = Keyring(read_master_key(load(options={"demo": True, "data_dir": data_dir})))
    ada = Account(email=f"{new_id()}@example.org", name="Ada Lovelace", administrator=administrator)
    async with database.transaction() as session:
        session.add(ada)
        await session.flush()
        room = Room(slug=new_id(), title="Conseil", access="public", owner_id=ada.id)
        place = await rooms.add(session, room)
    sitting = await samples.sitting(database, place, ada, keyring=keyring)
    for number in range(60):  # each a passage of its own: a minute of silence between them
        text = f"Le budget de la mairie, ligne {number}."
        await samples.said(database, sitting, text, started_at=number * 100_000)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, samples.NOW + 6_000_000)
    await database.close()
    return ada, sitting


def sign_in(run: Run, server: Server, account: Account, person: Visitor) -> None:
    """Give a browser a session of the account."""

    async def token() -> str:
        database = await Database.open(server.settings["VISIO_DATABASE_URL"])
        opened = await sessions.open_session(database, account.id, wall_clock(), strong=True)
        await database.close()
        return opened

    cookie = {"name": "visio_session", "value": run(token()), "url": person.url}
    person.context.add_cookies([cookie])  # type: ignore[list-item] - as Playwright reads it


@pytest.mark.parametrize("language", ["fr", "en"])
def test_words_lead_to_the_passage_where_they_were_said(
    visit: Visit, run: Run, server: Server, language: str
) -> None:
    person, (account, sitting) = visit(language), run(meeting_of(server))
    sign_in(run, server, account, person)
    person.go("/")
    person.field("search.label").fill("mot introuvable")
    person.field("search.label").press("Enter")
    person.shows("search.nothing")
    looked_at(person)
    assert "introuvable" not in person.page.url
    person.field("search.label").fill("budgets mairies")
    person.field("search.label").press("Enter")
    person.shows("search.foundMore", count=20)
    expect(person.page.locator("mark").nth(1)).to_have_text("mairie")
    looked_at(person)
    person.button("search.more").click()
    person.shows("search.foundMore", count=40)
    person.button("search.more").click()
    person.shows("search.found_other", count=60)
    person.page.get_by_role("link").filter(has_text="ligne 47.").press("Enter")
    passage = person.page.locator(".passage:focus")
    expect(passage).to_contain_text("ligne 47.")
    expect(passage).to_be_in_viewport()
    assert sitting.meeting.id in person.page.url
    person.page.go_back()
    expect(person.field("search.label")).to_have_value("budgets mairies")
