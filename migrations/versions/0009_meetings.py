"""Attendance of meetings, scheduled meetings, and letters on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    seen_at: sa.Column[int] = sa.Column("seen_at", sa.BigInteger(), nullable=True)
    op.add_column("meeting", seen_at)
    # With its CHECK in one sentence, which both databases understand: SQLite adds none later.
    op.execute(
        "ALTER TABLE participant ADD COLUMN kind VARCHAR(16) DEFAULT 'guest' NOT NULL"
        " CONSTRAINT ck_participant_kind CHECK (kind IN ('account', 'guest', 'phone', 'service'))"
    )
    person: sa.Column[str] = sa.Column(
        "person", sa.String(length=64), nullable=False, server_default=""
    )
    spoken: sa.Column[int] = sa.Column(
        "spoken", sa.BigInteger(), nullable=False, server_default="0"
    )
    op.add_column("participant", person)
    op.add_column("participant", spoken)
    # Who was in meetings before is told apart by what was known: an account, or one connection.
    op.execute("UPDATE participant SET kind = 'account' WHERE account_id IS NOT NULL")
    op.execute("UPDATE participant SET person = substr(coalesce(account_id, identity), 1, 64)")
    _create_scheduled_meeting()
    op.create_table(
        "occurrence_change",
        sa.Column("scheduled_meeting_id", sa.String(length=36), nullable=False),
        sa.Column("original", sa.String(length=16), nullable=False),
        sa.Column("begins", sa.String(length=16), nullable=True),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _of_a_scheduled_meeting("occurrence_change"),
        sa.PrimaryKeyConstraint(
            "scheduled_meeting_id", "original", name=op.f("pk_occurrence_change")
        ),
    )
    op.create_table(
        "invitation",
        sa.Column("scheduled_meeting_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _of_a_scheduled_meeting("invitation"),
        sa.PrimaryKeyConstraint("scheduled_meeting_id", "email", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_email"), "invitation", ["email"])
    op.create_table(
        "outgoing_letter",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_letter")),
    )
    op.create_index(op.f("ix_outgoing_letter_next_at"), "outgoing_letter", ["next_at"])


def downgrade() -> None:
    for table in ("outgoing_letter", "invitation", "occurrence_change", "scheduled_meeting"):
        op.drop_table(table)
    for name in ("spoken", "person", "kind"):
        op.drop_column("participant", name)
    op.drop_column("meeting", "seen_at")


def _create_scheduled_meeting() -> None:
    op.create_table(
        "scheduled_meeting",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("room_id", sa.String(length=36), nullable=False),
        sa.Column("organizer_id", sa.String(length=36), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("agenda", sa.String(length=5000), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("begins", sa.String(length=16), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("recurrence", sa.String(length=500), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "fr", "en", name="language", native_enum=False, create_constraint=True, length=16
            ),
            nullable=False,
        ),
        sa.Column("reminder", sa.BigInteger(), nullable=True),
        sa.Column("remind_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
            name=op.f("fk_scheduled_meeting_room_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organizer_id"],
            ["account.id"],
            name=op.f("fk_scheduled_meeting_organizer_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_meeting")),
    )
    for column in ("room_id", "organizer_id", "remind_at"):
        op.create_index(op.f(f"ix_scheduled_meeting_{column}"), "scheduled_meeting", [column])


def _of_a_scheduled_meeting(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["scheduled_meeting_id"],
        ["scheduled_meeting.id"],
        name=op.f(f"fk_{table}_scheduled_meeting_id"),
        ondelete="CASCADE",
    )
