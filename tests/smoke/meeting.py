"""Two people meet for half a minute while the server is mistreated, then read who said what."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from sqlalchemy import func, select

from tests.databases import outside_the_loop
from tests.smoke import voices
from tests.smoke.camera import camera
from tests.smoke.people import Person
from tests.smoke.score import Score, score
from tests.smoke.server import Server, running_server
from tests.smoke.voices import Voice
from visio.store.database import Database
from visio.store.models import Talkspurt

HOST, GUEST = "Administrator", "Camille"
READY = 300.0
"""Seconds the worker may take to load its models, on a machine that does other things too."""
FIRST_WORDS = 60.0
"""Seconds after the last word until the panel shows one, of a worker that had to begin anew."""


@dataclass(frozen=True)
class Result:
    """What a meeting came to; the fields are the keys of the smoke test's JSON."""

    joined_ms: int
    first_frame_ms: int
    fps: float
    fps_stalled: float
    audio_ok: bool
    utterances: int
    right_name: float
    wer: float
    db: str

    @property
    def failures(self) -> list[str]:
        """The bounds that do not hold."""
        bounds = {
            "fps ≥ 15": self.fps >= 15,
            "fps_stalled ≥ 15": self.fps_stalled >= 15,
            "both heard the other": self.audio_ok,
            "right_name ≥ 0.95": self.right_name >= 0.95,
            "wer ≤ 0.15": self.wer <= 0.15,
        }
        return [bound for bound, holds in bounds.items() if not holds]


@dataclass(frozen=True)
class Call:
    """What both browsers received while people talked: always the worse of the two."""

    fps: float
    fps_stalled: float
    audio_ok: bool


def meet(folder: Path, database: str) -> Result:
    """Hold the meeting on a fresh server with that kind of database."""
    said = recorded(folder)
    with (
        running_server(folder, database) as (server, database_url),
        two_people(server.url, said, camera(folder)) as (host, guest),
    ):
        host.sign_in("admin@localhost", server.password)
        joined, seen = gather(host, guest)
        call = talk(server, database_url, (host, guest), max(one.seconds for one in said.values()))
        meeting = transcript(host, guest)
    words = compared(said, meeting)
    return Result(
        joined_ms=round(joined),
        first_frame_ms=round(seen),
        fps=round(call.fps, 1),
        fps_stalled=round(call.fps_stalled, 1),
        audio_ok=call.audio_ok,
        utterances=len(meeting["utterances"]),
        right_name=round(words.right_name, 3),
        wer=round(words.wer, 3),
        db=database,
    )


def recorded(folder: Path) -> dict[str, Voice]:
    """What each of the two says."""
    return {HOST: voices.reader(folder), GUEST: voices.player(folder)}


def gather(host: Person, guest: Person) -> tuple[float, float]:
    """Both into a room and transcribed, once the worker is ready; the guest's `first_frame()`."""
    host.wait_for(lambda: host.get("/config")["transcription"]["state"] == "ready", READY)
    slug = host.make_room("Smoke")
    host.join(slug)
    guest.join(slug, GUEST)
    arrival = guest.first_frame()
    host.first_frame()
    host.start_transcription()
    host.consent()
    guest.consent()
    return arrival


def compared(said: Mapping[str, Voice], meeting: Any) -> Score:
    """What each said with what the transcript has under their names."""
    words = {name: voice.words for name, voice in said.items()}
    return score(words, _texts(meeting["utterances"], said))


@contextmanager
def two_people(
    url: str, said: Mapping[str, Voice], picture: Path, *arguments: str
) -> Iterator[tuple[Person, Person]]:
    """Two browsers, each with its voice for a microphone, and started with these `arguments`."""
    with sync_playwright() as playwright:
        host, guest = (
            Person(playwright, url, voice.microphone, picture, *arguments)
            for voice in said.values()
        )
        yield host, guest
        host.close()
        guest.close()


def talk(server: Server, database_url: str, people: tuple[Person, Person], seconds: float) -> Call:
    """Both speak at once; in the middle the event loop stands still and the worker is killed."""
    for person in people:
        person.unmute()
    started = time.time()
    people[0].spend(_BEFORE_STALL)
    stalled, resumed = server.stall()
    outside_the_loop(_talkspurt_is_claimed(database_url))
    server.kill_worker()
    people[0].spend(max(0.0, started + seconds - time.time()))
    ended = time.time()
    return Call(
        fps=min(
            person.received(*window).fps
            for person in people
            for window in ((started, stalled), (resumed, ended))
        ),
        fps_stalled=min(person.received(stalled, resumed).fps for person in people),
        audio_ok=all(person.received(started, ended).voice for person in people),
    )


def transcript(host: Person, guest: Person) -> Any:
    """The meeting with its utterances, once all that was said has become words."""
    # While the meeting runs; a worker that began anew takes a while on a busy machine.
    host.wait_for(lambda: host.passages() > 0, FIRST_WORDS)
    guest.leave()
    return final(host)


def final(host: Person) -> Any:
    """The meeting that the last one leaves, once its transcript is final."""
    host.leave()
    meeting = host.get("/meetings")["meetings"][0]["id"]
    host.wait_for(lambda: bool(host.get(f"/meetings/{meeting}")["final"]), _TRANSCRIBED)
    complete = host.get(f"/meetings/{meeting}")
    assert complete["pending"] == 0
    return complete


def _texts(utterances: list[dict[str, Any]], said: Mapping[str, Voice]) -> dict[str, str]:
    """What each is said to have said, in order."""
    return {
        name: " ".join(one["text"] for one in utterances if one["name"] == name) for name in said
    }


async def _talkspurt_is_claimed(database_url: str) -> None:
    """Return while the worker has one in hand: that is when it hurts most to be killed."""
    database = await Database.open(database_url)
    claimed = select(func.count()).where(Talkspurt.state == "claimed")
    try:
        async with asyncio.timeout(_CLAIMED):
            while True:
                async with database.transaction() as session:
                    if await session.scalar(claimed):
                        return
                await asyncio.sleep(_LOOK)
    finally:
        await database.close()


_CLAIMED = 15.0
_TRANSCRIBED = 240.0
_LOOK = 0.02
_BEFORE_STALL = 10.0
