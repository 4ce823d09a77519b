"""What the service is called and looks like: chosen by administrators, shown to everybody."""

import base64
import json
from dataclasses import asdict
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from visio import colours, logos
from visio.colours import Palettes
from visio.errors import ContrastTooLow, LogoUnusable, Unprocessable
from visio.logos import Logo
from visio.store import audit, brandings
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Branding
from visio.views.author import by_account
from visio.views.described import described
from visio.views.request import Body, Line, administrator, read
from visio.views.state import DATABASE

Colour = Annotated[str, StringConstraints(pattern=colours.COLOUR)] | Literal[""]
Words = Annotated[Line, StringConstraints(min_length=1, max_length=60)]
Footer = Annotated[Line, Field(max_length=500)]


class LegalLink(Body):
    """Where a page leads to, and what that is called."""

    url: Annotated[Line, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=500)]
    fr: Words
    en: Words


class Draft(Body):
    """`logo` in base64; "" is ours, as with the colours."""

    name: Words
    accent: Colour = ""
    accent_dark: Colour = ""
    links: Annotated[tuple[LegalLink, ...], Field(max_length=8, strict=False)] = ()
    footer_fr: Footer = ""
    footer_en: Footer = ""
    logo: str = ""


class Shown(BaseModel):
    """What pages show; `id` is None where nobody has chosen anything, `logo` an address."""

    id: str | None
    name: str
    logo: str | None
    links: list[LegalLink]
    footer_fr: str
    footer_en: str


class Chosen(Draft):
    """What is in force, as a draft to go on from."""

    id: str | None


class Fault(BaseModel):
    theme: colours.Theme
    contrast: float


class Seen(BaseModel):
    """The logo as a data: URL, the colours by name, and which themes cannot be read."""

    logo: str
    light: dict[str, str]
    dark: dict[str, str]
    faults: list[Fault]


@described(answer=Chosen)
async def show(request: web.Request) -> web.Response:
    """What is in force, to be changed."""
    await administrator(request)
    async with request.app[DATABASE].transaction() as session:
        branding = await brandings.current(session)
    logo = base64.b64encode((branding and branding.logo) or b"").decode()
    return web.json_response({**shown(branding), **_colours(branding), "logo": logo})


@described(body=Draft, answer=Seen)
async def preview(request: web.Request) -> web.Response:
    """What a draft would look like, and what is wrong with its colours."""
    await administrator(request)
    draft = await read(request, Draft)
    logo, found = _logo(draft), _palettes(draft)
    data = f"data:{logo.kind};base64,{base64.b64encode(logo.data).decode()}" if logo else ""
    return web.json_response(
        {
            "logo": data,
            "light": dict(found.light) if found else {},
            "dark": dict(found.dark) if found else {},
            "faults": [asdict(fault) for fault in found.faults] if found else [],
        }
    )


@described(body=Draft)
async def change(request: web.Request) -> web.Response:
    """In force at once; raises ContrastTooLow, LogoUnusable."""
    by = by_account(request, (await administrator(request)).id)
    draft = await read(request, Draft)
    logo, found = _logo(draft), _palettes(draft)
    if found and found.faults:
        raise ContrastTooLow(
            "; ".join(
                f"{fault.theme} theme: {fault.contrast}, at least {colours.LEAST} is needed"
                for fault in found.faults
            )
        )
    branding = Branding(
        **draft.model_dump(exclude={"links", "logo"}),
        links=json.dumps([link.model_dump() for link in draft.links]),
        logo=logo.data if logo else None,
        logo_kind=logo.kind if logo else "",
    )
    async with request.app[DATABASE].transaction() as session:
        await brandings.add(session, branding)
        await audit.append(session, by, Deed(Act.BRANDING_CHANGED))
    return web.Response(status=204)


@described()
async def undo(request: web.Request) -> web.Response:
    """What was before is in force again; raises NothingToUndo."""
    by = by_account(request, (await administrator(request)).id)
    async with request.app[DATABASE].transaction() as session:
        await brandings.undo(session)
        await audit.append(session, by, Deed(Act.BRANDING_UNDONE))
    return web.Response(status=204)


async def picture(request: web.Request) -> web.Response:
    """A logo; whatever it holds runs nothing and asks for nothing."""
    branding = await _find(request)
    if branding.logo is None:
        raise web.HTTPNotFound
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    headers = {**_FOR_EVER, "Content-Security-Policy": policy}
    return web.Response(body=branding.logo, content_type=branding.logo_kind, headers=headers)


async def stylesheet(request: web.Request) -> web.Response:
    """The colours, for after those of the client."""
    branding = await _find(request)
    css = ""
    if branding.accent:
        css = colours.stylesheet(colours.palettes(branding.accent, branding.accent_dark))
    return web.Response(text=css, content_type="text/css", headers=_FOR_EVER)


def shown(branding: Branding | None) -> dict[str, object]:
    """What pages show of it."""
    if branding is None:
        return {"id": None, "name": NAME, "logo": None, **_NOTHING}
    return {
        "id": branding.id,
        "name": branding.name,
        "logo": f"/branding/{branding.id}/logo" if branding.logo else None,
        "links": json.loads(branding.links),
        "footer_fr": branding.footer_fr,
        "footer_en": branding.footer_en,
    }


def _colours(branding: Branding | None) -> dict[str, object]:
    return {
        "accent": branding.accent if branding else "",
        "accent_dark": branding.accent_dark if branding else "",
    }


async def _find(request: web.Request) -> Branding:
    async with request.app[DATABASE].transaction() as session:
        if (branding := await brandings.by_id(session, request.match_info["id"])) is None:
            raise web.HTTPNotFound
        return branding


def _logo(draft: Draft) -> Logo | None:
    try:
        data = base64.b64decode(draft.logo, validate=True)
    except ValueError:
        raise LogoUnusable("The logo is not base64.") from None
    return logos.cleaned(data) if data else None


def _palettes(draft: Draft) -> Palettes | None:
    if draft.accent_dark and not draft.accent:
        raise Unprocessable("accent_dark: only beside accent.")
    return colours.palettes(draft.accent, draft.accent_dark) if draft.accent else None


NAME = "Visio"
_NOTHING: dict[str, object] = {"links": [], "footer_fr": "", "footer_en": ""}
# What has this id never changes.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
