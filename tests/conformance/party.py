"""Parties of two, the second on the client under test, and what they do together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import api

from tests.conformance.sdks import Client, Sdk, python
from tests.livekit.site import KEYS, Site

NAME = "bots-only"
"""The room."""


def clients(*names: str) -> pytest.MarkDecorator:
    """Run a test with each of these, by their names in the matrix."""
    return pytest.mark.parametrize("sdk", names, indirect=True)


@asynccontextmanager
async def party(
    site: Site,
    sdk: Client,
    *,
    url: str = "",
    single: bool = True,
    token: str = "",
    **options: object,
) -> AsyncIterator[tuple[Sdk, Sdk]]:
    """Bob on that client, after Ada on the Python SDK."""
    async with python(True) as ada, sdk.open(single) as bob:
        await ada("join", site.url, site.token("ada"), {})
        await bob("join", url or site.url, token or site.token("bob"), options)
        yield ada, bob


@asynccontextmanager
async def program(site: Site) -> AsyncIterator[api.LiveKitAPI]:
    """A program that calls the server API by livekit-api."""
    async with api.LiveKitAPI(site.url.replace("ws", "http", 1), "bots", KEYS["bots"]) as bots:
        yield bots


async def talk(ada: Sdk, bob: Sdk) -> None:
    """Sound and pictures, both ways."""
    for sdk in (ada, bob):
        await sdk("speak")
        await sdk("film")
    for sdk, other in ((bob, "ada"), (ada, "bob")):
        await sdk("receives", other, "audio")
        await sdk("receives", other, "video")
