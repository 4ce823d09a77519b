"""What the doctor observes, before anybody judges it. Nothing here holds a secret."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file with a secret, by its setting; `mode` are its permissions."""

    setting: str
    path: str
    mode: int


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets; `refusal` is why the server would not start with them, in a sentence.

    In the `demo` they are made at the first start: until then `made` is False.
    """

    files: tuple[KeyFile, ...]
    refusal: str = ""
    demo: bool = False
    made: bool = True


@dataclass(frozen=True, slots=True)
class Store:
    """The database; `trouble` says why nobody could ask it, `there` whether it was ever made.

    `revision` is its schema's, of the `known` ones with the newest last. Of the speech that waits
    the oldest has for `lag` ms; `backup_at` is when a backup was made, in ms since 1970.
    """

    kind: Literal["sqlite", "postgresql"]
    trouble: str = ""
    there: bool = True
    version: str = ""
    near: bool = True
    encrypted: bool = False
    known: tuple[str, ...] = ()
    revision: str | None = None
    waiting: int = 0
    lag: int = 0
    backup_at: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """How many seconds a peer's clock is ahead of ours, give or take."""

    peer: str
    ahead: float
    give: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from an address: a status and the beginning of a body, or why nothing."""

    url: str
    trouble: str = ""
    status: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate where it was seen; `wanted` is the name by which clients come.

    `distrust` says why this host's roots do not vouch for it; `ours` is one that lies in a file of
    the server. Times are ms since 1970.
    """

    place: str
    wanted: str
    trouble: str = ""
    names: tuple[str, ...] = ()
    begins: int = 0
    ends: int = 0
    key: str = ""
    bits: int = 0
    hash: str = ""
    distrust: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """A UDP port of media: whether some program holds it."""

    number: int
    taken: bool


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where clients are told to send media, and what this host itself is called."""

    announced: tuple[str, ...]
    own: tuple[str, ...]
    chosen: bool
    """Whether an operator named them."""


@dataclass(frozen=True, slots=True)
class Relay:
    """A TURN server asked for a relay as a client would.

    `error` is a STUN error code. `closed` are addresses of ours to which it would not send;
    `inward` says that it would send into its own host.
    """

    url: str
    trouble: str = ""
    error: int = 0
    took: int = 0
    closed: tuple[str, ...] = ()
    inward: bool = False


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system of data_dir, in bytes, and the folder's permissions."""

    path: str
    there: bool = True
    total: int = 1
    free: int = 0
    mode: int = 0
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Worker:
    """The speech worker: what a running server says of it, and what its Python says of models."""

    ours: bool
    state: str = ""
    detail: str = ""
    python: str = ""
    trouble: str = ""
    """Of its environment or its weights."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another service that the settings name; `refused` when it answers, but not us."""

    kind: Literal["mail", "oidc", "webhook", "minutes", "kyutai", "store"]
    name: str
    trouble: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Backups:
    """A place of backups; `newest` is a name."""

    place: str
    trouble: str = ""
    newest: str = ""
