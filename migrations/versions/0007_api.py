"""Services, their API keys, and answers kept for who asks again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # With its CHECK in one sentence, which both databases understand: SQLite adds none later.
    op.execute(
        "ALTER TABLE account ADD COLUMN kind VARCHAR(16) DEFAULT 'person' NOT NULL"
        " CONSTRAINT ck_account_kind CHECK (kind IN ('person', 'service'))"
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("domains", sa.String(length=1024), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_api_key_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_index(op.f("ix_api_key_account_id"), "api_key", ["account_id"])
    op.create_table(
        "kept_answer",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_kept_answer_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_kept_answer")),
    )
    op.create_index(op.f("ix_kept_answer_created_at"), "kept_answer", ["created_at"])
    # Rooms of an account are listed by it, however many there are.
    op.create_index(
        op.f("ix_room_member_account_id_created_at"), "room_member", ["account_id", "created_at"]
    )
    op.drop_index(op.f("ix_room_member_account_id"), "room_member")


def downgrade() -> None:
    op.create_index(op.f("ix_room_member_account_id"), "room_member", ["account_id"])
    op.drop_index(op.f("ix_room_member_account_id_created_at"), "room_member")
    op.drop_table("kept_answer")
    op.drop_table("api_key")
    # Since 0017 built the table anew on SQLite, the CHECK is not the column's own any more.
    with op.batch_alter_table("account") as account:
        account.drop_constraint(op.f("ck_account_kind"), type_="check")
        account.drop_column("kind")
