"""The identity provider of the tests, and a browser that signs in there."""

import json
import re
import subprocess
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp

from tests.processes import Running, free_ports

FOLDER = Path(__file__).parent
SECRET = "a secret of the tests, long enough"


@dataclass(frozen=True)
class Idp:
    """A running oidc-provider, and our address that it knows."""

    issuer: str
    ours: str
    manner: str

    def know(self, **people: dict[str, Any]) -> None:
        """Say who exists: login → claims, and `acr` for how they sign in."""
        known = {
            login: {"acr": claims.pop("acr", None), "claims": claims}
            for login, claims in people.items()
        }
        asked = urllib.request.Request(  # noqa: S310 - http on this machine
            f"{self.issuer}/people", json.dumps(known).encode(), method="PUT"
        )
        urllib.request.urlopen(asked).close()  # noqa: S310

    def settings(self, folder: Path) -> dict[str, Any]:
        """Those of a server that signs people in there."""
        (folder / "oidc-secret").write_text(SECRET)
        return {
            "port": int(self.ours.rpartition(":")[2]),
            "public_url": self.ours,
            "oidc_issuer": self.issuer,
            "oidc_client_id": "visio",
            "oidc_client_secret_file": folder / "oidc-secret",
            "oidc_name": "Ministry",
        }


@contextmanager
def running_idp(manner: str) -> Iterator[Idp]:
    """One in the manner of "keycloak" or "proconnect", on free ports."""
    port, our_port = free_ports(2)
    ours = f"http://127.0.0.1:{our_port}"
    process = subprocess.Popen(
        ["node", "provider.mjs", str(port), ours, manner],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        running.line("ready", timeout=60)
        yield Idp(f"http://127.0.0.1:{port}", ours, manner)


class Browser:
    """Follows redirects, keeps cookies, fills in the provider's form."""

    def __init__(self, http: aiohttp.ClientSession, idp: Idp) -> None:
        self.http = http
        self._idp = idp
        self.visited: list[str] = []

    async def sign_in(self, login: str, path: str = "/oidc/start") -> str:
        """Through the provider and back; the path where it ends."""
        page = await self.go(f"{self._idp.ours}{path}")
        while page.startswith(f"{self._idp.issuer}/interaction/"):
            page = await self.go(page, {"login": login})
        return page.removeprefix(self._idp.ours)

    async def back(self, login: str, path: str = "/oidc/start") -> str:
        """As `sign_in`, as far as the address that the provider sends us back to."""
        page = await self.go(f"{self._idp.ours}{path}", until="/oidc/callback")
        if not page.startswith(f"{self._idp.issuer}/interaction/"):
            return page
        return await self.go(page, {"login": login}, until="/oidc/callback")

    async def go(self, url: str, form: dict[str, str] | None = None, *, until: str = "") -> str:
        """Open a page, following where it leads; the last address, or the first with `until`."""
        while True:
            self.visited.append(url)
            method = "GET" if form is None else "POST"
            async with self.http.request(
                method, url, data=form, allow_redirects=False, headers={"Accept": "text/html"}
            ) as answer:
                self.page = await answer.text()
                if answer.status not in (302, 303):
                    assert answer.status == 200, (url, answer.status, self.page)
                    return url
                url, form = urljoin(url, answer.headers["Location"]), None
            if until and until in url:
                return url

    async def who(self) -> dict[str, Any] | None:
        """The account that is signed in at our server."""
        async with self.http.get(f"{self._idp.ours}/api/v1/session") as answer:
            return (await answer.json())["account"] if answer.status == 200 else None

    async def sign_out(self) -> str | None:
        """At our server; where it says to go then."""
        async with self.http.delete(
            f"{self._idp.ours}/api/v1/session", headers={"Origin": self._idp.ours}
        ) as answer:
            return (await answer.json())["redirect"] if answer.status == 200 else None

    async def leave(self, url: str) -> str:
        """At the provider, whose page asks once more; where that ends."""
        await self.go(url)
        found = dict(re.findall(r'name="(\w+)" value="([^"]*)"', self.page))
        action = re.search(r'action="([^"]+)"', self.page)
        assert action
        return await self.go(action[1], {**found, "logout": "yes"})


@asynccontextmanager
async def browser(idp: Idp) -> AsyncIterator[Browser]:
    """A new one, without cookies."""
    # Provider and server are two ports of one address.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Browser(http, idp)
