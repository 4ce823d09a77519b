"""`kill -9` of the server while somebody speaks: the next one writes down what was acknowledged."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from tests.browser.server import running_server
from tests.databases import open_folder, outside_the_loop
from tests.processes import free_ports
from tests.smoke import voices
from tests.smoke.bots import Bots, Guest
from tests.smoke.camera import camera
from tests.smoke.meeting import FIRST_WORDS, READY
from tests.smoke.people import Person
from tests.smoke.server import TREE, fresh_database
from tests.wer import align, normalise
from visio.store.database import Database
from visio.store.models import Talkspurt

HOST, SPEAKER = "host@example.org", "Elinor"


@pytest.mark.slow
@pytest.mark.long  # as long as somebody talks
@pytest.mark.browser
@pytest.mark.speech
@pytest.mark.one_database
def test_what_a_killed_server_acknowledged_is_written_down_once(dialect: str) -> None:
    port, media_port = free_ports(2)
    with (
        open_folder() as folder,
        fresh_database(folder, dialect) as url,
        sync_playwright() as playwright,
    ):
        data = folder / "data"
        serving = partial(
            running_server,
            data,
            url,
            ports=(port, media_port),
            VISIO_WORKER="true",
            VISIO_WORKER_PYTHON=str(TREE / ".venv-speech/bin/python"),
        )
        voice = voices.reader(folder)
        with serving() as server:
            host = Person(playwright, server.url, voice.microphone, camera(folder))
            host.sign_in(HOST, server.add_account(HOST, "Camille"))
            host.wait_for(lambda: is_ready(host), READY)
            slug = host.make_room("Conseil")
            host.join(slug)
            with Bots(server.url, slug, [Guest.speaking(SPEAKER, voice)]) as bots:
                host.start_transcription()
                host.consent()
                bots.do("agree")
                bots.begin("speak")
                host.wait_for(lambda: host.passages() > 0, FIRST_WORDS)
                server.process.kill()
                server.process.wait()
                host.page.goto("about:blank")  # it would go on with the meeting
        acknowledged = outside_the_loop(written(url)) | spooled(data / "spool")
        with serving():
            (meeting,) = host.get("/meetings")["meetings"]
            path = f"/meetings/{meeting['id']}"
            host.wait_for(lambda: bool(host.get(path)["final"]), READY)
            lines = host.get(path)["utterances"]
            host.close()
        assert outside_the_loop(written(url)) == acknowledged
    assert acknowledged
    words_are_there_once(lines, voice.words)


def is_ready(host: Person) -> bool:
    return bool(host.get("/config")["transcription"]["state"] == "ready")


def words_are_there_once(lines: list[dict[str, Any]], said: str) -> None:
    """The beginning of what was said, under the right name, without a word more."""
    assert {line["name"] for line in lines} == {SPEAKER}
    found = normalise(" ".join(line["text"] for line in lines))
    pairs = align(normalise(said), found)
    assert sum(one == other for one, other in pairs) >= 0.85 * len(found)
    assert sum(one is None for one, _ in pairs) <= 2, found


async def written(database_url: str) -> set[tuple[str, int]]:
    """The talkspurts in the database: their ids, and when they began."""
    database = await Database.open(database_url)
    async with database.transaction() as session:
        rows = await session.execute(select(Talkspurt.id, Talkspurt.started_at))
        found = {(name, at) for name, at in rows}
    await database.close()
    return found


def spooled(folder: Path) -> set[tuple[str, int]]:
    """Those that wait on the disk."""
    heads = [file.read_bytes().partition(b"\n")[0] for file in folder.glob("*.talkspurt")]
    return {(head["id"], head["started_at"]) for head in map(json.loads, heads)}
