import io
import json
from datetime import timedelta

import pytest

from tests.callers import Answer, Caller, House
from visio.auth import keys
from visio.provisioning.lines import LARGEST_FILE
from visio.store import services

pytestmark = pytest.mark.one_database

IMPORTS = "/api/v1/room-imports"
FILE = "title,slug,owner\nConseil,conseil,ada@example.org\nx,UPPER,\n"


@pytest.fixture
async def root(house: House) -> Caller:
    await house.account("ada@example.org")
    return await house.signed_in(await house.account("root@example.org", administrator=True))


async def sent(caller: Caller, text: str | bytes, query: str = "", accept: str = "*/*") -> Answer:
    data = text.encode() if isinstance(text, str) else text
    headers = {"Content-Type": "text/csv", "Accept": accept}
    return await caller._request("POST", f"{IMPORTS}{query}", headers, data=io.BytesIO(data))


async def slugs(caller: Caller) -> set[str]:
    return {room["slug"] for room in (await caller.get("/api/v1/rooms")).json["rooms"]}


async def test_an_administrator_imports_rooms_for_others(house: House, root: Caller) -> None:
    expected = {
        "dry_run": True,
        "total": 2,
        "made": 1,
        "there": 0,
        "refused": [
            {
                "line": 3,
                "column": "slug",
                "value": "UPPER",
                "code": "slug_invalid",
                "reason": {
                    "fr": "Ce nom n’est pas possible : 3 à 64 petites lettres, chiffres et tirets"
                    " simples, et pas celui d’une page du service.",
                    "en": "This name is not possible: 3 to 64 small letters, digits and single"
                    " dashes, and not that of a page of the service.",
                },
            }
        ],
    }
    assert (await sent(root, FILE, "?dry_run=true")).json == expected
    assert (await sent(root, FILE, "?dry_run=true")).json == expected
    done = {**expected, "dry_run": False}
    assert (await sent(root, FILE)).json == done
    assert (await sent(root, FILE)).json == {**done, "made": 0, "there": 1}
    shown = await root.get("/api/v1/rooms/conseil")
    assert shown.code == "room_not_found"  # it is ada's


async def test_a_thousand_rooms_are_told_as_they_are_made(house: House) -> None:
    async with house.database.transaction() as session:
        service = await services.add(session, "Salles")
    _, text = await keys.make(
        house.database,
        service,
        "x",
        ["rooms:provision", "rooms:read"],
        house.clock(),
        lifetime=timedelta(days=1),
    )
    program = Caller(house.server, token=text, origin=None)
    file = "title\n" + "".join(f"Salle {number}\n" for number in range(1000))
    answer = await sent(program, file, accept="application/x-ndjson")
    *steps, report = [json.loads(line) for line in answer.body.splitlines()]
    assert steps == [{"done": done, "total": 1000} for done in range(50, 1001, 50)]
    assert (report["made"], report["there"], report["refused"]) == (1000, 0, [])
    listed = await program.get("/api/v1/rooms?limit=1000")
    assert len(listed.json["rooms"]) == 1000


async def test_a_file_makes_no_rooms_that_the_policy_rules_out(house: House, root: Caller) -> None:
    rules = {"access": ["trusted", "public"], "creators": "administrators", "max_participants": 9}
    assert (await root.put("/api/v1/policy", rules)).status == 204
    file = (
        "title,slug,access,max_participants\n"
        "A,usual-room,,\nB,closed-room,restricted,\nC,large-room,public,10\nD,small-room,public,9\n"
    )
    dry = (await sent(root, file, "?dry_run=true")).json
    report = (await sent(root, file)).json
    assert report == {**dry, "dry_run": False}
    assert (report["made"], [(one["line"], one["code"]) for one in report["refused"]]) == (
        2,
        [(3, "access_ruled_out"), (4, "most_ruled_out")],
    )
    usual = (await root.get("/api/v1/rooms/usual-room")).json
    assert usual["access"] == "trusted"
    # What is there already stays as it is, whatever the policy says by now.
    await root.put("/api/v1/policy", {**rules, "access": ["restricted"]})
    assert (await sent(root, "title,slug,access\nD,small-room,public\n")).json["there"] == 1


async def test_the_refused_lines_come_as_a_table_too(root: Caller) -> None:
    answer = await sent(root, FILE, "?dry_run=true", accept="text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="refused.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    header, line = answer.body.decode("utf-8-sig").splitlines()
    assert header == '"line","column","value","code","raison","reason"'
    assert line.startswith('"3","slug","UPPER","slug_invalid","Ce nom')


async def test_what_is_no_such_file_is_refused(root: Caller) -> None:
    assert (await root.post(IMPORTS, {})).code == "bad_request"
    assert (await sent(root, "title\nx", "?dry_run=1")).code == "bad_request"
    assert (await sent(root, b"x" * (LARGEST_FILE + 1))).code == "too_large"
    almost = await sent(root, b"title\n" + b"x" * (LARGEST_FILE - 6))
    assert almost.json["refused"][0]["code"] == "not_csv"
    assert await slugs(root) == set()
