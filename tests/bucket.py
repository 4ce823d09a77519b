"""A store that speaks as much of S3 as backups need, in memory: the network's other end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

from aiohttp import web


class Bucket:
    """One bucket: `objects` by their keys."""

    def __init__(self, name: str) -> None:
        self.url = ""
        self.objects: dict[str, bytes] = {}
        self._name = name

    @asynccontextmanager
    async def served(self) -> AsyncIterator["Bucket"]:
        """Answer at `url`."""
        app = web.Application()
        app.router.add_route("*", "/{bucket}", self._answer_bucket)
        app.router.add_route("*", "/{bucket}/{key:.+}", self._answer_object)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer_bucket(self, request: web.Request) -> web.Response:
        self._check(request)
        if request.method == "POST":  # DeleteObjects
            told = ElementTree.fromstring(await request.text())  # noqa: S314
            keys = [str(one.text) for one in told.iter() if one.tag.endswith("Key")]
            for key in keys:
                self.objects.pop(key, None)
            gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return _xml(f"<DeleteResult>{gone}</DeleteResult>")
        found = [key for key in self.objects if key.startswith(request.query.get("prefix", ""))]
        listed = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(self.objects[key])}</Size>"
            "<LastModified>2026-01-01T00:00:00Z</LastModified><ETag>x</ETag></Contents>"
            for key in found
        )
        return _xml(
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>"
        )

    async def _answer_object(self, request: web.Request) -> web.Response:
        self._check(request)
        key = request.match_info["key"]
        if request.method == "PUT":
            self.objects[key] = await request.read()
            return web.Response(headers=_HEADERS)
        if key not in self.objects:
            raise web.HTTPNotFound
        whole = self.objects[key]
        part = whole[request.http_range]
        if "Range" not in request.headers:
            return web.Response(body=whole, headers=_HEADERS)
        start = request.http_range.start or 0
        end = start + len(part) - 1
        headers = {**_HEADERS, "Content-Range": f"bytes {start}-{end}/{len(whole)}"}
        return web.Response(status=206, body=part, headers=headers)

    def _check(self, request: web.Request) -> None:
        if request.match_info["bucket"] != self._name:
            raise web.HTTPNotFound
        if "AWS4-HMAC-SHA256 Credential=key/" not in request.headers.get("Authorization", ""):
            raise web.HTTPForbidden


def _xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/xml")


_HEADERS = {"ETag": '"x"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
