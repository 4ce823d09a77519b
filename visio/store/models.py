"""The rows. Ids are UUIDv4 texts, times integer milliseconds since 1970 UTC, lengths milliseconds.

Columns named `audio`, `text` and `words` hold sealed bytes (see `visio.store.sealing`).
"""

import time
import uuid

from sqlalchemy import (
    BigInteger,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def new_id() -> str:
    """A random UUIDv4 as 36 characters: 122 bits from the operating system."""
    return str(uuid.uuid4())


def wall_clock() -> int:
    """Milliseconds since 1970 UTC: only the default of `created_at`; deciding code takes `now`."""
    return time.time_ns() // 1_000_000


class Model(DeclarativeBase):
    # Named constraints, so that a migration can drop what it names.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: BigInteger, bytes: LargeBinary}  # noqa: RUF012

    created_at: Mapped[int] = mapped_column(default=wall_clock, sort_order=99)


def _choice(name: str, *words: str) -> Enum:
    """A word out of a few, as VARCHAR with a CHECK: native enums are hard to migrate."""
    return Enum(*words, name=name, native_enum=False, create_constraint=True, length=16)


def _id() -> Mapped[str]:
    return mapped_column(String(36), primary_key=True, default=new_id)


def _belongs_to(column: str, *, index: bool = True) -> Mapped[str]:
    return mapped_column(String(36), ForeignKey(column, ondelete="CASCADE"), index=index)


class Account(Model):
    """A person who can sign in. `email` is lower case."""

    __tablename__ = "account"

    id: Mapped[str] = _id()
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(255))
    administrator: Mapped[bool] = mapped_column(default=False)
    must_change_password: Mapped[bool] = mapped_column(default=False)


class SignIn(Model):
    """A signed-in browser. `id` is the SHA-256, in hexadecimal, of the cookie's token."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = _belongs_to("account.id")
    expires_at: Mapped[int]
    seen_at: Mapped[int]


class Room(Model):
    """A place to meet. A deleted room keeps its row, so that its slug never leads elsewhere."""

    __tablename__ = "room"

    id: Mapped[str] = _id()
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    access: Mapped[str] = mapped_column(_choice("access", "public", "trusted", "restricted"))
    owner_id: Mapped[str] = _belongs_to("account.id")
    deleted_at: Mapped[int | None]


class RoomMember(Model):
    """What an account may do in a room."""

    __tablename__ = "room_member"

    room_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("room.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(_choice("role", "owner", "administrator", "member"))


class Meeting(Model):
    """One sitting of a room, from first join to last leave.

    `wrapped_key` is the meeting's AES-256 key under the master key; `final_worker` and
    `final_lease` (when it runs out) say who holds the final pass.
    """

    __tablename__ = "meeting"

    id: Mapped[str] = _id()
    room_id: Mapped[str] = _belongs_to("room.id")
    livekit_sid: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[int]
    ended_at: Mapped[int | None]
    wrapped_key: Mapped[bytes]
    final_pass: Mapped[str] = mapped_column(
        _choice("final_pass", "none", "pending", "claimed", "done"), default="none", index=True
    )
    final_worker: Mapped[str | None] = mapped_column(String(64))
    final_lease: Mapped[int | None]


class Participant(Model):
    """Somebody in a meeting; `account_id` is None for a guest."""

    __tablename__ = "participant"

    id: Mapped[str] = _id()
    meeting_id: Mapped[str] = _belongs_to("meeting.id")
    identity: Mapped[str] = mapped_column(String(256))
    sid: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    joined_at: Mapped[int]
    left_at: Mapped[int | None]
    shared_microphone: Mapped[bool] = mapped_column(default=False)


class Consent(Model):
    """One answer of one participant; rows are only ever added, the newest counts."""

    __tablename__ = "consent"

    id: Mapped[str] = _id()
    participant_id: Mapped[str] = _belongs_to("participant.id")
    kind: Mapped[str] = mapped_column(_choice("kind", "transcription"), default="transcription")
    granted: Mapped[bool]
    wording: Mapped[str] = mapped_column(String(64))
    answered_at: Mapped[int]


class Talkspurt(Model):
    """What one track said between two silences.

    `started_at` counts from the meeting's start; `audio` is dropped by the final pass; `sequence`
    numbers the talkspurts of a track, so that one written twice lands once.
    """

    __tablename__ = "talkspurt"
    __table_args__ = (
        UniqueConstraint("track_sid", "sequence"),
        Index(None, "state", "lease_expires"),
    )

    id: Mapped[str] = _id()
    meeting_id: Mapped[str] = _belongs_to("meeting.id")
    participant_id: Mapped[str] = _belongs_to("participant.id")
    track_sid: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int]
    started_at: Mapped[int]
    duration: Mapped[int]
    audio: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(
        _choice("state", "pending", "claimed", "done", "failed"), default="pending"
    )
    worker: Mapped[str | None] = mapped_column(String(64))
    lease_expires: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    shared: Mapped[bool] = mapped_column(default=False)


class Utterance(Model):
    """What was recognised; `started_at` and `ended_at` count from the meeting's start.

    `voice` ("S1", …) tells apart the people who share one microphone.
    """

    __tablename__ = "utterance"
    __table_args__ = (Index(None, "meeting_id", "started_at"),)

    id: Mapped[str] = _id()
    meeting_id: Mapped[str] = _belongs_to("meeting.id", index=False)
    participant_id: Mapped[str] = _belongs_to("participant.id")
    talkspurt_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("talkspurt.id", ondelete="SET NULL"), index=True
    )
    voice: Mapped[str | None] = mapped_column(String(16))
    started_at: Mapped[int]
    ended_at: Mapped[int]
    text: Mapped[bytes]
    words: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(64))
    final: Mapped[bool] = mapped_column(default=False)


class Webhook(Model):
    """An event that one URL has not taken yet; `body` is what is sent, to the byte.

    `sequence` grows: what one URL gets of one room, it gets in this order.
    """

    __tablename__ = "webhook"

    id: Mapped[str] = _id()
    sequence: Mapped[int] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(String(1024))
    room: Mapped[str] = mapped_column(String(256))
    event: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes]
