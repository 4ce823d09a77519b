"""The web client, built by Vite into one folder: its files, and its page for any other address."""

import json
import re
from html import escape
from pathlib import Path

from aiohttp import web

import visio
from visio.store import brandings
from visio.store.models import Branding
from visio.views.branding import shown
from visio.views.state import DATABASE

DIST = Path(visio.__file__).resolve().parent / "web" / "dist"


async def serve(request: web.Request) -> web.StreamResponse:
    """A file of the client, else its page to who accepts HTML."""
    path = request.match_info["path"]
    file = (DIST / path).resolve()
    if path and file.is_relative_to(DIST) and file.is_file():
        # Vite names assets after their content.
        immutable = path.startswith("assets/")
        return web.FileResponse(file, headers={"Cache-Control": _FOR_EVER if immutable else _ASK})
    if path and "text/html" not in request.headers.get("Accept", ""):
        raise web.HTTPNotFound
    return await document(request)


async def document(request: web.Request) -> web.StreamResponse:
    """The page itself, which shows what its address says."""
    # LiveKit's clients ask for "/" across origins to see whether the server is there.
    headers = {"Cache-Control": _ASK, "Access-Control-Allow-Origin": "*"}
    if not (page := DIST / "index.html").is_file():
        return web.Response(text="The web client is not built: run `make run`.\n", headers=headers)
    async with request.app[DATABASE].transaction() as session:
        branding = await brandings.current(session)
    if branding is None:
        return web.FileResponse(page, headers=headers)
    text = branded(page.read_text(), branding)
    return web.Response(text=text, content_type="text/html", headers=headers)


def branded(page: str, branding: Branding) -> str:
    """The page as its first picture should be: before any script has asked for anything."""
    look = shown(branding)
    # Data, which no policy for scripts concerns; "<" would end it.
    data = json.dumps(look).replace("<", "\\u003c")
    head = f'<script type="application/json" id="branding">{data}</script>'
    if branding.accent:
        head += f'<link rel="stylesheet" href="/branding/{branding.id}/colours.css">'
        page = page.replace('content="#000091"', f'content="{branding.accent}"', 1)
    if look["logo"]:
        icon = f'<link rel="icon" href="{look["logo"]}">'
        page = re.sub(r'<link rel="icon"[^>]*>', lambda _: icon, page, count=1)
    name = f"<title>{escape(branding.name)}</title>"
    page = re.sub(r"<title>.*?</title>", lambda _: name, page, count=1)
    return page.replace("</head>", f"{head}</head>", 1)


_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
