"""What an administration's service holds after weeks: people, rooms, meetings, a transcript."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import select

from tests.browser.server import Server
from tests.store import samples
from tests.store.samples import Sitting
from visio.auth import passwords, sessions
from visio.config import load, read_master_key
from visio.store import meetings, participants, rooms
from visio.store.consents import Answer, record
from visio.store.database import Database
from visio.store.minutes import sealed
from visio.store.models import Account, Entity, Meeting, MeetingMinutes, Room, wall_clock
from visio.store.sealing import Keyring

HOST = "Camille Martin"
STAFF = ("Nadia Benali", "Julien Lefèvre", "Sophie Moreau", "Thomas Girard", "Amina Diallo")
ZONE = "Europe/Paris"
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@dataclass(frozen=True)
class Town:
    """`host` and `root` are tokens of sessions, the rest are slugs and the id of a meeting."""

    host: str
    root: str
    council: str
    planning: str
    closed: str
    meeting: str


def found(server: Server) -> Town:
    """Fill the server's database."""
    keyring = _keyring(server)

    async def fill(database: Database) -> Town:
        host, root, *staff = await _people(database)
        places = {title: await _room(database, host, title, *more) for title, *more in ROOMS}
        for past in PAST:
            await _held(database, keyring, places[past.title], [host, *staff], past)
        meeting = await _held(
            database, keyring, places[TRANSCRIBED.title], [host, *staff], TRANSCRIBED
        )
        tokens = [
            await sessions.open_session(database, who.id, wall_clock(), strong=True)
            for who in (host, root)
        ]
        council, planning, closed = (places[title].slug for title, *_ in ROOMS[:3])
        return Town(tokens[0], tokens[1], council, planning, closed, meeting)

    return server.do(fill)


def say(server: Server, slug: str) -> None:
    """Put words into the meeting that runs in a room, as the speech worker would."""
    keyring = _keyring(server)

    async def write(database: Database) -> None:
        running = select(Meeting).join(Room).where(Room.slug == slug, Meeting.ended_at.is_(None))
        async with database.transaction() as session:
            meeting = (await session.scalars(running)).one()
            stays = await participants.of_meeting(session, meeting.id)
        key = keyring.unwrap(meeting.wrapped_key)
        for number, (who, text) in enumerate(_WORDS["said"][:6]):
            sitting = Sitting(meeting, stays[who % len(stays)], key)
            await samples.said(database, sitting, text, started_at=8_000 * number)

    server.do(write)


def plan(browser: Browser, server: Server, town: Town) -> None:
    """Meetings for later, and what the law wants below every page."""
    host, root = (_signed_in(browser, server, token) for token in (town.host, town.root))
    for meeting in _upcoming(town.council):
        assert host.request.post("/api/v1/scheduled-meetings", data=meeting).ok
    assert root.request.put("/api/v1/branding", data=_WORDS["look"]).ok
    host.close()
    root.close()


def _signed_in(browser: Browser, server: Server, token: str) -> BrowserContext:
    headers = {"Origin": server.url, "Cookie": f"visio_session={token}"}
    return browser.new_context(base_url=server.url, extra_http_headers=headers)


def _upcoming(room: str) -> list[dict[str, object]]:
    """As the API takes them; the first two in that room."""
    day = datetime.now(ZoneInfo(ZONE)).replace(hour=9, minute=30, second=0, microsecond=0)
    plans = [
        ("Comité de direction", 1, 60, room, {"frequency": "weekly"}),
        ("Préparation du conseil municipal", 2, 45, room, None),
        ("Commission d’urbanisme : rue des Tanneurs", 6, 90, None, None),
    ]
    return [
        {
            "title": title,
            "agenda": "1. Budget 2027\n2. Travaux de l’école\n3. Questions diverses",
            "zone": ZONE,
            "begins": f"{day + timedelta(days=days):%Y-%m-%dT%H:%M}",
            "ends": f"{day + timedelta(days=days, minutes=length):%Y-%m-%dT%H:%M}",
            "recurrence": repeats,
            "invitees": ["nadia.benali@ville-exemple.fr", "j.lefevre@ville-exemple.fr"],
            **({"room": place} if place else {}),
        }
        for title, days, length, place, repeats in plans
    ]


