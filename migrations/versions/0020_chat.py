"""What is typed in a meeting, who may type in a room, and whether it is kept afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "chat_message",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("meeting_id", sa.String(length=36), nullable=False),
        sa.Column("participant_id", sa.String(length=36), nullable=False),
        sa.Column("addressee_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _belongs_to("meeting", "meeting_id"),
        _belongs_to("participant", "participant_id"),
        _belongs_to("participant", "addressee_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
    )
    for columns in (["meeting_id", "sent_at"], ["participant_id"], ["addressee_id"]):
        name = op.f(f"ix_chat_message_{'_'.join(columns)}")
        op.create_index(name, "chat_message", columns)
    op.create_table(
        "chat_file",
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("meeting_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _belongs_to("chat_message", "message_id", of="chat_file"),
        _belongs_to("meeting", "meeting_id", of="chat_file"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_chat_file")),
    )
    op.create_index(op.f("ix_chat_file_meeting_id"), "chat_file", ["meeting_id"])
    # With its CHECK in one sentence, which both databases understand: SQLite adds none later.
    op.execute(
        "ALTER TABLE room ADD COLUMN chat VARCHAR(16) DEFAULT 'everyone' NOT NULL"
        " CONSTRAINT ck_room_chat CHECK (chat IN ('everyone', 'hosts', 'nobody'))"
    )
    op.add_column(
        "room", sa.Column("chat_kept", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("room", "chat_kept")
    op.drop_column("room", "chat")
    op.drop_table("chat_file")
    op.drop_table("chat_message")


def _belongs_to(table: str, column: str, of: str = "chat_message") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{of}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete="CASCADE")
