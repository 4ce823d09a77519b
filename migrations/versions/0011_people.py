"""People are found by words of their names and addresses; when they were here last is known."""

from typing import Any

import sqlalchemy as sa
from alembic import op

# As those who search fold words now: whoever changes that writes a migration that does this again.
from visio.store.words import LONGEST, findable, folded

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "account_word",
        sa.Column("word", _ordered(LONGEST), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("sort_name", _ordered(100), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_word_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "account_id", name=op.f("pk_account_word")),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "account", sa.Column("sort_name", _ordered(100), nullable=False, server_default="")
    )
    op.add_column(
        "account", sa.Column("seen_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    _fill(op.get_bind())
    for column in _SORTED:
        op.create_index(op.f(f"ix_account_{column}_id"), "account", [column, "id"])
    op.create_index(op.f("ix_account_word_account_id_word"), "account_word", ["account_id", "word"])


def downgrade() -> None:
    op.drop_table("account_word")
    for column in _SORTED:
        op.drop_index(op.f(f"ix_account_{column}_id"), "account")
    op.drop_column("account", "sort_name")
    op.drop_column("account", "seen_at")


def _ordered(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _fill(connection: sa.Connection) -> None:
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in ("id", "email", "name", "kind", "created_at")
    ]
    people = sa.table("account", *columns, sa.column("sort_name"), sa.column("seen_at"))
    rows = connection.execute(sa.select(*columns)).all()
    naming = (
        sa.update(people)
        .where(people.c.id == sa.bindparam("row"))
        .values(sort_name=sa.bindparam("folded"))
    )
    named = ("word", "account_id", "sort_name", "created_at")
    words = sa.insert(sa.table("account_word", *map(sa.column, named)))
    for start in range(0, len(rows), _AT_ONCE):
        some = [(row, folded(row.name)[:100]) for row in rows[start : start + _AT_ONCE]]
        connection.execute(naming, [{"row": row.id, "folded": name} for row, name in some])
        if found := [
            dict(zip(named, (word, row.id, name, row.created_at), strict=True))
            for row, name in some
            if row.kind == "person" and not row.email.endswith("@erased.invalid")
            for word in findable(row.name, row.email)
        ]:
            connection.execute(words, found)
    # Until somebody signs in again, what is known of those who are signed in.
    seen = sa.table("session", sa.column("account_id"), sa.column("seen_at"))
    last = sa.select(sa.func.max(seen.c.seen_at)).where(seen.c.account_id == people.c.id)
    connection.execute(
        sa.update(people)
        .where(sa.exists().where(seen.c.account_id == people.c.id))
        .values(seen_at=last.scalar_subquery())
    )


_SORTED = ("sort_name", "seen_at", "created_at")
# Rows written at once: more takes memory, less more statements.
_AT_ONCE = 1000
