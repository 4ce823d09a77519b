"""Why something could not be asked, in a few words that hold no secret; and how long we wait."""

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")


async def within(
    seconds: float, observe: Callable[[], Awaitable[T]], failed: Callable[[str], T]
) -> T:
    """What is observed within its own time, else what `failed` makes of the reason."""
    try:
        async with asyncio.timeout(seconds):
            return await observe()
    except TimeoutError:
        return failed(f"no answer within {seconds:.0f} s")
    except Exception as error:  # whatever a driver raises is what there is to be told
        return failed(reason(error))


def reason(error: BaseException) -> str:
    """The system's words where it has some, else the kind: messages may repeat what was sent."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error = error.certificate_error
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    if isinstance(error, SQLAlchemyError) and (cause := getattr(error, "orig", None)):
        error = cause.__cause__ or cause
    if isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
