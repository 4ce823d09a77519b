import base64
import json
import secrets
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.store import samples
from tests.store.samples import Sitting
from tests.test_cli_people import append, file, no_settings_of_the_caller, run
from visio.config import load, read_master_key
from visio.errors import VisioError
from visio.store import audit, meetings
from visio.store.acts import Act
from visio.store.audit import Author, Deed, Wanted
from visio.store.database import Database
from visio.store.models import AuditEntry, Meeting
from visio.store.sealing import Keyring

__all__ = ["file", "no_settings_of_the_caller"]

pytestmark = pytest.mark.one_database


async def met(database: Database, file: Path) -> Sitting:
    """A meeting of Ada's, long ago, in which she said something."""
    key = file.with_name("master.key")
    key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    append(file, {"master_key_file": str(key)})
    keyring = Keyring(read_master_key(load(file)))
    ada = await samples.account(database)
    place = await samples.room(database, ada)
    sitting = await samples.sitting(database, place, ada, keyring=keyring)
    async with database.transaction() as session:
        session.add(samples.utterance(sitting, "Bonjour à tous"))
        await meetings.end(session, sitting.meeting.id, samples.NOW)
        await audit.append(session, Author("account", ada.id), Deed(Act.ENDED))
    return sitting


async def newest(database: Database) -> AuditEntry:
    async with database.transaction() as session:
        return (await audit.page(session, Wanted(), before=None, limit=1))[0]


async def test_what_is_stored_is_shown_and_exported(file: Path, database: Database) -> None:
    sitting = await met(database, file)
    shown = await run("admin", "person", "show", "Ada@example.org", "--config", file)
    assert "utterance\t1\n" in shown.output
    row = await newest(database)
    assert (row.act, row.object) == (Act.PERSON_SHOWN, sitting.participant.account_id)
    exported = await run("admin", "person", "export", "ada@example.org", "--config", file)
    found = json.loads(exported.output)
    assert found["said"][0]["text"] == "Bonjour à tous"
    assert found["stored"]["account"][0]["name"] == "Ada"
    assert [one["act"] for one in found["audit"]] == [
        Act.ENDED,
        Act.PERSON_SHOWN,
        Act.PERSON_EXPORTED,
    ]
    nobody = await run("admin", "person", "show", "eve@example.org", "--config", file)
    assert isinstance(nobody.exception, VisioError)


async def test_erasing_asks_first_and_prints_its_proof(file: Path, database: Database) -> None:
    await met(database, file)
    asked = await run("admin", "person", "erase", "ada@example.org", "--config", file)
    assert asked.exit_code == 1
    assert (await newest(database)).act == Act.ENDED
    erased = await run("admin", "person", "erase", "ada@example.org", "--yes", "--config", file)
    proof, row = json.loads(erased.output), await newest(database)
    assert proof == audit.shown(row)
    assert row.act == Act.PERSON_ERASED
    assert json.loads(row.detail) == {
        "rows": {"account": 1, "account_word": 4, "participant": 1, "room": 1, "room_member": 1},
        "words": False,
    }
    again = await run("admin", "person", "erase", "ada@example.org", "--yes", "--config", file)
    assert isinstance(again.exception, VisioError)
    verified = await run("admin", "audit", "verify", "--config", file)
    assert verified.exit_code == 0


async def test_a_guest_is_erased_by_identity(file: Path, database: Database) -> None:
    await met(database, file)
    eve = await samples.account(database, "eve@example.org")
    await samples.sitting(
        database, await samples.room(database, eve, "eves-room"), identity="p-guest"
    )
    erased = await run("admin", "person", "erase", "p-guest", "--yes", "--config", file)
    assert json.loads(erased.output)["object"] == "p-guest"


async def test_a_held_meeting_outlives_its_time(file: Path, database: Database) -> None:
    meeting = (await met(database, file)).meeting.id
    unknown = await run("admin", "meeting", "hold", "unknown", "--config", file)
    assert isinstance(unknown.exception, VisioError)
    await run("admin", "meeting", "hold", meeting, "--config", file)
    assert (await newest(database)).act == Act.MEETING_HELD
    purged = await run("admin", "meeting", "purge", "--config", file)
    assert purged.output == "0 meetings deleted.\n"
    await run("admin", "meeting", "release", meeting, "--config", file)
    assert (await newest(database)).act == Act.MEETING_RELEASED
    purged = await run("admin", "meeting", "purge", "--config", file)
    assert purged.output == "1 meetings deleted.\n"
    row = await newest(database)
    assert (row.act, row.object, row.author_kind) == (Act.MEETING_DELETED, meeting, "command")
    async with database.transaction() as session:
        assert await session.scalar(select(Meeting.id)) is None
