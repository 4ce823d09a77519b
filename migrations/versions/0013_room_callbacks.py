"""Rooms that a page of another site waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "room_callback",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("room_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
            name=op.f("fk_room_callback_room_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_callback")),
    )
    op.create_index(op.f("ix_room_callback_created_at"), "room_callback", ["created_at"])
    op.create_index(op.f("ix_room_callback_room_id"), "room_callback", ["room_id"])


def downgrade() -> None:
    op.drop_table("room_callback")
