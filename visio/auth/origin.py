"""Whether a request comes from our own page or from somebody else's (CSRF, CSWSH)."""

from urllib.parse import urlsplit


def is_ours(origin: str, host: str, url: str) -> bool:
    """Compare an Origin header with the Host the request was sent to and with our public URL.

    Only hosts and ports are compared: behind a proxy we do not see the scheme.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    return parts.netloc.lower() in (host.lower(), urlsplit(url).netloc.lower())
