"""Accounts that an identity provider signs in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.add_column(sa.Column("provider_sid", sa.String(length=255), nullable=True))
        session.add_column(sa.Column("id_token", sa.LargeBinary(), nullable=True))
        session.create_index(op.f("ix_session_provider_sid"), ["provider_sid"])
    op.create_table(
        "oidc_subject",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_oidc_subject_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_oidc_subject")),
        sa.UniqueConstraint("account_id", "issuer", name=op.f("uq_oidc_subject_account_id_issuer")),
    )


def downgrade() -> None:
    op.drop_table("oidc_subject")
    with op.batch_alter_table("session") as session:
        session.drop_index(op.f("ix_session_provider_sid"))
        session.drop_column("id_token")
        session.drop_column("provider_sid")
