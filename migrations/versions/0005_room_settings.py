"""What those inside a room may do, and how many they may be."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    locked: sa.Column[bool] = sa.Column(
        "locked", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    most: sa.Column[int] = sa.Column(
        "max_participants", sa.BigInteger(), nullable=False, server_default="0"
    )
    op.add_column("room", locked)
    op.add_column("room", most)
    for name, default in _CHOICES.items():
        # With its CHECK in one sentence, which both databases understand: SQLite adds none later.
        op.execute(
            f"ALTER TABLE room ADD COLUMN {name} VARCHAR(16) DEFAULT '{default}' NOT NULL"
            f" CONSTRAINT ck_room_{name} CHECK ({name} IN ('everyone', 'hosts'))"
        )


def downgrade() -> None:
    for name in ("locked", "max_participants", *_CHOICES):
        op.drop_column("room", name)


_CHOICES = {
    "microphone": "everyone",
    "camera": "everyone",
    "screen_share": "everyone",
    "muting": "hosts",
}
