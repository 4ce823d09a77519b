"""Corrections of what was recognised, hidden passages, named voices, and who reads a transcript."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

COLUMNS = (
    ("meeting", "attendees_read", sa.Boolean(), sa.true()),
    ("utterance", "version", sa.BigInteger(), "0"),
)


def upgrade() -> None:
    for table, name, kind, default in COLUMNS:
        column: sa.Column[object] = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column(table, column)
    _table(
        "utterance_version",
        _id("utterance_id"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        _id("meeting_id"),
        _id("account_id", nullable=True),
        _id("participant_id", nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        key=("utterance_id", "number"),
    )
    _table(
        "hidden_utterance",
        _id("utterance_id"),
        _id("meeting_id"),
        _id("account_id", nullable=True),
        _id("participant_id", nullable=True),
        sa.Column("by_host", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("hidden_at", sa.BigInteger(), nullable=False),
        key=("utterance_id",),
    )
    _table(
        "voice_name",
        _id("participant_id"),
        sa.Column("voice", sa.String(length=16), nullable=False),
        _id("meeting_id"),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        key=("participant_id", "voice"),
    )
    _table(
        "transcript_reader",
        _id("meeting_id"),
        _id("account_id"),
        key=("meeting_id", "account_id"),
    )


def downgrade() -> None:
    for table in ("transcript_reader", "voice_name", "hidden_utterance", "utterance_version"):
        op.drop_table(table)
    for table, name, _, _ in COLUMNS:
        op.drop_column(table, name)


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=36), nullable=nullable)


def _table(name: str, *columns: sa.Column[Any], key: tuple[str, ...]) -> None:
    """A table whose columns that end in _id refer to the table they are called after."""
    ids = [column for column in columns if column.name.endswith("_id")]
    op.create_table(
        name,
        *columns,
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column.name],
                [f"{column.name.removesuffix('_id')}.id"],
                name=op.f(f"fk_{name}_{column.name}"),
                ondelete="SET NULL" if column.nullable else "CASCADE",
            )
            for column in ids
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )
    for column in ids:
        if column.name != key[0]:
            op.create_index(op.f(f"ix_{name}_{column.name}"), name, [column.name])
