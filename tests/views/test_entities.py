"""Administrators say which administrations share the instance, and who is of which."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.callers import Caller, House
from tests.queries import queries
from visio.store.models import Account, Entity

pytestmark = pytest.mark.one_database

ALL = "/api/v1/entities"
PEOPLE = "/api/v1/accounts"
CHANGES = "/api/v1/account-changes"


@pytest.fixture
async def root(house: House) -> Caller:
    return await house.signed_in(await house.account("root@example.org", administrator=True))


async def made(root: Caller, name: str, identifier: str = "") -> str:
    answer = await root.post(ALL, {"name": name, "identifier": identifier})
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


async def acts(root: Caller, about: str) -> list[tuple[str, Any]]:
    """What the audit has of a thing, the oldest first."""
    entries = (await root.get(f"/api/v1/audit?object={about}")).json["entries"]
    return [(one["act"], json.loads(one["detail"])) for one in reversed(entries)]


async def table(root: Caller, path: str) -> list[dict[str, str]]:
    answer = await root.get(path)
    assert answer.status == 200
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))


async def test_an_entity_is_made_changed_and_deleted(house: House, root: Caller) -> None:
    ada = await house.account("ada@example.org")
    await house.room(ada)
    entity = await made(root, " Préfecture ", "59")
    assert (await root.ask("PATCH", f"{PEOPLE}/{ada.id}", {"entity": entity})).status == 204
    answer = (await root.get(ALL)).json
    shown = {"id": entity, "name": "Préfecture", "identifier": "59", "people": 1, "rooms": 1}
    assert answer["entities"] == [{**shown, "created_at": answer["entities"][0]["created_at"]}]
    assert (answer["total"], answer["next"]) == (1, None)

    assert (await root.ask("PATCH", f"{ALL}/{entity}", {"name": "=Nord"})).status == 204
    assert (await root.ask("PATCH", f"{ALL}/{entity}", {"identifier": ""})).status == 204
    (line,) = await table(root, f"{ALL}.csv?search=nord")
    assert line["name"] == "'=Nord"
    assert (line["identifier"], line["people"], line["rooms"]) == ("", "1", "1")

    assert (await root.ask("DELETE", f"{ALL}/{entity}")).status == 204
    assert (await root.get(f"{PEOPLE}/{ada.id}")).json["entity"] is None
    assert (await root.ask("DELETE", f"{ALL}/{entity}")).code == "entity_not_found"
    assert await acts(root, entity) == [
        ("entity.created", {"identifier": "59"}),
        ("entity.changed", {"renamed": True, "identifier": "59"}),
        ("entity.changed", {"renamed": False, "identifier": ""}),
        ("entity.deleted", {"people": 1}),
    ]
    assert await acts(root, ada.id) == [("account.entity_set", {"entity": entity})]


async def test_names_and_identifiers_are_of_one_each(root: Caller) -> None:
    await made(root, "Préfecture", "59")
    other = await made(root, "Sud")
    for body, code in (
        ({"name": "PREFECTURE"}, "entity_name_taken"),
        ({"name": "Nord", "identifier": "59"}, "entity_identifier_taken"),
        ({"name": " "}, "invalid_fields"),
        ({"name": "x" * 201}, "invalid_fields"),
        ({"name": "a\nb"}, "invalid_fields"),
        ({"name": "Est", "identifier": "5" * 101}, "invalid_fields"),
    ):
        refused = await root.post(ALL, body)
        assert refused.code == code, body
        assert refused.status == (422 if code == "invalid_fields" else 409)
        assert (await root.ask("PATCH", f"{ALL}/{other}", body)).code == code
    # Any number of them have none.
    await made(root, "Est")


async def test_people_are_shown_narrowed_and_assigned_by_entity(house: House, root: Caller) -> None:
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    north = await made(root, "Nord")
    everybody = {"measure": "assign", "accounts": [ada.id, bob.id, "unknown"], "entity": north}
    refused = (await root.post(CHANGES, everybody)).json["refused"]
    assert refused == [{"id": "unknown", "email": "", "code": "account_not_found"}]
    assert await found(root, north) == await found(root, f"{north}&search=exam") == ["Ada", "Bob"]
    assert await found(root, "none") == await found(root, "none&search=roo") == ["Root"]
    (line, _) = await table(root, f"{PEOPLE}.csv?entity={north}&sort=name&order=ascending")
    assert (line["name"], line["entity"]) == ("Ada", "Nord")
    nobody = {**everybody, "accounts": [bob.id], "entity": None}
    assert (await root.post(CHANGES, nobody)).json["refused"] == []
    assert await found(root, north) == ["Ada"]
    assert (await root.get(f"{PEOPLE}/{ada.id}")).json["entity"] == {"id": north, "name": "Nord"}
    assert (await root.get(f"{PEOPLE}?entity=nord")).code == "invalid_fields"
    # What is left out stays.
    await root.ask("PATCH", f"{PEOPLE}/{ada.id}", {"administrator": True})
    assert await found(root, north) == ["Ada"]


async def found(root: Caller, entity: str) -> list[str]:
    answer = await root.get(f"{PEOPLE}?sort=name&order=ascending&entity={entity}")
    return [one["name"] for one in answer.json["accounts"]]


async def test_rooms_and_meetings_are_narrowed_to_an_owners_entity(
    house: House, root: Caller
) -> None:
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    for owner, access in ((ada, "public"), (bob, "trusted")):
        room = await house.room(owner, access)
        await house.enter(await house.signed_in(owner), room.slug)
    house.clock.move(timedelta(seconds=1))
    for slug in ("public-room", "trusted-room"):
        (live,) = (await root.get(f"/api/v1/live-meetings?search={slug}")).json["meetings"]
        await root.post(f"/api/v1/live-meetings/{live['sid']}/end")
    north = await made(root, "Nord")
    await root.ask("PATCH", f"{PEOPLE}/{ada.id}", {"entity": north})
    for entity, slug in ((north, "public-room"), ("none", "trusted-room")):
        for path, kind in (("all-rooms", "rooms"), ("past-meetings", "meetings")):
            answer = (await root.get(f"/api/v1/{path}?entity={entity}")).json
            assert [one["slug"] for one in answer[kind]] == [slug]
            assert answer["total"] == 1
            (line,) = await table(root, f"/api/v1/{path}.csv?entity={entity}")
            assert line["slug"] == slug


async def test_an_export_tells_it_and_erasing_forgets_it(house: House, root: Caller) -> None:
    ada = await house.account("ada@example.org")
    north = await made(root, "Nord")
    await root.ask("PATCH", f"{PEOPLE}/{ada.id}", {"entity": north})
    assert (await root.get(f"{PEOPLE}/{ada.id}/export")).json["entity"] == "Nord"
    erased = await root.post(f"{PEOPLE}/{ada.id}/erasure", {"email": "ada@example.org"})
    assert erased.status == 200
    (shown,) = (await root.get(ALL)).json["entities"]
    assert shown["people"] == 0


async def test_lists_ask_as_many_queries_however_long(house: House, root: Caller) -> None:
    first = await made(root, "0")
    await root.get(PEOPLE)
    for path in (f"{ALL}?limit=200&sort=people", PEOPLE, f"{PEOPLE}?entity={first}"):
        with queries(house) as few:
            await root.get(path)
        await fill(house, path[-3:])
        with queries(house) as many:
            await root.get(path)
        assert len(many) <= len(few), path


async def fill(house: House, word: str) -> None:
    """Thirty entities with somebody in each."""
    async with house.database.transaction() as session:
        for number in range(30):
            entity = Entity(name=f"{word} {number}")
            session.add(entity)
            await session.flush()
            email = f"{number}@{entity.id}.example"
            session.add(Account(email=email, name="Agent", entity_id=entity.id))
