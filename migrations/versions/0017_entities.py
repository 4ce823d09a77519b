"""The entities that share the instance, and who belongs to which."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "entity",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("identifier", sa.String(length=100), nullable=True),
        sa.Column(
            "sort_name",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity")),
        sa.UniqueConstraint("identifier", name=op.f("uq_entity_identifier")),
        sa.UniqueConstraint("sort_name", name=op.f("uq_entity_sort_name")),
    )
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("entity_id", sa.String(length=36), nullable=True))
        account.create_foreign_key(
            op.f("fk_account_entity_id"), "entity", ["entity_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(
        op.f("ix_account_entity_id_sort_name_id"), "account", ["entity_id", "sort_name", "id"]
    )


def downgrade() -> None:
    op.drop_index("ix_account_entity_id_sort_name_id", "account")
    with op.batch_alter_table("account") as account:
        account.drop_constraint(op.f("fk_account_entity_id"), type_="foreignkey")
        account.drop_column("entity_id")
    op.drop_table("entity")
