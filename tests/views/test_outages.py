"""F3, F4: what people are told while the database takes nothing, by the database's own errors."""

import pytest
from sqlalchemy import make_url, text

from tests.callers import Answer, Caller, House
from visio.views.state import DATABASE


async def make(caller: Caller, title: str) -> Answer:
    return await caller.post("/api/v1/rooms", {"title": title})


async def titles(caller: Caller) -> list[str]:
    return [room["title"] for room in (await caller.get("/api/v1/rooms")).json["rooms"]]


@pytest.mark.one_database
async def test_a_full_disk_is_told_and_forgotten(house: House) -> None:
    """F4: SQLite may not grow, and then may again."""
    ada = await house.signed_in(await house.account("ada@example.org"))
    database = house.server.app[DATABASE]
    if database.dialect != "sqlite":
        pytest.skip("a PostgreSQL of many databases cannot be filled")

    async def pragma(words: str) -> None:
        async with database.engine.connect() as connection:
            await connection.execute(text(f"PRAGMA {words}"))

    await pragma("max_page_count = 1")  # SQLite makes of it what there is
    refused = [await make(ada, "x" * 100) for _ in range(40)][-1]
    assert (refused.status, refused.code) == (503, "storage_full")
    assert refused.headers["Retry-After"] == "30"
    before = await titles(ada)
    await pragma("max_page_count = 1000000")
    assert (await make(ada, "Again")).status == 201
    assert sorted(await titles(ada)) == sorted([*before, "Again"])


async def test_a_database_that_only_reads_is_told(house: House) -> None:
    """F3: as while another one takes over."""
    ada = await house.signed_in(await house.account("ada@example.org"))
    database = house.server.app[DATABASE]
    if database.dialect == "sqlite":
        only_read = "PRAGMA query_only = on"
        async with database.engine.connect() as connection:
            await connection.execute(text(only_read))
    else:
        name = make_url(house.config.database_url).database
        async with house.database.transaction() as session:
            change = f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'
            await session.execute(text(change))
        await database.engine.dispose()
    refused = await make(ada, "Council")
    assert (refused.status, refused.code) == (503, "database_away")
    assert b"INSERT" not in refused.body
