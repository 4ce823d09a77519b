"""A language model behind an OpenAI-compatible endpoint: one question, one answer in text.

This is the only connection that the server makes for minutes, and only where an operator names it.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp

from visio.errors import VisioError

logger = logging.getLogger(__name__)

Failure = Literal[
    "timeout", "unreachable", "busy", "refused", "invalid", "too_large", "interrupted"
]


class WritingFailed(VisioError):  # noqa: N818 - its kind is in its failure
    """The language model gave nothing that minutes could be made of."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure)


@dataclass(frozen=True)
class Endpoint:
    """Where it is and how it is asked; `pause` waits so many seconds."""

    url: str
    model: str
    key: str
    answer_tokens: int
    patience: float
    """Seconds that an answer may take."""
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def ask(self, instructions: str, text: str) -> str:
        """The answer; raises WritingFailed. What may pass by itself is tried three times."""
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(self.patience):
                    return await self._ask(instructions, text)
            except TimeoutError:
                raise WritingFailed("timeout") from None
            except _Passing as passing:
                logger.warning("the language model: %s, attempt %d", passing.failure, attempt)
                if attempt == TRIES:
                    raise WritingFailed(passing.failure) from None
                await self.pause(passing.after)
        raise AssertionError  # the last attempt returns or raises

    async def _ask(self, instructions: str, text: str) -> str:
        body = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": text},
            ],
            "temperature": 0.1,
            "max_tokens": self.answer_tokens,
            "response_format": {"type": "json_object"},
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http,
                http.post(
                    f"{self.url}/chat/completions",
                    json=body,
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                _check(response)
                return _content(await _read(response))
        except (aiohttp.ClientError, OSError):
            raise _Passing("unreachable", _AGAIN) from None


class _Passing(Exception):  # noqa: N818 - it is no error yet
    """It may go better in `after` seconds."""

    def __init__(self, failure: Failure, after: float) -> None:
        self.failure, self.after = failure, after
        super().__init__(failure)


def _check(response: aiohttp.ClientResponse) -> None:
    if response.status in (429, 503):
        said = response.headers.get("Retry-After", "")
        raise _Passing("busy", min(float(said), _LONGEST) if said.isdecimal() else _AGAIN)
    if response.status >= 500:
        raise _Passing("unreachable", _AGAIN)
    if response.status != 200:
        logger.warning("the language model answers %d", response.status)
        raise WritingFailed("refused")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > _LARGEST:
            raise WritingFailed("too_large")
    return bytes(body)


def _content(body: bytes) -> str:
    """What the model said; empty where the answer is not one of this protocol."""
    try:
        read: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    match read:
        case {"choices": [{"finish_reason": "content_filter"}, *_]}:
            raise WritingFailed("refused")
        case {"choices": [{"message": {"refusal": str(refusal)}}, *_]} if refusal:
            raise WritingFailed("refused")
        case {"choices": [{"message": {"content": str(content)}}, *_]}:
            return content
    return ""


TRIES = 3
"""Of one question."""
# Seconds before what failed is tried again, where the server does not say, and at most if it does.
_AGAIN = 5.0
_LONGEST = 60.0
# Bytes of an answer: minutes of a section have some thousands.
_LARGEST = 2**20
