import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.databases import Postgres, open_folder, outside_the_loop, running_postgres
from visio.store import schema
from visio.store.database import Database

if TYPE_CHECKING:
    from tests.callers import House


# How long an example takes says more about the machine than about us.
settings.register_profile("visio", deadline=None)
settings.load_profile("visio")

DIALECTS = ["sqlite", "postgresql"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=DIALECTS,
        default="sqlite",
        help="the one for tests marked one_database; all others run on both",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that has a database runs on both, unless one will do."""
    if "dialect" in metafunc.fixturenames:
        one = metafunc.definition.get_closest_marker("one_database")
        dialects = [metafunc.config.getoption("--database")] if one else DIALECTS
        metafunc.parametrize("dialect", dialects, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of the run."""
    with open_folder() as folder, running_postgres(folder / "s") as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    outside_the_loop(schema.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database of either kind."""
    if dialect == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        with _dropped(server, outside_the_loop(server.fresh())) as url:
            yield url
    else:
        file = tmp_path / "visio.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def empty_database_url(
    dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A database without tables."""
    if dialect == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        with _dropped(server, outside_the_loop(server.empty())) as url:
            yield url
    else:
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open it: every test that asks for it runs on SQLite and on PostgreSQL."""
    database = await Database.open(database_url)
    yield database
    await database.close()


@pytest.fixture
def settings_of_house() -> dict[str, Any]:
    """More settings of `house`: for modules to override."""
    return {}


@pytest.fixture
async def house(
    database_url: str, tmp_path: Path, settings_of_house: dict[str, Any]
) -> AsyncIterator["House"]:
    """The whole server on a free port, with a clock that tests move."""
    # Not at the top: the worker's environment has no web server.
    from aiohttp.test_utils import TestServer

    from tests.callers import Clock, House, make_config
    from visio.app import make_app

    clock = Clock()
    config = make_config(database_url, tmp_path, **settings_of_house)
    port = settings_of_house.get("port")
    async with TestServer(make_app(config, now=clock), port=port) as server:
        database = await Database.open(database_url)
        house = House(server, database, clock, config)
        yield house
        await house.leave()
        await database.close()


@contextmanager
def _dropped(server: Postgres, url: str) -> Iterator[str]:
    yield url
    outside_the_loop(server.drop(url))
