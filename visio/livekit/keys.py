"""Whose access tokens are good here, and where is written down what their holders do."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from visio.store.audit import Deed

SIGNING_KEYS: web.AppKey[Mapping[str, str]] = web.AppKey("signing_keys")
"""API key → secret."""
NOTE: web.AppKey[Callable[[web.Request, str, Deed], Awaitable[None]]] = web.AppKey("note")
"""Takes what the program with an API key did, for the audit."""
