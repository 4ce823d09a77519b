"""What a live room needs of those it serves: a client's connection, and where speech goes."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from livekit.protocol.rtc import SignalResponse

import sfu
from visio.store import models as rows


@dataclass(frozen=True, slots=True)
class Origin:
    """Who numbered a reliable packet, and with which number, above 0."""

    sid: str
    sequence: int


class Client(Protocol):
    """A connected participant, as the hub needs it."""

    @property
    def peer(self) -> sfu.Peer | sfu.Subscriber: ...  # what it receives by

    def tell(self, message: SignalResponse) -> None:
        """Send a message, or forget it while there is no socket."""

    def refresh_token(self) -> None:
        """Send a token that carries what the participant is called now."""

    def renegotiate(self) -> None:
        """What the peer must be sent has changed."""

    captions: bool
    """Whether it asked for what is being said, beside what was."""

    def show(self, utterance: "Spoken") -> None:
        """Send a line of the transcript, or a draft of one to those who asked for drafts."""

    def send(self, label: str, data: bytes, origin: "Origin | None" = None) -> None:
        """Send a data packet on the channel of that label."""

    def depart(self) -> Coroutine[Any, Any, None]:
        """The participant is out: close the socket and the peer."""


class Speech(Protocol):
    """Where tapped microphones go."""

    def open_track(
        self,
        meeting: rows.Meeting,
        participant: rows.Participant,
        track_sid: str,
        publication: sfu.Publication,
        shared: bool,
    ) -> None:
        """Begin to listen; a track that is open already is opened anew."""

    def close_track(self, track_sid: str) -> Coroutine[Any, Any, None]:
        """Stop listening; returns when what was heard is on disk."""

    def finish(self) -> None:
        """A meeting has ended: its final pass may begin."""


class Spoken(Protocol):
    """A line of the transcript; times are milliseconds since the meeting's start."""

    @property
    def id(self) -> str: ...
    @property
    def meeting_id(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def track_sid(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def started_at(self) -> int: ...
    @property
    def ended_at(self) -> int: ...
    @property
    def language(self) -> str: ...
    @property
    def final(self) -> bool: ...
