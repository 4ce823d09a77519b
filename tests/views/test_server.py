from pathlib import Path

from aiohttp.test_utils import TestServer

import visio
from tests.callers import Caller, House, make_config
from visio.app import make_app
from visio.views.state import WORKER


async def test_the_client_learns_what_it_needs_before_anybody_signs_in(house: House) -> None:
    answer = await house.anonymous().get("/api/v1/config")
    assert answer.json == {
        "name": "Visio",
        "version": visio.__version__,
        "transcription": {"state": "ready", "detail": ""},
        "wording": house.config.consent_wording,
    }


async def test_the_state_of_our_own_worker_is_told(database_url: str, tmp_path: Path) -> None:
    app = make_app(
        make_config(database_url, tmp_path).model_copy(
            update={"worker": True, "worker_python": "no-such-python"}
        )
    )
    async with TestServer(app) as server:
        await app[WORKER].reached("failed")
        answer = await Caller(server).get("/api/v1/config")
    assert answer.json["transcription"]["state"] == "failed"
    assert "no-such-python" in answer.json["transcription"]["detail"]


async def test_health_is_the_database_answering(house: House) -> None:
    answer = await house.anonymous().get("/healthz")
    assert (answer.status, answer.body) == (200, b"ok")


async def test_a_broken_database_is_no_health_and_no_leak(house: House) -> None:
    async with house.database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE room RENAME TO lost")
    answer = await house.anonymous().get("/api/v1/rooms/some-room")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"lost" not in answer.body
    assert b"room" not in answer.body.lower()
