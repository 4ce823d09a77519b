"""Browsers of guests: a random cookie token, by whose digest hosts keep somebody out."""

import hashlib
import secrets

COOKIE = "visio_guest"


def new_token() -> str:
    """For the cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What we know a browser by."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


LIFETIME = 365 * 24 * 3600
"""Seconds a browser keeps it; more keeps who was banned out for longer."""
