"""Whether what is said in a room may be written down at all."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    # With its CHECK in one sentence, which both databases understand: SQLite adds none later.
    op.execute(
        "ALTER TABLE room ADD COLUMN transcribing VARCHAR(16) DEFAULT 'hosts' NOT NULL"
        " CONSTRAINT ck_room_transcribing CHECK (transcribing IN ('hosts', 'nobody'))"
    )


def downgrade() -> None:
    op.drop_column("room", "transcribing")
