"""How many people were at a shared microphone, where somebody said so."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("participant", sa.Column("microphone_people", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("participant", "microphone_people")
