import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.callers import Answer, Caller, House
from tests.minutes.model import Model, refuses, running_model
from tests.queries import queries
from tests.store import samples
from tests.store.samples import NOW, Sitting, said
from visio.config import read_secrets
from visio.store import audit, meetings, utterances
from visio.store.audit import Wanted
from visio.store.models import Account, Meeting, Participant
from visio.store.sealing import Keyring

pytestmark = pytest.mark.one_database


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    async with running_model() as model:
        yield model


@pytest.fixture
def settings_of_house(model: Model) -> dict[str, Any]:
    return {"minutes_url": model.url, "minutes_model": "tiny"}


@pytest.fixture
async def ada(house: House) -> Account:
    return await house.account("ada@example.org")


@pytest.fixture
async def met(house: House, ada: Account) -> Sitting:
    """A meeting of ada's room that is over."""
    keyring = Keyring(read_secrets(house.config).master_key)
    sitting = await samples.sitting(house.database, await house.room(ada), ada, keyring=keyring)
    await said(house.database, sitting, "On achète le pont.")
    async with house.database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, NOW + 60_000)
    return sitting


@pytest.fixture
def path(met: Sitting) -> str:
    return f"/api/v1/meetings/{met.meeting.id}/minutes"


@pytest.fixture
async def host(house: House, ada: Account) -> Caller:
    return await house.signed_in(ada)


async def settled(caller: Caller, path: str) -> Answer:
    """The minutes when nothing is under way any more."""
    async with asyncio.timeout(30):
        while (answer := await caller.get(path)).json["state"] in ("waiting", "writing"):
            pass
    return answer


async def test_a_host_has_them_written_and_corrects_them(
    house: House, met: Sitting, host: Caller, path: str
) -> None:
    before = (await host.get(path)).json
    assert (before["state"], before["minutes"], before["available"]) == ("none", None, True)
    assert (await host.post(path)).code == 204
    answer = await settled(host, path)
    async with house.database.transaction() as session:
        (line,) = await utterances.spoken(session, met.meeting.id)
    statement = {"text": "About line 1.", "sources": [line.id]}
    action = {"text": "Send it.", "sources": [line.id], "who": "Ada", "when": ""}
    assert answer.json == {
        "available": True,
        "may_change": True,
        "state": "done",
        "failure": None,
        "done": 1,
        "total": 1,
        "minutes": {"summary": [statement], "decisions": [statement], "actions": [action]},
        "model": "tiny",
        "written_at": house.clock.now,
        "edited": False,
    }
    corrected = {"summary": [{"text": "<b>Non</b>", "sources": []}], "decisions": [], "actions": []}
    assert (await host.put(path, corrected)).code == 204
    after = (await host.get(path)).json
    assert (after["minutes"], after["edited"]) == (corrected, True)
    async with house.database.transaction() as session:
        rows = await audit.page(session, Wanted(object=met.meeting.id), before=None, limit=20)
    acts = [row.act for row in rows][::-1]
    assert acts == ["minutes.asked", "minutes.read", "minutes.changed", "minutes.read"]
    with queries(house) as counted:
        await host.get(path)
    assert len(counted) < 15


async def test_those_who_were_there_read_them_and_change_nothing(
    house: House, met: Sitting, host: Caller, path: str
) -> None:
    bob = await house.account("bob@example.org")
    async with house.database.transaction() as session:
        who = await session.get_one(Participant, met.participant.id)
        who.account_id = bob.id
    member = await house.signed_in(bob)
    await host.post(path)
    await settled(host, path)
    answer = (await member.get(path)).json
    assert (answer["may_change"], answer["minutes"] is None) == (False, False)
    nothing = {"summary": [], "decisions": [], "actions": []}
    assert (await member.post(path)).code == "not_allowed"
    assert (await member.put(path, nothing)).code == "not_allowed"
    assert (await member.ask("DELETE", f"{path}/writing")).code == "not_allowed"


