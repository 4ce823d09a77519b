"""The OpenAPI document: what the route table and the handlers say about themselves."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Literal, cast

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import visio
from visio.auth.keys import LONGEST_LIFE, PREFIX
from visio.views.described import Description, described, description
from visio.views.paging import LARGEST

Operation = dict[str, Any]
Mode = Literal["validation", "serialization"]
Refs = Mapping[tuple[type[BaseModel], Mode], Operation]


class Problem(BaseModel):
    """What was refused, and why (RFC 9457); `code` does not change."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class Document(BaseModel, extra="allow"):
    """This document."""

    openapi: str


@described(answer=Document, door=("open",))
async def serve(request: web.Request) -> web.Response:
    """This document."""
    return web.json_response(document(request.app))


def document(app: web.Application) -> Operation:
    """What OpenAPI 3.1 can say of every route under /api/v1."""
    routes = [route for route in app.router.routes() if _is_described(route)]
    refs, schemas = _schemas(routes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Visio",
            "version": visio.__version__,
            "description": "docs/api.md says what holds for every request.",
        },
        "servers": [{"url": "/"}],
        "paths": _paths(routes, refs),
        "components": {
            "schemas": schemas,
            "securitySchemes": _DOORS,
            "responses": {"Problem": _content("Refused.", refs[Problem, _OUT], _PROBLEM)},
        },
    }


def _is_described(route: web.AbstractRoute) -> bool:
    return _path(route).startswith("/api/v1/") and route.method != "HEAD"


def _path(route: web.AbstractRoute) -> str:
    return route.resource.canonical if route.resource else ""


def _paths(routes: list[web.AbstractRoute], refs: Refs) -> dict[str, dict[str, Operation]]:
    paths: dict[str, dict[str, Operation]] = {}
    for route in routes:
        path = _path(route)
        paths.setdefault(path, {})[route.method.lower()] = _operation(path, route.handler, refs)
    return paths


def _operation(path: str, handler: Callable[..., Any], refs: Refs) -> Operation:
    about = description(handler)
    summary, _, more = (inspect.getdoc(handler) or "").partition("\n\n")
    operation: Operation = {
        "operationId": f"{handler.__module__.rpartition('.')[2]}_{handler.__name__}",
        "summary": " ".join(summary.split()),
        "parameters": [*_path_parameters(path), *_parameters(about)],
        "responses": {**_answer(about, refs), "4XX": _REFUSED, "5XX": _REFUSED},
    }
    if more:
        operation["description"] = " ".join(more.split())
    if about and about.body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": refs[about.body, _IN]}},
        }
    if about and about.table:
        operation["requestBody"] = _TABLE
    if about:
        operation["security"] = list(_security(about))
    return operation


def _security(about: Description) -> Iterator[dict[str, list[str]]]:
    if about.scope:
        yield {"key": [about.scope]}
    for door in about.door:
        yield {} if door == "open" else {door: []}


def _answer(about: Description | None, refs: Refs) -> Operation:
    if about is None:
        return {"2XX": {"description": "Done."}}
    words = HTTPStatus(about.status).phrase
    if about.answer is None:
        return {str(about.status): {"description": words}}
    return {str(about.status): _content(words, refs[about.answer, _OUT], "application/json")}


def _path_parameters(path: str) -> list[Operation]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _parameters(about: Description | None) -> list[Operation]:
    paged = _PAGING if about and about.paged else []
    repeated = [_REPEATING] if about and about.repeatable else []
    asked = list(_query(about.query)) if about and about.query else []
    return [*asked, *paged, *repeated, *([_DRY_RUN] if about and about.table else [])]


def _query(model: type[BaseModel]) -> Iterator[Operation]:
    schema = model.model_json_schema(ref_template=_REFERENCE)
    for name, of in schema["properties"].items():
        yield {"name": name, "in": "query", "schema": of}


def _schemas(routes: list[web.AbstractRoute]) -> tuple[Refs, Operation]:
    found = [about for route in routes if (about := description(route.handler))]
    bodies = {(one, _IN) for about in found for one in (about.body, about.query) if one}
    answers = {(about.answer, _OUT) for about in found if about.answer} | {(Problem, _OUT)}
    models = sorted(bodies | answers, key=lambda one: (one[0].__module__, one[0].__name__))
    refs, schema = models_json_schema(models, ref_template=_REFERENCE)
    return cast("Refs", refs), dict(schema["$defs"])


def _content(words: str, schema: Operation, kind: str) -> Operation:
    return {"description": words, "content": {kind: {"schema": schema}}}


_REFERENCE = "#/components/schemas/{model}"
_IN: Mode = "validation"
_OUT: Mode = "serialization"
_PROBLEM = "application/problem+json"
_REFUSED = {"$ref": "#/components/responses/Problem"}
_DOORS: Operation = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{PREFIX}…",
        "description": f"An API key of a service, good for {LONGEST_LIFE.days} days at most.",
    },
    "cookie": {"type": "apiKey", "in": "cookie", "name": "visio_session"},
    "call": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The token of a call, by who is in it.",
    },
}
_PAGING: list[Operation] = [
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": 100},
    },
    {
        "name": "after",
        "in": "query",
        "description": "What the page before said as `next`.",
        "schema": {"type": "string"},
    },
]
_REPEATING: Operation = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any words: the same request with the same ones is done once within a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_DRY_RUN: Operation = {
    "name": "dry_run",
    "in": "query",
    "description": "Look, and make nothing.",
    "schema": {"type": "string", "enum": ["true", "false"], "default": "false"},
}
_TABLE: Operation = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
