"""Minutes as the host of a room meets them: missing, written, failed, corrected."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Run, Visit
from tests.browser.server import Server, running_server
from tests.browser.test_records import looked_at
from tests.browser.test_search import meeting_of, sign_in
from tests.browser.visitor import Visitor
from tests.minutes.model import Model, refuses, running_model
from visio.store.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
def model(run: Run) -> Iterator[Model]:
    stack = AsyncExitStack()
    model: Model = run(stack.enter_async_context(running_model()))
    yield model
    run(stack.aclose())


@pytest.fixture
def writer(model: Model, tmp_path: Path) -> Iterator[Server]:
    """A server with a language model."""
    settings = {"VISIO_MINUTES_URL": model.url, "VISIO_MINUTES_MODEL": "tiny"}
    url = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}"
    with running_server(tmp_path, url, **settings) as server:
        yield server


@pytest.mark.parametrize("language", ["fr", "en"])
def test_without_a_language_model_the_page_says_what_is_missing(
    visit: Visit, run: Run, server: Server, language: str
) -> None:
    person = visit(language)
    for administrator, key in ((False, "askAdministrator"), (True, "configure")):
        account, sitting = run(meeting_of(server, administrator=administrator))
        sign_in(run, server, account, person)
        person.go(f"/meetings/{sitting.meeting.id}")
        person.shows("minutes.unavailable")
        person.shows(f"minutes.{key}")
    looked_at(person)


def test_a_host_has_minutes_written_and_corrects_them(
    chromium: Browser, run: Run, writer: Server, model: Model
) -> None:
    account, sitting = run(meeting_of(writer))
    context = chromium.new_context(base_url=writer.url, locale="fr-FR")
    person = Visitor(context, writer.url, "fr")
    sign_in(run, writer, account, person)
    model.behaviours.append(model.hang)
    person.go(f"/meetings/{sitting.meeting.id}")
    person.button("minutes.ask").press("Enter")
    person.shows("minutes.writing", done=0, total=1)
    looked_at(person)
    person.button("minutes.cancel").click()
    model.behaviours.append(refuses(401))
    person.button("minutes.ask").click()
    person.shows("minutes.failure.refused")
    looked_at(person)
    person.button("minutes.ask").click()
    expect(person.page.get_by_text("About line 1.").first).to_be_visible()
    looked_at(person)
    source = person.page.get_by_role("link", name=person.text("minutes.source", at="0:00"))
    source.first.press("Enter")
    expect(person.page.locator(".passage:focus")).to_contain_text("ligne 0.")
    corrects(person, account)
    context.close()
    assert person.complaints == []


def corrects(person: Visitor, account: Account) -> None:
    person.button("minutes.edit").click()
    first = person.page.get_by_label(person.text("minutes.one.decisions", number=1), exact=True)
    first.fill("Le pont <i>est</i> acheté.")
    person.button("minutes.remove.summary", number=1).click()
    person.button("minutes.add.actions").click()
    looked_at(person)
    person.button("common.save").click()
    person.shows("minutes.noSummary")
    expect(person.page.get_by_text("Le pont <i>est</i> acheté.")).to_be_visible()
    person.page.reload()
    person.button("minutes.again").click()
    person.shows("minutes.againEdited")
    looked_at(person)
    person.page.get_by_role("alertdialog").get_by_role(
        "button", name=person.text("minutes.again"), exact=True
    ).click()
    expect(person.page.get_by_text("About line 1.").first).to_be_visible()
    expect(person.page.get_by_text(account.name).first).to_be_visible()
