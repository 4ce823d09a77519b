"""People are found among many by what their names' and addresses' words begin with."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text

from tests.store import samples
from tests.store.walking import walk
from visio.store import people, schema, words
from visio.store.cursors import Part
from visio.store.database import Database
from visio.store.models import Account, AccountWord, OidcSubject, new_id
from visio.store.people import Sort

PEOPLE = {
    "elise.martin@example.org": "Élise Martin",
    "jean-luc@prefecture.example": "Jean-Luc Martinez",
    "zoe@example.org": "Zoé d’Ornano",
    "adam@example.org": "ADAM  Straße",
    "a_b@xn--caf-dma.example": "الف  ب",
}


async def fill(database: Database) -> None:
    async with database.transaction() as session:
        for number, (email, name) in enumerate(PEOPLE.items()):
            session.add(Account(email=email, name=name, created_at=number // 2, seen_at=number))
        session.add(Account(email="bot@service.invalid", name="Martin", kind="service"))
        session.add(Account(email="1@erased.invalid", name=""))


async def found(database: Database, search: str, sort: Sort, *, falling: bool = False) -> list[str]:
    async with database.transaction() as session:
        return [one.email for one in await people.listed(session, search, Part(sort, falling))]


ORDERS: tuple[Sort, ...] = ("name", "seen_at")
SEARCHES = {
    "": "elise jean zoe adam a_b",
    "MÂRT": "elise jean",
    "martin el": "elise",
    "martin elise martin": "elise",
    "luc": "jean",
    "jean-l": "jean",
    "d’orn": "zoe",
    "ornano": "zoe",
    "prefecture.ex": "jean",
    "zoe@example": "zoe",
    "strasse": "adam",
    "example.org": "elise zoe adam",
    "org a": "adam",
    "ب": "a_b",
    "artin": "",
    "%": "",
    "_": "",
    "invalid": "",
    "x" * 200: "",
    "el " * 60: "elise",
}


@pytest.mark.parametrize("few", [0, 20_000])
async def test_who_is_found(database: Database, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """However many there are of a word: all ways to look find the same."""
    monkeypatch.setattr(people, "_FEW", few)
    await fill(database)
    for search, names in SEARCHES.items():
        for sort in ORDERS:
            emails = await found(database, search, sort)
            found_ = sorted(re.split("[.@-]", email)[0] for email in emails)
            assert found_ == sorted(names.split()), (search, sort)


@pytest.mark.parametrize("search", ["", "ex"])
async def test_pages_in_either_order_are_the_whole(database: Database, search: str) -> None:
    await fill(database)
    for sort in get_args(Sort):
        await check_pages(database, search, sort)


async def check_pages(database: Database, search: str, sort: Sort) -> None:
    whole = await found(database, search, sort)
    falling = await found(database, search, sort, falling=True)
    assert whole == falling[::-1]
    assert len(whole) == len(PEOPLE)
    for descending, expected in ((False, whole), (True, falling)):
        seen = await walk(
            database,
            lambda session, part: people.listed(session, search, part),
            Part(sort, descending, limit=2),
            lambda one: people.place(one, sort),
        )
        assert [one.email for one in seen] == expected


@pytest.mark.long
async def test_among_many_words_are_found_by_an_index(database: Database) -> None:
    async with database.transaction() as session:
        for number in range(2_000):
            session.add(Account(email=f"{number:x}.martin@example.org", name=f"Zoé {number:x}"))
    if database.dialect == "postgresql":
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))
    for search in ("zoe", "7c", "martin 7c", "nobody"):
        with sent(database) as statements:
            await found(database, search, "name")
        for statement, values in statements:
            plan = await plan_of(database, statement, values)
            assert not re.search(r"Seq Scan on account_word|SCAN account_word", plan), plan


@contextmanager
def sent(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The queries of meanwhile, and their values."""
    engine = database.engine.sync_engine
    seen: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


async def plan_of(database: Database, statement: str, values: Any) -> str:
    explain = "EXPLAIN" if database.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
    async with database.engine.connect() as connection:
        rows = await connection.exec_driver_sql(f"{explain} {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)


async def test_names_are_in_order_whatever_their_accents(database: Database) -> None:
    await fill(database)
    assert [email.partition("@")[0] for email in await found(database, "", "name")] == [
        "adam",
        "elise.martin",
        "jean-luc",
        "zoe",
        "a_b",
    ]


async def test_words_follow_the_name_and_go_with_the_person(database: Database) -> None:
    ada = await samples.account(database)
    async with database.transaction() as session:
        row = await session.get_one(Account, ada.id)
        row.name = "Grace"
    assert await found(database, "grace", "name") == ["ada@example.org"]
    async with database.transaction() as session:
        row = await session.get_one(Account, ada.id)
        row.email, row.name = f"{ada.id}@erased.invalid", ""
    async with database.transaction() as session:
        assert not (await session.scalars(select(AccountWord))).all()


async def test_who_governs_can_sign_in(database: Database) -> None:
    ada = await samples.account(database)
    async with database.transaction() as session:
        session.add_all(
            [
                Account(email="invited@example.org", name="I", administrator=True),
                Account(
                    email="off@example.org",
                    name="O",
                    administrator=True,
                    password_hash="none",
                    disabled_at=1,
                ),
                provided := Account(id=new_id(), email="p@example.org", name="P"),
            ]
        )
        await session.flush()
        session.add(OidcSubject(issuer="https://idp", subject="1", account_id=provided.id))
        provided.administrator = True
        (await session.get_one(Account, ada.id)).administrator = True
    async with database.transaction() as session:
        assert await people.governing(session) == {ada.id, provided.id}


async def test_who_was_there_before_is_found_after_the_migration(empty_database_url: str) -> None:
    await schema.upgrade(empty_database_url, "0010")
    database = await Database.open(empty_database_url)
    old = text(
        "INSERT INTO account"
        " (id, email, name, administrator, must_change_password, kind, created_at)"
        " VALUES (:id, :email, 'Élise', :no, :no, :kind, 1)"
    )
    sign_in = text(
        "INSERT INTO session (id, account_id, expires_at, seen_at, strong, created_at)"
        " VALUES ('x', '1', 9, 7, :no, 1)"
    )
    async with database.transaction() as session:
        for row_id, email, kind in (
            ("1", "ada@example.org", "person"),
            ("2", "bot@service.invalid", "service"),
            ("3", "3@erased.invalid", "person"),
        ):
            values = {"id": row_id, "email": email, "kind": kind, "no": False}
            await session.execute(old, values)
        await session.execute(sign_in, {"no": False})
    await schema.upgrade(empty_database_url)
    async with database.transaction() as session:
        (ada,) = await people.listed(session, "elise ada", Part("created_at"))
        assert (ada.sort_name, ada.seen_at) == ("elise", 7)
        assert set(await session.scalars(select(AccountWord.account_id))) == {"1"}
    await database.close()


@given(st.text(max_size=30), st.integers(min_value=0), st.integers(min_value=1, max_value=40))
def test_a_word_is_found_by_any_beginning(name: str, which: int, length: int) -> None:
    """What `findable` keeps begins with what `wanted` looks for, accented or not."""
    for sought in words.wanted(" ".join(name.split()[which % 3 :])[:length]):
        assert any(word.startswith(sought) for word in words.findable(name))
