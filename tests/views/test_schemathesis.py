"""Requests that schemathesis makes of the OpenAPI document: whatever is sent, the server answers,
and answers what the document says."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import post
from tests.callers import House
from tests.post import PostOffice
from visio.auth import keys
from visio.store import services

pytestmark = [pytest.mark.long, pytest.mark.one_database]

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
SETTINGS = """
[parameters]
slug = "own-room"
"""
"""So that most requests are about a room that is there."""


@pytest.fixture
def settings_of_house(office: PostOffice) -> dict[str, Any]:
    return {"api_rate": 1_000_000, **post.settings(office)}


@asynccontextmanager
async def running_clock(house: House) -> AsyncIterator[None]:
    """A minute passes for each few requests: what is limited per minute is no answer here."""

    async def tick() -> None:
        while True:
            house.clock.move(timedelta(seconds=5))
            await asyncio.sleep(0.1)

    ticking = asyncio.create_task(tick())
    yield
    ticking.cancel()


async def tried(house: House, folder: Path, *headers: str) -> str:
    """What schemathesis says of all operations, sent with these headers; deleting the room that
    all is about comes at the end elsewhere, and nobody is signed out."""
    (folder / "schemathesis.toml").write_text(SETTINGS)
    words = [word for header in headers for word in ("--header", header)]
    without = [word for name in ("rooms_delete", "account_sign_out") for word in _without(name)]
    process = await asyncio.create_subprocess_exec(
        *(shutil.which("schemathesis") or "schemathesis", "--config-file", "schemathesis.toml"),
        *("run", str(house.server.make_url("/api/v1/openapi.json")), "--no-color"),
        *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"),
        *("--max-examples", "15", "--seed", "1", "--generation-database", "none"),
        *("--warnings", "off", "--no-shrink", *without, *words),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def _without(operation: str) -> tuple[str, str]:
    return "--exclude-operation-id", operation


async def test_a_program_finds_no_server_error(house: House, tmp_path: Path) -> None:
    async with house.database.transaction() as session:
        service = await services.add(session, "Fuzz")
    await house.room(service, "restricted", "own-room")
    _, text = await keys.make(
        house.database, service, "x", keys.SCOPES, house.clock(), lifetime=timedelta(days=366)
    )
    async with running_clock(house):
        said = await tried(house, tmp_path, f"Authorization: Bearer {text}")
    assert "No issues found" in said


async def test_an_administrator_finds_no_server_error(house: House, tmp_path: Path) -> None:
    root = await house.account("root@example.org", administrator=True)
    await house.room(root, "restricted", "own-room")
    cookie = (await house.signed_in(root)).cookies["visio_session"]
    origin = str(house.server.make_url("/"))[:-1]
    async with running_clock(house):
        said = await tried(house, tmp_path, f"Cookie: visio_session={cookie}", f"Origin: {origin}")
    assert "No issues found" in said
