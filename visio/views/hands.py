"""Raised hands in a running meeting, by the token of the call."""

from aiohttp import web

from visio.hub import steady_clock
from visio.views.described import CALL, described
from visio.views.request import Body, hosting_call, in_call, read
from visio.views.state import CLOCK, LIMITS


class Hand(Body):
    raised: bool


class Lowering(Body):
    """Without `identity`: all hands."""

    identity: str | None = None


@described(body=Hand, door=CALL)
async def raise_or_lower(request: web.Request) -> web.Response:
    """My own hand. Raised again within 15 seconds it has the place it had."""
    caller = in_call(request)
    body = await read(request, Hand)
    pace, now = request.app[LIMITS].hands, request.app[CLOCK]()
    pace.check(caller.sid, now)
    pace.failed(caller.sid, now)
    room = caller.live.room
    if caller.sid in room.participants:  # they may have left while the body arrived
        caller.live.perform(room.set_hand(caller.sid, body.raised, steady_clock()))
    return web.Response(status=204)


@described(body=Lowering, door=CALL)
async def lower(request: web.Request) -> web.Response:
    """Somebody's hand, or all of them: a host's choice."""
    caller = hosting_call(request)
    body = await read(request, Lowering)
    caller.live.perform(caller.live.room.lower_hands(body.identity))
    return web.Response(status=204)
