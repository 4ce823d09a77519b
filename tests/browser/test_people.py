"""The people of the instance as its administrators meet them in the console."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests import post
from tests.browser.conftest import PASSWORD, Visit, settle
from tests.browser.letters import Letters
from tests.browser.server import Server, running_server
from tests.browser.test_console import looked_at, row
from tests.browser.visitor import Visitor
from visio.store.database import Database
from visio.store.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
def server(tmp_path: Path, letters: Letters) -> Iterator[Server]:
    """One that can write letters, with more people than a page; none of a try before this one."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}"
    mail = {
        f"VISIO_{name.upper()}": str(value) for name, value in post.settings(letters.office).items()
    }
    with running_server(tmp_path, url, **mail) as server:
        letters.run(fill(url))
        yield server


@pytest.fixture
def root(server: Server, chromium: Browser) -> str:
    """The address of an administrator, whose password is PASSWORD."""
    return settle(server, chromium, "root@example.org", "Rose Racine", "--administrator")[0]


async def fill(url: str) -> None:
    database = await Database.open(url)
    async with database.transaction() as session:
        session.add(Account(email="elise.martin@example.org", name="Élise Martin"))
        session.add_all(
            Account(email=f"agent-{number:02}@example.org", name=f"Agent {number:02}")
            for number in range(60)
        )
    await database.close()


def tick(person: Visitor, name: str) -> None:
    """By the keyboard."""
    box = person.page.get_by_role("checkbox", name=person.text("admin.people.choose", name=name))
    box.press("Space")
    expect(box).to_be_checked()


def dialog_button(person: Visitor, key: str) -> Locator:
    dialog = person.page.get_by_role("alertdialog")
    return dialog.get_by_role("button", name=person.text(key), exact=True)


def test_an_administrator_governs_people_from_the_console(
    visit: Visit, letters: Letters, root: str
) -> None:
    person = visit("fr")
    person.sign_in(root, PASSWORD)
    person.go("/admin")
    person.link("admin.people.title").click()
    people_are_searched_sorted_and_paged(person)
    somebody_is_invited(person, letters)
    several_are_disabled_at_once(person)
    people_are_told_apart_by_entity(person)
    one_is_promoted_counted_exported_and_erased(person)

    english = visit("en")
    english.sign_in(root, PASSWORD)
    english.go("/admin/entities")
    expect(row(english, "Sud")).to_be_visible()
    looked_at(english)
    english.go("/admin/people")
    english.shows("admin.people.lead")
    looked_at(english)
    english.field("admin.people.search").fill("rose")
    row(english, "Rose Racine").get_by_role("link").click()
    english.shows("admin.people.own")
    looked_at(english)
    english.button("admin.people.acts.demote.action").click()
    dialog_button(english, "admin.people.acts.demote.action").click()
    # There is another administrator, of the demo: she may, and these pages are not hers any more.
    english.shows("admin.refused")


def people_are_searched_sorted_and_paged(person: Visitor) -> None:
    expect(row(person, "Agent 10")).to_be_visible()
    expect(row(person, "Agent 59")).to_be_hidden()
    looked_at(person)
    person.button("admin.next").click()
    expect(row(person, "Rose Racine")).to_contain_text(
        person.text("admin.people.states.administrator")
    )
    person.button("admin.previous").click()
    expect(row(person, "Agent 10")).to_be_visible()
    person.button("admin.people.name").click()
    expect(person.page.get_by_role("row").nth(1)).to_contain_text("Rose Racine")
    search = person.field("admin.people.search")
    search.press_sequentially("mart elis")
    expect(row(person, "Agent")).to_have_count(0)
    elise = row(person, "Élise Martin")
    expect(elise).to_contain_text(person.text("admin.people.states.invited"))
    expect(elise).to_contain_text(person.text("admin.people.never"))
    with person.page.expect_download() as download:
        person.link("admin.csv").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines] == ["email", "elise.martin@example.org"]
    search.fill("personne de ce nom")
    person.shows("admin.nothing")
    looked_at(person)
    search.fill("")
    expect(row(person, "Rose Racine")).to_be_visible()


def somebody_is_invited(person: Visitor, letters: Letters) -> None:
    person.button("admin.people.invite").click()
    person.field("account.email").fill("zoe@example.org")
    person.page.get_by_label(person.text("admin.people.name"), exact=True).last.fill("Zoé")
    looked_at(person)
    person.button("admin.people.send").click()
    person.shows("admin.people.invited", email="zoe@example.org")
    assert letters.link()
    person.field("account.email").fill("zoe@example.org")
    person.button("admin.people.send").click()
    person.shows("problems.email_taken.title")
    person.page.keyboard.press("Escape")
    expect(row(person, "Zoé")).to_be_visible()


def several_are_disabled_at_once(person: Visitor) -> None:
    for name in ("Zoé", "Rose Racine"):
        tick(person, name)
    looked_at(person)
    person.button("admin.people.measures.disable.action").click()
    person.shows("admin.people.measures.disable.title_other", count=2)
    looked_at(person)
    dialog_button(person, "admin.people.measures.disable.action").click()
    person.shows("admin.people.measures.disable.done_one", count=1)
    why = person.text("problems.own_account.title")
    person.shows("admin.people.refusedOne", email="root@example.org", why=why)
    expect(row(person, "Zoé")).to_contain_text(person.text("admin.people.states.disabled"))
    looked_at(person)


