"""The audit, a chain that the database itself lets nobody change; how consents were asked; how
long meetings are kept.

SQLite loses the triggers of a table that a batch operation rebuilds: a later migration of `audit`
or `audit_head` has to make them anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("consent") as consent:
        consent.add_column(
            # French was what browsers showed first; nobody wrote down which it was.
            sa.Column("language", sa.String(length=16), nullable=False, server_default="fr")
        )
        consent.add_column(
            sa.Column("erases", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        consent.alter_column("kind", existing_type=_kind("transcription"), type_=_kind(*_KINDS))
    with op.batch_alter_table("consent") as consent:
        consent.alter_column("language", existing_type=sa.String(length=16), server_default=None)
        consent.alter_column("erases", existing_type=sa.Boolean(), server_default=None)
    op.add_column(
        "room", sa.Column("retention_days", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("meeting", sa.Column("held_at", sa.BigInteger(), nullable=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit",
        sa.Column("number", number, autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("author_kind", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=256), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("object_kind", sa.String(length=16), nullable=True),
        sa.Column("object", sa.String(length=256), nullable=True),
        sa.Column("room", sa.String(length=64), nullable=True),
        sa.Column("refused", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    for column in ("author", "object", "room"):
        op.create_index(op.f(f"ix_audit_{column}_number"), "audit", [column, "number"])
    op.create_index(op.f("ix_audit_created_at"), "audit", ["created_at"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("purged_number", sa.BigInteger(), nullable=False),
        sa.Column("purged_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    none = {"id": 1, "number": 0, "hash": "0" * 64, "created_at": 0}
    op.bulk_insert(head, [{**none, "purged_number": 0, "purged_hash": none["hash"]}])
    for statement in _triggers():
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("room", "retention_days")
    op.drop_column("meeting", "held_at")
    op.execute("DELETE FROM consent WHERE kind <> 'transcription'")
    with op.batch_alter_table("consent") as consent:
        consent.drop_column("language")
        consent.drop_column("erases")
        consent.alter_column("kind", existing_type=_kind(*_KINDS), type_=_kind("transcription"))
    op.drop_table("audit")
    op.drop_table("audit_head")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("audit_append", "audit_delete", "audit_head_update", "audit_refuse"):
            op.execute(f"DROP FUNCTION {name}()")


def _kind(*words: str) -> sa.Enum:
    return sa.Enum(*words, name="kind", native_enum=False, create_constraint=True, length=16)


_KINDS = ("transcription", "recording")


def _triggers() -> tuple[str, ...]:
    return _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE


# What an update of the head may be: one entry more, or a longer part purged.
_APPENDS = (
    "NEW.number = OLD.number + 1 AND NEW.id = OLD.id"
    " AND NEW.purged_number = OLD.purged_number AND NEW.purged_hash = OLD.purged_hash"
)
_PURGES = (
    "NEW.number = OLD.number AND NEW.hash = OLD.hash AND NEW.id = OLD.id"
    " AND NEW.purged_number > OLD.purged_number AND NEW.purged_number < OLD.number"
)

_SQLITE = (
    # BEFORE, so that INSERT OR REPLACE, which deletes without a trigger, cannot change a row.
    """CREATE TRIGGER audit_next BEFORE INSERT ON audit
        WHEN NEW.number <> (SELECT number FROM audit_head) + 1
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END""",
    """CREATE TRIGGER audit_append AFTER INSERT ON audit
        BEGIN UPDATE audit_head SET number = NEW.number, hash = NEW.hash; END""",
    """CREATE TRIGGER audit_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END""",
    """CREATE TRIGGER audit_delete BEFORE DELETE ON audit
        WHEN OLD.number > (SELECT purged_number FROM audit_head)
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END""",
    f"""CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
        WHEN NOT (({_APPENDS}) OR ({_PURGES}))
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END""",
    """CREATE TRIGGER audit_head_insert BEFORE INSERT ON audit_head
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END""",
    """CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END""",
)

_POSTGRESQL = (
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit is never changed'; END $$""",
    """CREATE FUNCTION audit_append() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE audit_head SET number = NEW.number, hash = NEW.hash
                WHERE number = NEW.number - 1;
            IF NOT FOUND THEN RAISE EXCEPTION 'the audit is never changed'; END IF;
            RETURN NEW;
        END $$""",
    """CREATE FUNCTION audit_delete() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.number > (SELECT purged_number FROM audit_head) THEN
                RAISE EXCEPTION 'the audit is never changed';
            END IF;
            RETURN OLD;
        END $$""",
    f"""CREATE FUNCTION audit_head_update() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT (({_APPENDS}) OR ({_PURGES})) THEN
                RAISE EXCEPTION 'the audit is never changed';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER audit_append BEFORE INSERT ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_append()""",
    """CREATE TRIGGER audit_update BEFORE UPDATE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_delete BEFORE DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_delete()""",
    """CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit
        EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
        FOR EACH ROW EXECUTE FUNCTION audit_head_update()""",
    """CREATE TRIGGER audit_head_change BEFORE INSERT OR DELETE ON audit_head
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_head
        EXECUTE FUNCTION audit_refuse()""",
)
