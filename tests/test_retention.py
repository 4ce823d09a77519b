from pathlib import Path

import pytest

from tests.callers import make_config
from tests.store.samples import NOW
from tests.store.test_retention import DAY, count, held
from visio.retention import Retention
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import SERVER, Deed
from visio.store.database import Database

pytestmark = pytest.mark.one_database


async def test_servers_delete_what_the_settings_say(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(database_url, tmp_path, retention_days=3, audit_days=5)
    await held(database)
    with monkeypatch.context() as patch:
        patch.setattr(audit, "wall_clock", lambda: NOW)
        async with database.transaction() as session:
            await audit.append(session, SERVER, Deed(Act.ENDED))
    for days, meetings, purged in ((3, 1, 0), (4, 0, 0), (6, 0, 1)):
        await Retention(config, database, lambda at=NOW + days * DAY: at).purge()
        assert await count(database, "meeting") == meetings
        rows = [row async for some in audit.read(database, audit.Wanted()) for row in some]
        assert (rows[0].number > 1) == bool(purged)
    assert (await audit.verify(database)).faults == []
