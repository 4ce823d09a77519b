"""The web client, built by Vite into one folder: its files, and its page for any other address."""

from pathlib import Path

from aiohttp import web

import visio

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
    return _page()


def _page() -> web.StreamResponse:
    # LiveKit's clients ask for "/" across origins to see whether the server is there.
    headers = {"Cache-Control": _ASK, "Access-Control-Allow-Origin": "*"}
    if (page := DIST / "index.html").is_file():
        return web.FileResponse(page, headers=headers)
    return web.Response(text="The web client is not built: run `make run`.\n", headers=headers)


_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
