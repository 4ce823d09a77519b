"""Utterances are found by tags of their words' stems; meetings have minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "utterance_stem",
        sa.Column("tag", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("utterance_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["utterance_id"],
            ["utterance.id"],
            name=op.f("fk_utterance_stem_utterance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tag", "utterance_id", name=op.f("pk_utterance_stem")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_utterance_stem_utterance_id"), "utterance_stem", ["utterance_id"])
    # The server makes the tags of what is there: a migration has no key.
    op.add_column(
        "meeting", sa.Column("stems_version", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "meeting_minutes",
        sa.Column("meeting_id", sa.String(length=36), nullable=False),
        sa.Column(
            "state", _choice("state", "waiting", "writing", "done", "failed"), nullable=False
        ),
        sa.Column("failure", sa.String(length=16), nullable=True),
        sa.Column("run", sa.String(length=36), nullable=True),
        sa.Column("lease_expires", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=True),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_meeting_minutes_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meeting_minutes")),
    )
    op.create_index(op.f("ix_meeting_minutes_run"), "meeting_minutes", ["run"])


def downgrade() -> None:
    op.drop_table("meeting_minutes")
    op.drop_column("meeting", "stems_version")
    op.drop_table("utterance_stem")


def _choice(name: str, *words: str) -> sa.Enum:
    constraint = f"ck_meeting_minutes_{name}"
    return sa.Enum(
        *words, name=op.f(constraint), native_enum=False, create_constraint=True, length=16
    )
