from itertools import permutations

import pytest
from playwright.sync_api import sync_playwright

from tests.databases import open_folder
from tests.smoke.camera import camera
from tests.smoke.meeting import READY, final
from tests.smoke.people import Person
from tests.smoke.score import score
from tests.smoke.server import TREE, running_server
from tests.smoke.voices import telephone


@pytest.mark.slow
@pytest.mark.long  # as long as people talk
@pytest.mark.browser
@pytest.mark.speech
@pytest.mark.one_database
def test_people_at_one_microphone_are_told_apart(dialect: str) -> None:
    with (
        open_folder() as folder,
        running_server(folder, dialect) as (server, _),
        sync_playwright() as playwright,
    ):
        voice, said = telephone(folder, TREE / ".venv-speech")
        host = Person(playwright, server.url, voice.microphone, camera(folder))
        host.sign_in("admin@localhost", server.password)
        host.wait_for(lambda: host.get("/config")["transcription"]["state"] == "ready", READY)
        host.join(host.make_room("Téléphone"), shared=True)
        host.start_transcription()
        host.consent()
        host.unmute()
        host.spend(voice.seconds)
        meeting = final(host)
        host.close()
    written: dict[str, str] = {}
    for one in meeting["utterances"]:
        written[one["voice"]] = f"{written.get(one['voice'], '')} {one['text']}"
    assert written.keys() == {"S1", "S2"}
    # Which voice is whose is not known: the better of the two ways.
    assert (
        max(
            score(dict(zip(written, texts, strict=True)), written).right_name
            for texts in permutations(said.values())
        )
        >= 0.8
    )