async def test_what_is_hidden_is_not_in_them(
    house: House, met: Sitting, host: Caller, path: str, model: Model
) -> None:
    """Neither in those that are written then, nor for others in those that were."""
    bob = await house.account("bob@example.org")
    async with house.database.transaction() as session:
        (await session.get_one(Participant, met.participant.id)).account_id = bob.id
        (line,) = await utterances.spoken(session, met.meeting.id)
    await said(house.database, met, "On ferme le port.", started_at=9000)
    member = await house.signed_in(bob)
    await host.post(path)
    written = (await settled(host, path)).json["minutes"]
    assert len(written["decisions"]) > 0
    meeting = path.removesuffix("/minutes")
    assert (await host.put(f"{meeting}/utterances/{line.id}/hiding", {})).status == 204
    nothing = {"summary": [], "decisions": [], "actions": []}
    assert (await member.get(path)).json["minutes"] == nothing
    assert (await host.get(path)).json["minutes"] == written
    await host.post(path)
    await settled(host, path)
    assert "pont" in model.texts()[0]
    assert "pont" not in model.texts()[-1]
    assert "port" in model.texts()[-1]
    await host.ask("PATCH", f"{meeting}/sharing", {"attendees": False})
    assert (await member.get(path)).code == "not_allowed"


async def test_they_are_cancelled_or_waited_for(host: Caller, path: str, model: Model) -> None:
    model.behaviours.append(model.hang)
    await host.post(path)
    await model.held.wait()
    shown = (await host.get(path)).json
    assert (shown["state"], shown["done"], shown["total"]) == ("writing", 0, 1)
    nothing = {"summary": [], "decisions": [], "actions": []}
    assert (await host.post(path)).code == "minutes_under_way"
    assert (await host.put(path, nothing)).code == "minutes_under_way"
    assert (await host.ask("DELETE", f"{path}/writing")).code == 204
    assert (await host.get(path)).json["state"] == "none"
    assert (await host.put(path, nothing)).code == "no_minutes"
    await host.post(path)
    assert (await settled(host, path)).json["state"] == "done"


async def test_a_failure_is_shown_with_what_was_there(
    host: Caller, path: str, model: Model
) -> None:
    await host.post(path)
    first = (await settled(host, path)).json["minutes"]
    model.behaviours.append(refuses(401))
    await host.post(path)
    answer = (await settled(host, path)).json
    assert (answer["state"], answer["failure"], answer["minutes"]) == ("failed", "refused", first)


async def test_a_meeting_without_a_whole_transcript_has_none(
    house: House, ada: Account, host: Caller, met: Sitting, path: str
) -> None:
    async with house.database.transaction() as session:
        (await session.get_one(Meeting, met.meeting.id)).final_pass = "pending"
    assert (await host.post(path)).code == "transcript_unfinished"
    async with house.database.transaction() as session:
        (await session.get_one(Meeting, met.meeting.id)).final_pass = "done"
        await utterances.erase(session, met.meeting.id, "p-1")
    assert (await host.post(path)).code == "nothing_said"


@pytest.mark.parametrize(
    "body",
    [
        {"summary": [{"text": "", "sources": []}]},
        {"summary": [{"text": "x" * 2001, "sources": []}]},
        {"decisions": [{"text": "x", "sources": [], "who": "x"}]},
        {"actions": [{"text": "x", "sources": [1]}]},
        {"summary": [{"text": "x", "sources": []}] * 101},
        {"other": []},
    ],
)
async def test_a_correction_of_another_form_is_refused(
    host: Caller, path: str, body: object
) -> None:
    assert (await host.put(path, body)).code == "invalid_fields"


async def test_nobody_keeps_the_model_busy_without_end(host: Caller, path: str) -> None:
    codes = []
    for _ in range(21):
        codes.append((await host.post(path)).code)
        await host.ask("DELETE", f"{path}/writing")
    assert codes == [204] * 20 + ["too_many_attempts"]
