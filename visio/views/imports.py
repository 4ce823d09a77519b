"""Rooms from a CSV file: for administrators, and programs whose key is made for it."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import BaseModel

from visio.errors import BadRequest, NotAllowed
from visio.provisioning import LARGEST_FILE, Progress, Report, as_csv, as_json, provision
from visio.views.author import author
from visio.views.described import described
from visio.views.request import account
from visio.views.state import DATABASE

logger = logging.getLogger(__name__)


class Reason(BaseModel):
    fr: str
    en: str


class RefusedLine(BaseModel):
    """`line` counts from 1, the header; `column` is "" where the whole line or file is meant."""

    line: int
    column: str
    value: str
    code: str
    reason: Reason


class Imported(BaseModel):
    """How many lines were made into rooms (or would be), found there already, or refused."""

    dry_run: bool
    total: int
    made: int
    there: int
    refused: list[RefusedLine]


@described(answer=Imported, scope="rooms:provision", table=True)
async def make(request: web.Request) -> web.StreamResponse:
    """Make the rooms of a CSV file that are not there yet; each line that cannot be is told.

    With `Accept: application/x-ndjson` as it goes on: a line of `done` and `total` for every fifty
    rooms, then the report. With `Accept: text/csv` only the refused lines, for a spreadsheet.
    """
    mine = await account(request)
    # A service comes by a key that was made for this.
    if not (mine.kind == "service" or mine.administrator):
        raise NotAllowed
    data, by = await _file(request), await author(request)
    dry_run = request.query.get("dry_run", "false")
    if dry_run not in ("true", "false"):
        raise BadRequest("dry_run is true or false.")

    async def run(progress: Progress) -> Report:
        return await provision(
            request.app[DATABASE],
            data,
            progress,
            by=by,
            default_owner=mine.id,
            dry_run=dry_run == "true",
            heeding=True,
        )

    accepted = request.headers.get("Accept", "")
    if "application/x-ndjson" in accepted:
        return await _step_by_step(request, run)
    report = await run(_nobody)
    if "text/csv" in accepted:
        named = {"Content-Disposition": 'attachment; filename="refused.csv"'}
        return web.Response(text=as_csv(report), content_type="text/csv", headers=named)
    return web.json_response(as_json(report))


async def _file(request: web.Request) -> bytes:
    if request.content_type != "text/csv":
        raise BadRequest("The body must be text/csv.")
    try:
        async with asyncio.timeout(_BODY_TIMEOUT):
            return await request.clone(client_max_size=LARGEST_FILE).read()
    except TimeoutError:
        raise BadRequest("The body did not arrive.") from None


async def _step_by_step(
    request: web.Request, run: Callable[[Progress], Awaitable[Report]]
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)

    async def tell(told: dict[str, object]) -> None:
        await response.write(json.dumps(told).encode() + b"\n")

    async def progress(done: int, total: int) -> None:
        await tell({"done": done, "total": total})

    try:
        await tell(as_json(await run(progress)))
    except ConnectionError:
        logger.info("an import stopped, as nobody listened any more")
    except Exception:  # the head is sent already: nobody else can answer
        logger.exception("an import failed")
        await tell({"code": "internal_error"})
    await response.write_eof()
    return response


async def _nobody(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


# Seconds for a file of LARGEST_FILE over a slow line.
_BODY_TIMEOUT = 120
