"""Rooms that are found and sorted by title, and handed over; why meetings are held; indexes of
what the console's lists are sorted by."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INDEXES = (
    ("room", ("sort_title", "id")),
    ("room", ("created_at", "id")),
    ("meeting", ("room_id", "started_at")),
    ("meeting", ("started_at", "id")),
    ("audit", ("act", "number")),
)


def upgrade() -> None:
    for name, kind, default in (
        ("sort_title", sa.String(length=400), ""),
        ("handed_over_at", sa.BigInteger(), "0"),
    ):
        column: sa.Column[object] = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("room", column)
    _fill_sort_title()
    # With its CHECK in one sentence, which both databases understand: SQLite adds none later.
    op.execute(
        "ALTER TABLE meeting ADD COLUMN held_for VARCHAR(16) CONSTRAINT ck_meeting_held_for"
        " CHECK (held_for IN ('court', 'inquiry', 'claim', 'person', 'other'))"
    )
    reference: sa.Column[str] = sa.Column(
        "held_reference", sa.String(length=200), nullable=False, server_default=""
    )
    op.add_column("meeting", reference)
    # Nobody was asked why until now.
    op.execute("UPDATE meeting SET held_for = 'other' WHERE held_at IS NOT NULL")
    op.drop_index("ix_meeting_room_id", "meeting")
    for table, columns in INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def downgrade() -> None:
    for table, columns in INDEXES:
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    op.create_index(op.f("ix_meeting_room_id"), "meeting", ["room_id"])
    for table, column in (
        ("meeting", "held_reference"),
        ("meeting", "held_for"),
        ("room", "handed_over_at"),
        ("room", "sort_title"),
    ):
        op.drop_column(table, column)


def _fill_sort_title() -> None:
    room = sa.table("room", sa.column("id"), sa.column("title"), sa.column("sort_title"))
    connection = op.get_bind()
    titles = connection.execute(sa.select(room.c.id, room.c.title)).all()
    change = room.update().where(room.c.id == sa.bindparam("row"))
    for start in range(0, len(titles), 1000):
        connection.execute(
            change.values(sort_title=sa.bindparam("folded")),
            [{"row": row, "folded": _folded(title)} for row, title in titles[start : start + 1000]],
        )


def _folded(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title)
    return "".join(one for one in letters if not unicodedata.combining(one)).casefold()[:400]
