"""A transcript after its meeting, as hosts and readers meet it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Run, Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.store import samples
from visio.auth import sessions
from visio.config import load, read_master_key
from visio.store import meetings, participants
from visio.store.database import Database
from visio.store.models import Account, new_id, wall_clock
from visio.store.sealing import Keyring

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

LOOKS = [("fr", 320), pytest.param("en", 1280, marks=pytest.mark.long)]


@dataclass
class Record:
    """A meeting that is over, in the server's own database; `host` and `reader` are tokens of
    sessions."""

    meeting: str
    host: str
    reader: str
    address: str
    """Of somebody who was not there."""
    stranger: str


@dataclass
class Archive:
    database: Database
    keyring: Keyring

    async def record(self, lines: int = 0) -> Record:
        tag = new_id()[:8]
        people = [
            Account(email=f"{name}-{tag}@example.org", name=f"{name.title()}")
            for name in ("hanna", "rene", "stella")
        ]
        async with self.database.transaction() as session:
            session.add_all(people)
        host, reader, stranger = people
        place = await samples.room(self.database, host, f"record-{tag}")
        sitting = await samples.sitting(self.database, place, reader, keyring=self.keyring)
        async with self.database.transaction() as session:
            room = await participants.joined(
                session, sitting.meeting.id, "p-room", "PA_2", account_id=None, name="Salle 2",
                now=samples.NOW,
            )  # fmt: skip
            shared = samples.utterance(replace(sitting, participant=room), "Moi aussi", 9_000)
            shared.voice = "S1"
            said = [samples.utterance(sitting, "Bonjour a tous", 1_000), shared]
            for number in range(lines):
                of = replace(sitting, participant=room) if number % 2 else sitting
                words = f"Passage {number}, assez long pour tenir sur deux lignes de la page. " * 2
                said.append(samples.utterance(of, words, 10_000 + 3_000 * number))
            session.add_all(said)
            await meetings.end(session, sitting.meeting.id, samples.NOW + 7_200_000)
        tokens = [
            await sessions.open_session(self.database, one.id, wall_clock()) for one in people
        ]
        return Record(sitting.meeting.id, tokens[0], tokens[1], stranger.email, tokens[2])


@pytest.fixture
def archive(server: Server, run: Run) -> Iterator[Archive]:
    folder = Path(server.settings["VISIO_DATA_DIR"])
    keyring = Keyring(read_master_key(load(options={"demo": True, "data_dir": folder})))
    database = run(Database.open(server.settings["VISIO_DATABASE_URL"]))
    yield Archive(database, keyring)
    run(database.close())


def enters(person: Visitor, token: str) -> None:
    cookie = {"name": "visio_session", "value": token, "url": person.url}
    person.context.add_cookies([cookie])  # type: ignore[list-item] - as Playwright reads it


def looked_at(person: Visitor) -> None:
    person.page.mouse.move(0, 0)
    person.is_accessible()
    assert person.sees_all_across()


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_a_transcript_is_corrected_named_hidden_and_shared(
    visit: Visit, run: Run, archive: Archive, language: str, width: int
) -> None:
    record = run(archive.record())
    host, reader = visit(language, width), visit(language, width)
    enters(host, record.host)
    enters(reader, record.reader)
    for person in (host, reader):
        person.go(f"/meetings/{record.meeting}")
        expect(person.page.locator(".passages")).to_contain_text("Bonjour a tous")
    looked_at(host)
    reader.button("transcript.edit.start").click()  # what they said themselves
    expect(reader.page.get_by_role("button", name=said(reader, "Rene", "0:01"))).to_have_count(1)
    a_line_is_corrected_and_taken_back(host)
    somebody_else_was_faster(host, reader)
    a_voice_is_named_and_a_line_hidden(host)
    files_have_it_so(host)
    reader.page.reload()
    expect(reader.page.locator(".passages")).to_contain_text("Mme Martin")
    expect(reader.page.locator(".passages")).to_contain_text(reader.text("transcript.hidden"))
    expect(reader.page.locator(".passages")).not_to_contain_text("Moi aussi")
    looked_at(reader)
    it_is_shared(host, reader, record)
    stranger = visit(language, width)
    enters(stranger, record.stranger)
    stranger.go(f"/meetings/{record.meeting}")
    expect(stranger.page.locator(".passages")).to_contain_text("Mme Martin")


def said(person: Visitor, name: str, time: str) -> str:
    return person.text("transcript.edit.openNamed", name=name, time=time)


def opened(person: Visitor, name: str, time: str) -> Locator:
    """The dialog about a line, opened by keyboard."""
    person.page.get_by_role("button", name=said(person, name, time)).press("Enter")
    dialog = person.page.locator(".dialog")
    expect(dialog).to_be_visible()
    return dialog


def saved(person: Visitor, text: str) -> None:
    person.field("transcript.edit.text").fill(text)
    person.button("common.save").click()


def a_line_is_corrected_and_taken_back(host: Visitor) -> None:
    host.button("transcript.edit.start").click()
    opened(host, "Rene", "0:01")
    looked_at(host)
    saved(host, "Bonjour à tous")
    lines = host.page.locator(".passages li")
    expect(lines.first).to_contain_text("Bonjour à tous")
    expect(lines.first).to_contain_text(host.text("transcript.edit.corrected"))
    expect(host.page.locator(".dialog")).to_have_count(0)
    dialog = opened(host, "Rene", "0:01")
    history = dialog.locator(".passage-history li")
    expect(history).to_have_count(2)
    expect(history.first).to_contain_text("Hanna")
    expect(history.last).to_contain_text(host.text("transcript.history.recognised"))
    looked_at(host)
    history.last.get_by_role("button").click()
    expect(history).to_have_count(3)
    expect(lines.first).to_contain_text("Bonjour a tous")
    host.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def somebody_else_was_faster(host: Visitor, reader: Visitor) -> None:
    reader.page.reload()
    reader.button("transcript.edit.start").click()
    opened(reader, "Rene", "0:01")
    opened(host, "Rene", "0:01")
    saved(host, "Bonjour à toutes")
    expect(host.page.locator(".dialog")).to_have_count(0)
    saved(reader, "Bonjour à tous et à toutes")
    reader.shows("problems.passage_changed.title")
    expect(reader.page.locator(".dialog")).to_contain_text("Bonjour à toutes")
    looked_at(reader)
    reader.button("transcript.edit.overwrite").click()
    # What one has written oneself is still there.
    reader.button("common.save").click()
    expect(reader.page.locator(".passages li").first).to_contain_text("Bonjour à tous et à toutes")
    host.page.reload()
    host.button("transcript.edit.start").click()


def a_voice_is_named_and_a_line_hidden(host: Visitor) -> None:
    voice = host.text("transcript.voice", name="Salle 2", voice="1")
    dialog = opened(host, voice, "0:09")
    host.field("transcript.edit.voice").fill("Mme Martin")
    host.button("transcript.edit.name").click()
    expect(host.page.locator(".passages li").last).to_contain_text("Mme Martin")
    host.field("transcript.edit.reason").fill("Privé")
    looked_at(host)
    host.button("transcript.edit.hide").click()
    host.shows("transcript.edit.isHidden")
    expect(dialog).to_contain_text("Privé")
    looked_at(host)
    host.page.keyboard.press("Escape")
    expect(host.page.locator(".passages li").last).to_contain_text(host.text("transcript.hidden"))
    looked_at(host)
    host.button("transcript.edit.stop").click()


def files_have_it_so(host: Visitor) -> None:
    taken = {}
    for form in ("docx", "json"):
        host.button("transcript.download").click()
        with host.page.expect_download() as download:
            host.page.get_by_role("menuitem", name=host.text(f"transcript.formats.{form}")).click()
        taken[form] = Path(download.value.path())
        assert download.value.suggested_filename == f"2023-11-14-weekly.{form}"
    (passage,) = json.loads(taken["json"].read_text())["passages"]
    assert (passage["text"], passage["speaker"]) == ("Bonjour à tous et à toutes", "Rene")
    text = "\n".join(one.text for one in docx.Document(str(taken["docx"])).paragraphs)
    assert "Bonjour à tous et à toutes" in text
    assert "Moi aussi" not in text
    host.button("transcript.copy").click()
    expect(host.button("common.copied")).to_be_visible()
    assert "Bonjour à tous et à toutes" in host.page.evaluate("navigator.clipboard.readText()")


def it_is_shared(host: Visitor, reader: Visitor, record: Record) -> None:
    host.button("transcript.share.open").click()
    host.shows("transcript.share.nobody")
    looked_at(host)
    host.field("transcript.share.email").fill(record.address)
    host.button("transcript.share.add").click()
    expect(host.page.locator(".member-list")).to_contain_text("Stella")
    host.page.get_by_role("switch").press("Space")
    expect(host.page.get_by_role("switch")).not_to_be_checked()
    looked_at(host)
    host.page.keyboard.press("Escape")
    reader.page.reload()
    reader.shows("transcript.partial.title")
    expect(reader.page.locator(".passages")).not_to_contain_text("Mme Martin")
    looked_at(reader)


@pytest.mark.long
def test_two_hours_are_open_in_less_than_a_second(visit: Visit, run: Run, archive: Archive) -> None:
    """2,500 passages: from the click until the first are shown; and the browser's own search finds
    the last of them."""
    record = run(archive.record(lines=2_498))
    person = visit("en")
    person.page.add_init_script(_WATCH)
    enters(person, record.reader)
    times = [opening(person) for _ in range(3)]
    assert person.page.evaluate("find('Passage 2497')")
    assert min(first for first, _ in times) < 1_000, times
    assert min(every for _, every in times) < 2_000, times


def opening(person: Visitor) -> tuple[float, float]:
    """Milliseconds until the first passages are shown, and until all are."""
    person.go("/meetings")
    person.page.get_by_role("link").filter(has_text="Weekly").click()
    person.page.wait_for_function("() => window.seen.every")
    times = person.page.evaluate("window.seen")
    return float(times["first"]), float(times["every"])


_WATCH = """
window.seen = {};
addEventListener("click", () => {
  const clicked = performance.now();
  (function look() {
    const count = document.querySelectorAll(".passages > li").length;
    const now = performance.now() - clicked;
    if (count > 0) window.seen.first ??= now;
    if (count === 2500) window.seen.every = now;
    else requestAnimationFrame(look);
  })();
}, { capture: true, once: true });
"""