def people_are_told_apart_by_entity(person: Visitor) -> None:
    person.link("admin.entities.title").click()
    person.shows("admin.entities.none")
    looked_at(person)
    for name in ("Préfecture du Nord", "Sud"):
        entity_is_made(person, name)
    entity_is_made(person, "PREFECTURE du nord")
    person.shows("problems.entity_name_taken.title")
    looked_at(person)
    person.page.keyboard.press("Escape")

    person.link("admin.people.title").click()
    for name in ("Agent 01", "Agent 02"):
        tick(person, name)
    person.button("admin.entities.assign").click()
    entity_is_chosen(person.page.get_by_role("dialog"), "nord", "Préfecture du Nord")
    looked_at(person)
    person.page.get_by_role("dialog").get_by_role("button", name=person.text("common.save")).click()
    person.shows("admin.people.measures.assign.done_other", count=2)
    expect(row(person, "Agent 01")).to_contain_text("Préfecture du Nord")

    row(person, "Agent 02").get_by_role("link").click()
    person.button("admin.entities.choose").click()
    entity_is_chosen(person.page.get_by_role("dialog"), "sud", "Sud")
    person.page.get_by_role("dialog").get_by_role("button", name=person.text("common.save")).click()
    expect(person.page.get_by_role("dialog")).to_be_hidden()
    expect(person.page.get_by_role("status").filter(has_text="Sud")).to_be_visible()
    looked_at(person)

    person.link("admin.entities.title").click()
    north = row(person, "Préfecture du Nord")
    north.get_by_role("link", name="1 personne").click()
    expect(person.page.get_by_role("rowheader")).to_have_count(1)
    expect(row(person, "Agent 01")).to_be_visible()
    looked_at(person)
    # From there on by the keyboard, to all of them again.
    entity_is_chosen(person.page.get_by_role("main"), "Sans", person.text("admin.entities.noneOf"))
    expect(row(person, "Agent 01")).to_be_hidden()
    expect(row(person, "Agent 03")).to_be_visible()

    person.link("admin.entities.title").click()
    person.button("admin.entities.deleteNamed", name="Préfecture du Nord").click()
    person.shows("admin.entities.deleteText_one", count=1)
    looked_at(person)
    dialog_button(person, "admin.entities.delete").click()
    expect(row(person, "Préfecture du Nord")).to_be_hidden()
    looked_at(person)
    person.link("admin.people.title").click()
    person.field("admin.people.search").fill("zoe")


def entity_is_made(person: Visitor, name: str) -> None:
    person.button("admin.entities.make").click()
    person.field("admin.entities.name").fill(name)
    person.page.keyboard.press("Enter")


def entity_is_chosen(where: Locator, typed: str, name: str) -> None:
    """By the keyboard; what was chosen before is overwritten."""
    # A dialog that enters takes the focus to itself once it is there.
    expect(where.page.locator("[data-entering]")).to_have_count(0)
    # So slowly that the list still opens when it is closed again.
    where.page.evaluate("() => document.documentElement.style.setProperty('--quick', '1s')")
    field = where.get_by_role("combobox")
    field.focus()
    field.press_sequentially(typed)
    expect(field).to_have_value(typed)
    option = where.page.get_by_role("option", name=name, exact=True)
    expect(option).to_be_visible()
    while not option.get_attribute("data-focused"):
        field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value(name)
    expect(option).to_have_count(0)


def one_is_promoted_counted_exported_and_erased(person: Visitor) -> None:
    person.page.get_by_role("link", name="Zoé").click()
    looked_at(person)
    person.button("admin.people.acts.enable.action").click()
    person.shows("admin.people.acts.enable.done")
    person.button("admin.people.acts.promote.action").click()
    dialog_button(person, "admin.people.acts.promote.action").click()
    person.shows("admin.people.acts.promote.done", name="Zoé")
    expect(person.button("admin.people.acts.demote.action")).to_be_visible()
    person.button("admin.people.acts.invitation.action").click()
    person.shows("admin.people.acts.invitation.done")

    person.button("admin.people.count").click()
    person.shows("admin.people.tables.mailed_link")
    with person.page.expect_download() as download:
        person.button("admin.people.export").click()
    exported = json.loads(download.value.path().read_text())
    assert exported["stored"]["account"][0]["email"] == "zoe@example.org"
    looked_at(person)

    person.button("admin.people.erase").click()
    erase = dialog_button(person, "admin.people.erase")
    expect(erase).to_be_disabled()
    person.page.get_by_role("textbox").fill("zoe@example.org")
    looked_at(person)
    person.page.keyboard.press("Enter")
    person.shows("admin.people.erased")
    looked_at(person)
    person.link("admin.people.title").first.click()
    expect(row(person, "Agent 00")).to_be_visible()
    person.field("admin.people.search").fill("zoe")
    person.shows("admin.nothing")
