import re
from typing import Any

import pytest

from tests.callers import House
from visio.auth.keys import SCOPES
from visio.views.described import description

pytestmark = pytest.mark.one_database


@pytest.fixture
async def document(house: House) -> Any:
    answer = await house.anonymous().get("/api/v1/openapi.json")
    assert answer.status == 200
    return answer.json


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_the_document_names_every_route_of_the_api(house: House, document: Any) -> None:
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in house.server.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/api/v1/")
    }
    named = {(method, path) for method, path, _ in operations(document)}
    assert named == {route for route in routes if route[0] != "head"}
    assert len(named) > 40


async def test_every_operation_says_what_it_does(document: Any) -> None:
    found = operations(document)
    for method, path, operation in found:
        assert re.fullmatch(r"[A-Z].*[.:;]", operation["summary"]), (method, path)
    ids = [operation["operationId"] for _, _, operation in found]
    assert len(set(ids)) == len(ids)


async def test_every_handler_says_what_it_takes_and_answers(house: House) -> None:
    """But signing out, which answers an address to go on to, or nothing."""
    silent = {
        route.handler.__qualname__
        for route in house.server.app.router.routes()
        if route.resource
        and route.resource.canonical.startswith("/api/v1/")
        and description(route.handler) is None
    }
    assert silent == {"sign_out"}


async def test_every_reference_leads_somewhere(document: Any) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
        there = document
        for part in reference.split("/"):
            there = there[part]
        assert there


async def test_keys_are_made_for_what_the_document_says(document: Any) -> None:
    scopes = {
        scope
        for _, _, operation in operations(document)
        for door in operation.get("security", [])
        for scope in door.get("key", [])
    }
    assert scopes <= set(SCOPES)
    create = document["paths"]["/api/v1/rooms"]["post"]
    assert create["security"] == [{"key": ["rooms:write"]}, {"cookie": []}]


async def test_a_body_is_described_as_it_is_read(document: Any) -> None:
    create = document["paths"]["/api/v1/rooms"]["post"]
    name = create["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
    schema = document["components"]["schemas"][name]
    assert (schema["required"], schema["additionalProperties"]) == (["title"], False)
    assert {one["name"] for one in create["parameters"]} == {"Idempotency-Key"}
    listed = document["paths"]["/api/v1/rooms"]["get"]
    assert {one["name"] for one in listed["parameters"]} == {"limit", "after"}
