"""Which language is spoken in a room, for who writes it down."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    # With its CHECK in one sentence, which both databases understand: SQLite adds none later.
    op.execute(
        "ALTER TABLE room ADD COLUMN spoken VARCHAR(16) DEFAULT 'detected' NOT NULL"
        " CONSTRAINT ck_room_spoken"
        " CHECK (spoken IN ('detected', 'de', 'en', 'es', 'fr', 'it', 'nl', 'pt'))"
    )


def downgrade() -> None:
    op.drop_column("room", "spoken")
