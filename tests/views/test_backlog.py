import pytest

from tests.callers import Caller, House
from tests.store.samples import Sitting, account, room, sitting, talkspurt
from visio.outbox import Held
from visio.store.models import wall_clock
from visio.views.state import SPEECH

pytestmark = pytest.mark.one_database

NOTHING = {
    "waiting": 0,
    "lag": 0,
    "real_time_factor": None,
    "held": 0,
    "held_bytes": 0,
    "lost": 0,
    "full": False,
}


async def administrator(house: House) -> Caller:
    return await house.signed_in(await house.account("root@example.org", administrator=True))


async def met(house: House) -> Sitting:
    owner = await account(house.database, "eve@example.org")
    return await sitting(house.database, await room(house.database, owner))


async def test_administrators_see_how_far_transcription_is_behind(house: House) -> None:
    admin = await administrator(house)
    assert (await admin.get("/api/v1/backlog")).json == NOTHING
    here = await met(house)
    waits, done = talkspurt(here), talkspurt(here, 1)
    waits.created_at = wall_clock() - 5000
    done.state, done.done_at, done.took = "done", wall_clock(), 150
    async with house.database.transaction() as session:
        session.add_all([waits, done])
    answer = (await admin.get("/api/v1/backlog")).json
    assert 5000 <= answer["lag"] < 65_000
    assert answer == {**NOTHING, "lag": answer["lag"], "waiting": 1, "real_time_factor": 0.15}


async def test_everybody_is_told_when_speech_cannot_be_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = house.server.app[SPEECH]
    monkeypatch.setattr(type(speech), "held", Held(3, 0, 1, True))
    answer = (await house.anonymous().get("/api/v1/config")).json
    assert answer["transcription"]["state"] == "failed"
    assert "disk" in answer["transcription"]["detail"]
    told = (await (await administrator(house)).get("/api/v1/backlog")).json
    assert (told["held"], told["lost"], told["full"]) == (3, 1, True)
