from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

import visio
from tests.callers import Caller, House, make_config
from visio.app import make_app
from visio.views.state import HUB, WORKER

pytestmark = pytest.mark.one_database


async def test_the_client_learns_what_it_needs_before_anybody_signs_in(house: House) -> None:
    answer = await house.anonymous().get("/api/v1/config")
    assert answer.json == {
        "name": "Visio",
        "branding": {
            "id": None,
            "name": "Visio",
            "logo": None,
            "links": [],
            "footer_fr": "",
            "footer_en": "",
        },
        "version": visio.__version__,
        "policy": {
            "access": ["restricted", "trusted", "public"],
            "creators": "everybody",
            "max_participants": 0,
        },
        "transcription": {"state": "ready", "detail": ""},
        "wording": "2026-11.2-keep",
        "withdrawal": "keep",
        "retention": {"days": 30, "most": 365},
        "provider": None,
        "mail": False,
        "embedders": [],
        "support": None,
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


async def test_health_is_the_database_and_the_media_threads_answering(house: House) -> None:
    answer = await house.anonymous().get("/healthz")
    assert (answer.status, answer.body) == (200, b"ok")
    (thread,) = house.server.app[HUB].media._threads
    thread.core.close()
    answer = await house.anonymous().get("/healthz")
    assert (answer.status, answer.body) == (503, b"media")


async def test_a_broken_database_is_no_health_and_no_leak(house: House) -> None:
    async with house.database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE room RENAME TO lost")
    answer = await house.anonymous().get("/api/v1/rooms/some-room")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"lost" not in answer.body
    assert b"room" not in answer.body.lower()
