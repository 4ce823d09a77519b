"""The line between a server and its speech workers: who may open it, and what is said on it. Pure.

Both ends hold the master key. The worker's hello brings a fresh key, sealed under it, and every
message is sealed under that one: what lies between the two sees lengths and times, TLS or not.
"""

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from visio.errors import InvalidToken
from visio.store import talkspurts
from visio.store.sealing import Keyring, LineKey, SealError


@dataclass(frozen=True, slots=True)
class Piece:
    """More of what somebody is saying: Opus packets, offsets from the segment's start at 48 kHz.

    `language` is that of the room, "" where it is to be detected.
    """

    segment: str
    track: str
    packets: tuple[tuple[int, bytes], ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A segment is at its end: its final text comes the durable way."""

    segment: str


@dataclass(frozen=True, slots=True)
class Left:
    """Nobody listens to a microphone any more."""

    track: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What an open segment sounds like so far; it replaces the draft before."""

    segment: str
    text: str
    language: str


Message = Piece | Closed | Left | Draft
End = Literal["server", "worker"]


class Line:
    """One end of a line: seals what it sends, opens what the other sent, in order and once."""

    def __init__(self, key: LineKey, ours: End) -> None:
        self._key = key
        self._ours: End = ours
        self._theirs: End = "worker" if ours == "server" else "server"
        self._sent = self._opened = 0

    def seal(self, message: Message) -> bytes:
        """The next message, to be sent in this order."""
        sealed = self._key.seal(_written(message), f"{self._ours}:{self._sent}")
        self._sent += 1
        return sealed

    def open(self, sealed: bytes) -> Message:
        """The other end's next message; raises SealError or ValueError."""
        plain = self._key.open(sealed, f"{self._theirs}:{self._opened}")
        self._opened += 1
        return _read(plain)


def greet(keyring: Keyring, now: int) -> tuple[str, Line]:
    """A worker's hello, good for a minute, and its end of the line; `now` in ms since 1970."""
    key = os.urandom(32)
    hello = json.dumps({"at": now, "key": base64.b64encode(key).decode()}).encode()
    token = base64.urlsafe_b64encode(keyring.seal(hello, _HELLO)).decode()
    return token, Line(LineKey(key), "worker")


def accept(keyring: Keyring, token: str, now: int) -> Line:
    """The server's end of the line that a hello opens; raises InvalidToken."""
    try:
        hello = json.loads(keyring.open(base64.urlsafe_b64decode(token), _HELLO))
    except (SealError, binascii.Error, ValueError):
        raise InvalidToken from None
    if abs(now - hello["at"]) > _FRESH:
        raise InvalidToken
    return Line(LineKey(base64.b64decode(hello["key"])), "server")


def _written(message: Message) -> bytes:
    """A line of JSON, then the packets."""
    match message:
        case Piece(segment, track, packets, language):
            head = {"piece": segment, "track": track, "language": language}
            return json.dumps(head).encode() + b"\n" + talkspurts.pack(packets)
        case Closed(segment):
            return json.dumps({"closed": segment}).encode()
        case Left(track):
            return json.dumps({"left": track}).encode()
        case Draft(segment, text, language):
            return json.dumps({"draft": segment, "text": text, "language": language}).encode()


def _read(plain: bytes) -> Message:
    head, _, body = plain.partition(b"\n")
    said: Mapping[str, str] = json.loads(head)
    match said:
        case {"piece": segment, "track": track, "language": language}:
            return Piece(segment, track, tuple(talkspurts.unpack(body)), language)
        case {"closed": segment}:
            return Closed(segment)
        case {"left": track}:
            return Left(track)
        case {"draft": segment, "text": text, "language": language}:
            return Draft(segment, text, language)
    raise ValueError("the other end is of another version")


_HELLO = "worker:hello"
# Milliseconds that a hello may be old, or early: more lets one that was overheard open a line
# (which cannot be read) for longer, less keeps out hosts whose clocks differ.
_FRESH = 60_000
