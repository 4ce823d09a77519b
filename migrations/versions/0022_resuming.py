"""What a meeting takes along when its server dies and the next one goes on with it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    since: sa.Column[int] = sa.Column("transcribed_since", sa.BigInteger(), nullable=True)
    op.add_column("meeting", since)
    spotlight = sa.Column("spotlight", sa.String(256), nullable=False, server_default="")
    op.add_column("meeting", spotlight)
    removed: sa.Column[bool] = sa.Column(
        "removed", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("participant", removed)


def downgrade() -> None:
    op.drop_column("participant", "removed")
    op.drop_column("meeting", "spotlight")
    op.drop_column("meeting", "transcribed_since")
