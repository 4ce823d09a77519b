"""Two people speak French, one English, and two share a room's microphone; then they read it."""

from itertools import permutations
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect, sync_playwright

from tests import office
from tests.databases import open_folder
from tests.smoke import voices
from tests.smoke.bots import Bots, Guest
from tests.smoke.camera import camera
from tests.smoke.meeting import HOST, READY
from tests.smoke.people import Person, text
from tests.smoke.score import score
from tests.smoke.server import TREE, running_server
from tests.wer import normalise

FRENCH, ENGLISH, ROOM = "Camille", "Elinor", "Salle Horizon"
NAMED = "Mme Martin"


@pytest.mark.slow
@pytest.mark.long  # as long as people talk
@pytest.mark.browser
@pytest.mark.speech
@pytest.mark.one_database
def test_what_two_languages_and_a_shared_microphone_said_is_read_found_and_taken_away(
    dialect: str,
) -> None:
    with (
        open_folder() as folder,
        running_server(folder, dialect) as (server, _),
        sync_playwright() as playwright,
    ):
        line, callers = voices.telephone(folder, TREE / ".venv-speech")
        said = {HOST: voices.announcer(folder), FRENCH: voices.operator(folder)}
        said[ENGLISH] = voices.reader(folder)
        host = Person(playwright, server.url, said[HOST].microphone, camera(folder))
        host.sign_in("admin@localhost", server.password)
        host.wait_for(lambda: host.get("/config")["transcription"]["state"] == "ready", READY)
        slug = host.make_room("Conseil")
        host.join(slug)
        guests = [Guest.speaking(name, said[name]) for name in (FRENCH, ENGLISH)]
        with Bots(server.url, slug, [*guests, Guest.speaking(ROOM, line, people=2)]) as bots:
            host.start_transcription()
            host.consent()
            bots.do("agree")
            host.watch_captions()
            host.unmute()
            bots.begin("speak")
            captions_come_from(host, {HOST, FRENCH, ENGLISH, ROOM})
            bots.line("done: speak", timeout=120)
            bots.do("leave")
        read_the_transcript(host)
        names_are_right(host, {name: voice.words for name, voice in said.items()})
        voices_are_told_apart(host, list(callers.values()))
        name_a_voice(host)
        file = downloaded(host, folder)
        words_are_found(host)
        host.close()
        written = set(normalise(office.read(file)))
    assert {"priorité", "représentant", "leisure", *normalise(NAMED)} <= written


def captions_come_from(host: Person, names: set[str]) -> None:
    """Wait until everybody's name, and no other, has stood over the pictures."""
    host.wait_for(lambda: host.captioned() >= names, _TALK)
    assert host.captioned() == names


def read_the_transcript(host: Person) -> None:
    """From the page that the meeting ends on, once all of it is there."""
    host.leave()
    host.page.get_by_role("link", name=text("ended.transcript")).click()
    expect(host.page.locator(".passages")).to_be_visible(timeout=_FINAL)
    expect(host.page.get_by_text(f"{ROOM}, voix 2").first).to_be_attached(timeout=_FINAL)
    expect(host.page.get_by_text(text("meetings.pending"))).to_have_count(0)


def passages(host: Person) -> list[tuple[str, str]]:
    """Names and words as the page has them, also those that it does not paint yet."""
    shown: list[tuple[str, str]] = host.page.locator(".passages > li").evaluate_all(_READ)
    return [(name, words) for name, words in shown]


def names_are_right(host: Person, said: dict[str, str]) -> None:
    written = {name: by_name(host, name) for name in said}
    found = score(said, written)
    assert found.right_name >= 0.95, (found, written)
    assert found.wer <= 0.3, (found, written)


def by_name(host: Person, name: str) -> str:
    return " ".join(words for by, words in passages(host) if by == name)


def voices_are_told_apart(host: Person, texts: list[str]) -> None:
    """Which voice is whose is not known: the better of the two ways."""
    names = [f"{ROOM}, {voice}" for voice in ("voix 1", "voix 2")]
    assert {by for by, _ in passages(host) if by.startswith(ROOM)} == set(names)
    written = {name: by_name(host, name) for name in names}
    ways = (dict(zip(names, way, strict=True)) for way in permutations(texts))
    assert max(score(way, written).right_name for way in ways) >= 0.8, written


def name_a_voice(host: Person) -> None:
    host.button("transcript.edit.start").click()
    line = host.page.locator(".passages > li").filter(has_text=f"{ROOM}, voix 1").first
    line.get_by_role("button").click()
    host.page.get_by_label(text("transcript.edit.voice"), exact=True).fill(NAMED)
    host.button("transcript.edit.name").click()
    expect(host.page.locator(".passages strong").filter(has_text=NAMED).first).to_be_attached()
    host.page.keyboard.press("Escape")
    host.button("transcript.edit.stop").click()


def downloaded(host: Person, folder: Path) -> Path:
    """The transcript as a file for a word processor."""
    host.button("transcript.download").click()
    with host.page.expect_download() as download:
        host.page.get_by_role("menuitem", name=text("transcript.formats.docx")).click()
    file = folder / "conseil.docx"
    download.value.save_as(file)
    return file


def words_are_found(host: Person) -> None:
    """In any of their forms, with who said them."""
    longest = max(normalise(by_name(host, NAMED)), key=len)
    for words, name in (("représentante", FRENCH), ("considering", ENGLISH), (longest, NAMED)):
        expect(search(host, words).filter(has_text=name).first).to_be_visible()


def search(host: Person, words: str) -> Locator:
    host.page.goto("/meetings")
    field = host.page.get_by_label(text("search.label"), exact=True)
    field.fill(words)
    field.press("Enter")
    return host.page.locator(".found-passage")


_READ = """(passages) => passages.map((one) =>
  [one.querySelector("strong").textContent, one.querySelector("p").textContent])"""
# Seconds, on a machine that is slow to write down what four say at once.
_TALK = 180.0
# Milliseconds for the words that wait, and for the voices.
_FINAL = 300_000.0
