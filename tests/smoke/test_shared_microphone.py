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
        host.show_captions()
        host.unmute()
        beside_captions_the_link_is_seen(host)
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


def beside_captions_the_link_is_seen(host: Person) -> None:
    """Who is alone is shown the link to send to others, also while they speak."""
    host.page.wait_for_function(_CAPTION_ABOVE_LINK, timeout=_FIRST_CAPTION)


_CAPTION_ABOVE_LINK = """() => {
  const caption = document.querySelector(".captions p")?.getBoundingClientRect();
  const link = document.querySelector(".alone")?.getBoundingClientRect();
  return caption && link && caption.bottom <= link.top && link.bottom <= innerHeight;
}"""
# Milliseconds, on a machine that is slow to write down what is said.
_FIRST_CAPTION = 60_000.0
