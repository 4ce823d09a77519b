import secrets
from datetime import timedelta
from typing import Annotated

from aiohttp import web
from pydantic import Field

from visio.auth import tokens
from visio.auth.sessions import SignedIn
from visio.config import PRODUCT_KEY
from visio.errors import NameRequired, NotAdmitted, SignInRequired
from visio.views.request import Body, Line, maybe_signed_in, read
from visio.views.rooms import find
from visio.views.state import CLOCK, HUB, SIGNING_KEYS


class Join(Body):
    name: Annotated[Line, Field(max_length=100)] | None = None
    shared_microphone: bool = False


async def join(request: web.Request) -> web.Response:
    """A token for the call, to whoever the room admits; guests give a name."""
    body = await read(request, Join)
    signed_in = await maybe_signed_in(request)
    if (found := await find(request, signed_in.account.id if signed_in else None)) is None:
        raise NotAdmitted if signed_in else SignInRequired
    room, member = found
    role = member or ("member" if signed_in else "guest")
    claims = _claims(room.slug, role, signed_in, body)
    return web.json_response(
        {
            "token": tokens.issue(
                {PRODUCT_KEY: request.app[SIGNING_KEYS][PRODUCT_KEY]},
                claims,
                ttl=_TTL,
                now=request.app[CLOCK](),
            ),
            "url": "",
            "identity": claims.identity,
            "role": role,
            "room": room.slug,
            "meeting": request.app[HUB].meeting(room.slug),
        }
    )


def _claims(slug: str, role: str, signed_in: SignedIn | None, body: Join) -> tokens.Claims:
    # Who has an account appears under its name: transcripts rely on it.
    name = signed_in.account.name if signed_in else body.name
    if not name:
        raise NameRequired
    attributes = {
        "visio.role": role,
        "visio.guest": "" if signed_in else "true",
        "visio.shared_microphone": "true" if body.shared_microphone else "",
    }
    return tokens.Claims(
        # One per join: a phone and a laptop of the same person are two participants.
        identity=f"p-{secrets.token_urlsafe(12)}",
        grants=tokens.Grants(room=slug, room_join=True),
        name=name,
        attributes={key: value for key, value in attributes.items() if value},
        account=signed_in.account.id if signed_in else None,
    )


# A day's longest meeting: the token also opens the in-call API, to those present only. Less cuts
# long meetings off, more lets a token that leaked be used in a later sitting.
_TTL = timedelta(hours=12)