def _keyring(server: Server) -> Keyring:
    folder = Path(server.settings["VISIO_DATA_DIR"])
    return Keyring(read_master_key(load(options={"demo": True, "data_dir": folder})))


async def _people(database: Database) -> list[Account]:
    """The host, an administrator of the instance, and the staff."""
    town = Entity(name="Ville d’Exemple", identifier="21350000100018")
    offices = [town, Entity(name="Préfecture d’Exemple"), Entity(name="Agence de l’eau")]
    known = await passwords.hashed(passwords.one_time())
    people = [
        Account(email=_address(name), name=name, password_hash=known)
        for name in (HOST, "Rose Lambert", *STAFF)
    ]
    people[1].administrator = True
    async with database.transaction() as session:
        session.add_all(offices)
        await session.flush()
        for number, one in enumerate(people):
            one.entity_id = offices[number // 4].id
            one.seen_at = wall_clock() - number * DAY
        session.add_all(people)
    return people


def _address(name: str) -> str:
    letters = name.lower().replace("è", "e").replace(" ", ".")
    return f"{letters}@ville-exemple.fr"


async def _room(database: Database, owner: Account, title: str, slug: str, access: str) -> Room:
    async with database.transaction() as session:
        return await rooms.add(
            session,
            Room(slug=slug, title=title, access=access, owner_id=owner.id, chat_kept=True),
        )


async def _held(
    database: Database, keyring: Keyring, place: Room, people: Sequence[Account], past: "_Past"
) -> str:
    """A meeting that is over; its id."""
    ended = wall_clock() - past.ago * DAY
    started = ended - past.length * MINUTE
    key, wrapped = keyring.new_meeting_key()
    async with database.transaction() as session:
        meeting = await meetings.start(session, place.id, f"RM_{past.ago}", started, wrapped)
        stays = [
            await participants.joined(
                session,
                meeting.id,
                who.id,
                f"PA_{past.ago}_{number}",
                account_id=who.id,
                name=who.name,
                now=started + number * 40_000,
                kind="account",
            )
            for number, who in enumerate(people)
        ]
        for number, stay in enumerate(stays):
            await record(session, stay.id, Answer("transcription", True, "2026-11", "fr"), started)
            await participants.left(session, stay.id, ended, spoken=(9 - number) * 50_000)
        await meetings.end(session, meeting.id, ended)
    sittings = [Sitting(meeting, stay, key) for stay in stays]
    for number, (who, text) in enumerate(past.said):
        await samples.said(database, sittings[who], text, started_at=25_000 * (number + 1))
    if past.said:
        await _minutes(database, sittings[0])
    return meeting.id


async def _minutes(database: Database, sitting: Sitting) -> None:
    text = sealed(sitting.meeting.id, json.dumps(_WORDS["minutes"]), sitting.key)
    written = MeetingMinutes(
        meeting_id=sitting.meeting.id,
        state="done",
        text=text,
        language="fr",
        model="mistral-small",
        written_at=wall_clock(),
    )
    async with database.transaction() as session:
        await session.get_one(Meeting, sitting.meeting.id)
        session.add(written)


ROOMS = [
    ("Comité de direction", "comite-de-direction", "public"),
    ("Commission d’urbanisme", "urbanisme", "public"),
    ("Entretiens de recrutement", "entretiens", "restricted"),
    ("Cellule sécheresse", "cellule-secheresse", "trusted"),
    ("Point d’équipe du lundi", "point-du-lundi", "restricted"),
]
_WORDS = json.loads((Path(__file__).parent / "words.json").read_text())


@dataclass(frozen=True)
class _Past:
    """A meeting that ended `ago` days ago, after `length` minutes."""

    title: str
    ago: int
    length: int
    said: Sequence[tuple[int, str]] = ()


PAST = [
    _Past("Cellule sécheresse", 12, 41),
    _Past("Commission d’urbanisme", 6, 95),
    _Past("Point d’équipe du lundi", 3, 28),
]
TRANSCRIBED = _Past("Comité de direction", 1, 62, _WORDS["said"])
