import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import EMAIL, PASSWORD, Visit
from tests.browser.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

ADMINISTRATOR = "frederique@example.org"


@pytest.fixture(scope="module")
def administrator(server: Server, chromium: Browser) -> tuple[str, str]:
    given = server.add_account(ADMINISTRATOR, "Dominique", "--administrator")
    context = chromium.new_context(base_url=server.url, extra_http_headers={"Origin": server.url})
    credentials = {"email": ADMINISTRATOR, "password": given}
    context.request.post("/api/v1/session", data=credentials)
    change = {"current": given, "new": PASSWORD}
    assert context.request.put("/api/v1/session/password", data=change).status == 204
    context.close()
    return ADMINISTRATOR, PASSWORD


@pytest.mark.parametrize(
    ("language", "size"),
    [
        pytest.param("fr", (320, 640), id="fr narrow"),
        pytest.param("en", (1280, 800), id="en wide", marks=pytest.mark.long),
    ],
)
def test_an_administrator_makes_rooms_of_a_file(
    visit: Visit,
    administrator: tuple[str, str],
    tmp_path: Path,
    language: str,
    size: tuple[int, int],
) -> None:
    file = tmp_path / "rooms.csv"
    rooms = "".join(f"Salle {number} {language},,\n" for number in range(120))
    file.write_text(f"title,slug,owner\n{rooms}x,=1+1,\nEn trop,,nobody@example.org\n")
    person = visit(language, *size)
    person.sign_in(*administrator)
    person.go("/")
    person.button("account.menu", name="Dominique").click()
    person.page.get_by_role("menuitem", name=person.text("imports.title")).click()
    person.shows("imports.text")
    person.page.get_by_text(person.text("imports.columns"), exact=True).click()
    with person.page.expect_download() as download:
        person.button("imports.template").click()
    template = tmp_path / "template.csv"
    download.value.save_as(template)
    person.is_accessible()
    assert person.sees_all_across()

    with person.page.expect_file_chooser() as chooser:
        person.button("imports.choose").press("Enter")
    chooser.value.set_files(template)
    person.shows("imports.would_one", count=1)
    with person.page.expect_file_chooser() as chooser:
        person.button("imports.another").click()
    chooser.value.set_files(file)
    person.shows("imports.would_other", count=120)
    person.shows("imports.refused_other", count=2)
    table = person.page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table.get_by_role("row").nth(1)).to_contain_text("122slug=1+1")
    person.is_accessible()
    assert person.sees_all_across()
    with person.page.expect_download() as download:
        person.button("imports.download").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    cells = list(csv.reader(io.StringIO(text)))
    assert [row[2] for row in cells] == ["value", "'=1+1", "nobody@example.org"]

    person.button("imports.make_other", count=120).click()
    person.shows("imports.made_other", count=120)
    expect(person.link("imports.list")).to_have_attribute("href", "/admin/rooms")
    person.is_accessible()
    with person.page.expect_file_chooser() as chooser:
        person.button("imports.another").click()
    chooser.value.set_files(file)
    none = {"fr": "imports.would_one", "en": "imports.would_other"}[language]
    person.shows(none, count=0)
    person.shows("imports.there_other", count=120)
    expect(person.button("imports.make_other", count=0)).to_have_count(0)

    person.go("/")
    cards = person.page.locator(".room-grid").get_by_role("listitem")
    expect(cards).to_have_count(12)
    person.is_accessible()
    assert person.sees_all_across()
    person.field("rooms.search").fill(f"salle 117 {language}")
    expect(cards).to_have_count(1)
    person.field("rooms.search").fill("nowhere")
    person.shows("rooms.notFound")


def test_the_page_is_for_administrators(visit: Visit, account: tuple[str, str]) -> None:
    assert account[0] == EMAIL
    person = visit()
    person.sign_in(*account)
    person.go("/rooms/import")
    person.shows("notFound.title")
    stranger = visit()
    stranger.go("/rooms/import")
    stranger.shows("account.welcome")
