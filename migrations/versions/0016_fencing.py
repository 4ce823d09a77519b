"""Numbers that refuse a late worker's write, and how long recognition took."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    for table, column in (("talkspurt", "fence"), ("meeting", "final_fence")):
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
    for column in ("done_at", "took"):
        op.add_column("talkspurt", sa.Column(column, sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_talkspurt_done_at"), "talkspurt", ["done_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_talkspurt_done_at"), "talkspurt")
    for table, column in (
        ("talkspurt", "took"),
        ("talkspurt", "done_at"),
        ("meeting", "final_fence"),
        ("talkspurt", "fence"),
    ):
        op.drop_column(table, column)
