"""What the drill of a host does and compares; the drill itself is `make ops ONLY=host`."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.ops.host import RESTORE, rows
from tests.smoke.server import TREE


def test_restore_is_what_an_operator_is_told() -> None:
    assert RESTORE in (TREE / "docs/operate.md").read_text()


def test_rows_are_the_same_until_one_is_not(tmp_path: Path) -> None:
    """The audit goes on, and is compared by its chain."""
    file = tmp_path / "visio.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE room (title TEXT)")
        database.execute("CREATE TABLE audit (number INTEGER)")
        database.executemany("INSERT INTO room VALUES (?)", [("a",), ("b",)])
        database.commit()
        before = rows(file)
        database.execute("INSERT INTO audit VALUES (1)")
        database.commit()
        assert rows(file) == before
        database.execute("UPDATE room SET title = 'c' WHERE title = 'b'")
        database.commit()
        assert rows(file)["room"][0] == before["room"][0] == 2
        assert rows(file) != before
