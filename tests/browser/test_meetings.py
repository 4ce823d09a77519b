import csv
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.store import samples
from visio.auth import sessions
from visio.config import load, read_master_key
from visio.store import meetings
from visio.store.database import Database
from visio.store.sealing import Keyring
from visio.views.state import clock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

LOOKS = [("fr", 320), ("en", 1280)]


def test_who_was_there_is_on_the_page_of_the_meeting_and_in_a_file(
    visit: Visit, account: tuple[str, str]
) -> None:
    host, guest = visit(), visit("en")
    host.sign_in(*account)
    slug = host.make_room("Bilan")
    host.join(slug)
    guest.join(slug, "=Ali")
    guest.button("call.leave").click()
    guest.shows("ended.title")
    host.button("call.leave").click()
    host.shows("ended.title")

    for language, width in LOOKS:
        person = visit(language, width)
        person.sign_in(*account)
        person.go("/")
        person.link("meetings.all").click()
        person.shows("meetings.mine")
        person.page.get_by_role("link").filter(has_text="Bilan").first.wait_for()
        person.is_accessible()
        assert person.sees_all_across()
        person.page.get_by_role("link").filter(has_text="Bilan").first.click()
        rows = person.page.locator(".attendance li")
        expect(rows).to_have_count(2)
        expect(rows.nth(1)).to_contain_text(person.text("attendance.kinds.guest"))
        person.is_accessible()
        assert person.sees_all_across()
        with person.page.expect_download() as download:
            person.button("attendance.download").click()
        assert download.value.suggested_filename.endswith("-bilan.csv")
        text = Path(download.value.path()).read_text("utf-8-sig")
        _, first, second = csv.reader(text.splitlines(), delimiter=";" if language == "fr" else ",")
        assert (first[0], second[0]) == ("Camille Martin", "'=Ali")


def test_what_one_said_is_taken_back_after_the_meeting(visit: Visit, server: Server) -> None:
    async def held(database: Database) -> tuple[str, str]:
        ada = await samples.account(database, "withdrawing@example.org")
        keyring = Keyring(read_master_key(load(options={"demo": True, "data_dir": folder})))
        place = await samples.room(database, ada, "withdrawn")
        sitting = await samples.sitting(database, place, ada, keyring=keyring)
        async with database.transaction() as session:
            session.add(samples.utterance(sitting, "Ce que j’ai dit"))
            await meetings.end(session, sitting.meeting.id, samples.NOW + 60_000)
        return await sessions.open_session(database, ada.id, clock()), sitting.meeting.id

    folder = Path(server.settings["VISIO_DATA_DIR"])
    token, meeting = server.do(held)
    french, english = (visit(language, width) for language, width in LOOKS)
    for person in (french, english):
        cookie = {"name": "visio_session", "value": token, "url": server.url}
        person.context.add_cookies([cookie])
        person.go(f"/meetings/{meeting}")
    looked_at(french, "withdrawal.granted")
    french.button("withdrawal.open").click()
    looked_at(french, "withdrawal.text")
    french.button("withdrawal.keep").click()
    looked_at(french, "withdrawal.withdrawn")
    expect(french.page.locator(".passages")).to_contain_text("Ce que j’ai dit")

    english.page.reload()
    looked_at(english, "withdrawal.withdrawn")
    english.button("withdrawal.delete").click()
    looked_at(english, "withdrawal.text")
    english.page.get_by_role("alertdialog").get_by_role(
        "button", name=english.text("withdrawal.delete")
    ).click()
    looked_at(english, "withdrawal.erased")
    english.shows("transcript.empty")
    expect(english.button("withdrawal.delete")).to_have_count(0)


def looked_at(person: Visitor, key: str) -> None:
    person.shows(key)
    person.is_accessible()
    assert person.sees_all_across()


def test_a_series_is_scheduled_changed_and_cancelled_on_the_page(
    visit: Visit, account: tuple[str, str]
) -> None:
    for language, width in LOOKS:
        person = visit(language, width)
        person.sign_in(*account)
        person.go("/meetings")
        person.shows("schedule.none")
        person.is_accessible()
        person.button("schedule.new").click()
        dialog = person.page.get_by_role("dialog")
        person.field("schedule.title").fill("Comité de suivi")
        dialog.get_by_label(person.text("schedule.repeats")).first.click()
        option = person.text("schedule.frequency.weekly")
        person.page.get_by_role("option", name=option).click()
        dialog.get_by_label(person.text("schedule.end"), exact=True).last.click()
        person.page.get_by_role("option", name=person.text("schedule.endings.count")).click()
        person.field("schedule.count").fill("3")
        person.field("schedule.invitees").fill("bob@example.org, eve@example.org")
        person.shows("schedule.noMail")
        person.is_accessible()
        assert person.sees_all_across()
        dialog.get_by_role("button", name=person.text("schedule.new")).click()
        # Neither the dialog that fades away nor a tooltip where the mouse happens to be.
        person.page.mouse.move(0, 0)
        expect(person.page.locator("[data-overlay-container]")).to_have_count(0)
        rows = person.page.locator(".upcoming-row")
        expect(rows).to_have_count(3)
        person.is_accessible()
        assert person.sees_all_across()

        act(person, 0, "schedule.show")
        # Not by its role, which the menu has too while it fades away.
        expect(person.page.locator(".dialog")).to_contain_text("bob@example.org")
        person.is_accessible()
        person.button("common.close").click()

        title = "Comité de suivi"
        if language == "fr":
            single_ones_and_the_series_are_changed(person, rows)
            title = "Comité de pilotage"
        act(person, 0, "schedule.cancel", title=title)
        person.is_accessible()
        person.button("schedule.cancelAll").click()
        person.shows("schedule.none")


def single_ones_and_the_series_are_changed(person: Visitor, rows: Locator) -> None:
    act(person, 1, "schedule.moveThis")
    person.field("schedule.begins").fill("06:30")
    person.field("schedule.ends").fill("07:15")
    person.is_accessible()
    person.button("schedule.move").click()
    expect(rows.filter(has_text="06:30")).to_have_count(1)

    act(person, 2, "schedule.cancel")
    person.is_accessible()
    person.button("schedule.cancelOne").click()
    expect(rows).to_have_count(2)

    act(person, 0, "schedule.editSeries")
    person.field("schedule.title").fill("Comité de pilotage")
    person.is_accessible()
    person.button("common.save").click()
    expect(rows.filter(has_text="Comité de pilotage")).to_have_count(2)
    expect(rows.filter(has_text="06:30")).to_have_count(1)

    with person.page.expect_download() as download:
        act(person, 0, "schedule.download", title="Comité de pilotage")
    assert download.value.suggested_filename == "comite-de-pilotage.ics"


def act(person: Visitor, row: int, key: str, title: str = "Comité de suivi") -> None:
    """Choose from the menu of one of the meetings to come."""
    person.button("schedule.actions", title=title).nth(row).click()
    person.page.get_by_role("menuitem", name=person.text(key)).click()
