"""Whose access tokens are good here."""

from collections.abc import Mapping

from aiohttp import web

SIGNING_KEYS: web.AppKey[Mapping[str, str]] = web.AppKey("signing_keys")
"""API key → secret."""
