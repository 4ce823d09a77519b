"""Somebody refuses to be transcribed, somebody takes their yes back: what is left of them."""

import time

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from tests.databases import open_folder, outside_the_loop
from tests.smoke import voices
from tests.smoke.bots import Bots, Guest
from tests.smoke.camera import camera
from tests.smoke.meeting import final
from tests.smoke.people import Person
from tests.smoke.server import running_server
from visio.store.database import Database
from visio.store.models import Meeting, Participant, Talkspurt

WITHDRAWS, REFUSES = "Camille", "Elinor"


@pytest.mark.slow
@pytest.mark.long  # as long as people talk
@pytest.mark.browser
@pytest.mark.speech
@pytest.mark.one_database
def test_of_who_refuses_nothing_is_kept_and_of_who_withdraws_nothing_a_second_later(
    dialect: str,
) -> None:
    """Neither their sound nor their words, in the database, the transcript and the captions."""
    with (
        open_folder() as folder,
        running_server(folder, dialect) as (server, database_url),
        sync_playwright() as playwright,
    ):
        host = Person(playwright, server.url, voices.player(folder).microphone, camera(folder))
        host.sign_in("admin@localhost", server.password)
        slug = host.make_room("Conseil")
        host.join(slug)
        talkers = {WITHDRAWS: voices.operator(folder), REFUSES: voices.reader(folder)}
        camille, elinor = (
            Bots(server.url, slug, [Guest.speaking(*talker)]) for talker in talkers.items()
        )
        with camille, elinor:
            host.start_transcription()
            host.consent()
            host.watch_captions()
            camille.do("agree")
            elinor.do("refuse")
            camille.begin("speak")
            elinor.begin("speak")
            for name in talkers:
                host.page.locator(".tile.speaking").filter(has_text=name).wait_for()
            camille.do("refuse")
            withdrawn = time.time()
            for bots in (camille, elinor):
                bots.line("done: speak", timeout=60)
                bots.do("leave")
        assert time.time() - withdrawn > _MUCH
        meeting = final(host)
        assert {one["name"] for one in meeting["utterances"]} <= {WITHDRAWS}
        assert host.captioned() <= {WITHDRAWS}
        host.close()
        ends = outside_the_loop(heard(database_url))
    assert ends.keys() == {WITHDRAWS}
    assert ends[WITHDRAWS] <= withdrawn + 1


async def heard(database_url: str) -> dict[str, float]:
    """Of whom sound was kept, and when the last of it was made, in seconds since 1970 UTC."""
    database = await Database.open(database_url)
    end = Meeting.started_at + Talkspurt.started_at + Talkspurt.duration
    query = (
        select(Participant.name, end)
        .join(Talkspurt, Talkspurt.participant_id == Participant.id)
        .join(Meeting, Meeting.id == Talkspurt.meeting_id)
        .order_by(end)
    )
    async with database.transaction() as session:
        ends = {name: at / 1000 for name, at in await session.execute(query)}
    await database.close()
    return ends


# Seconds that are said after the withdrawal, for the test to mean something.
_MUCH = 5.0
