"""The rows. Ids are UUIDv4 texts, times integer milliseconds since 1970 UTC, lengths milliseconds.

Columns named `audio`, `text`, `words`, `reason`, `secret`, `id_token`, `message` and `content`, and
the `name` of a voice or a file, hold sealed bytes (see `visio.store.sealing`).
"""

import uuid

from sqlalchemy import (
    BigInteger,
    Connection,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    delete,
    event,
    insert,
    inspect,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column, validates

from visio import clock
from visio.store import stems, titles
from visio.store.words import LONGEST, findable, folded

ERASED = "@erased.invalid"
"""How the address ends of an account whose person was erased."""


def new_id() -> str:
    """A random UUIDv4 as 36 characters: 122 bits from the operating system."""
    return str(uuid.uuid4())


def wall_clock() -> int:
    """Milliseconds since 1970 UTC: only the default of `created_at`; deciding code takes `now`."""
    return clock.now()


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


def _ordered(length: int) -> String:
    """A text in the order of its code points whatever the language of the database: what begins
    alike stands together."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def _who(name: str) -> Enum:
    return _choice(name, "everyone", "hosts")


def _id() -> Mapped[str]:
    return mapped_column(String(36), primary_key=True, default=new_id)


def _belongs_to(column: str, *, index: bool = True) -> Mapped[str]:
    return mapped_column(String(36), ForeignKey(column, ondelete="CASCADE"), index=index)


def _perhaps(column: str) -> Mapped[str | None]:
    return mapped_column(String(36), ForeignKey(column, ondelete="SET NULL"), index=True)


class Entity(Model):
    """An administration among those that share the instance.

    `identifier` is what the identity provider calls it, None for one that it does not know;
    `sort_name` is the name without case and accents, by which no two are called.
    """

    __tablename__ = "entity"

    id: Mapped[str] = _id()
    name: Mapped[str] = mapped_column(String(200))
    identifier: Mapped[str | None] = mapped_column(String(100), unique=True)
    sort_name: Mapped[str] = mapped_column(_ordered(titles.LONGEST), unique=True)

    @validates("name")
    def _follow(self, _key: str, name: str) -> str:
        self.sort_name = titles.sort_title(name)
        return name


class Account(Model):
    """A person who can sign in, or a service: a program or a room system that acts by API keys.

    `email` is lower case; that of a service is none that anybody can have (see
    `visio.store.services`). `password_hash` is None for services, for who was invited and has not
    answered, and for who signs in at an identity provider only; `disabled_at` is None for who may
    sign in, or act. `sort_name` is the name without case and accents; `seen_at` is 0 for who never
    signed in. `AccountWord` follows name and address by itself. Services are of no entity.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(None, "sort_name", "id"),
        Index(None, "seen_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "entity_id", "sort_name", "id"),
    )

    id: Mapped[str] = _id()
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    administrator: Mapped[bool] = mapped_column(default=False)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[int | None]
    kind: Mapped[str] = mapped_column(_choice("kind", "person", "service"), default="person")
    sort_name: Mapped[str] = mapped_column(_ordered(100), default="")
    seen_at: Mapped[int] = mapped_column(default=0)
    entity_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("entity.id", ondelete="SET NULL")
    )

    @validates("name")
    def _follow(self, _key: str, name: str) -> str:
        self.sort_name = folded(name)[:100]
        return name

    @property
    def erased(self) -> bool:
        """Whether nobody is behind it any more."""
        return self.email.endswith(ERASED)


class AccountWord(Model):
    """A word by which a person is found (see `visio.store.words`).

    `sort_name` is the account's: those who are found are put in order without reading accounts.
    """

    __tablename__ = "account_word"
    __table_args__ = (Index(None, "account_id", "word"), {"sqlite_with_rowid": False})

    word: Mapped[str] = mapped_column(_ordered(LONGEST), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    sort_name: Mapped[str] = mapped_column(_ordered(100))


@event.listens_for(Account, "after_insert")
def _find_by_words(_mapper: Mapper[Account], connection: Connection, account: Account) -> None:
    """Here, as nobody who writes an account may forget it."""
    if account.kind == "person" and not account.erased:
        whose = {"account_id": account.id, "sort_name": account.sort_name}
        words = findable(account.name, account.email)
        rows = [{"word": word, **whose} for word in sorted(words)]
        connection.execute(insert(Model.metadata.tables[AccountWord.__tablename__]), rows)


@event.listens_for(Account, "after_update")
def _find_by_new_words(mapper: Mapper[Account], connection: Connection, account: Account) -> None:
    changes = inspect(account).attrs
    if changes["name"].history.has_changes() or changes["email"].history.has_changes():
        table = Model.metadata.tables[AccountWord.__tablename__]
        connection.execute(delete(table).where(table.c.account_id == account.id))
        _find_by_words(mapper, connection, account)


class SignIn(Model):
    """A signed-in browser. `id` is the SHA-256, in hexadecimal, of the cookie's token.

    `strong`: whoever signed in showed more than a password. `id_token` (sealed) and `provider_sid`
    are the identity provider's, where it signed them in.
    """

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = _belongs_to("account.id")
    expires_at: Mapped[int]
    seen_at: Mapped[int]
    strong: Mapped[bool] = mapped_column(default=False)
    provider_sid: Mapped[str | None] = mapped_column(String(255), index=True)
    id_token: Mapped[bytes | None]


class ApiKey(Model):
    """Lets a program act as a service. `digest` is the SHA-256, in hexadecimal, of its text.

    `scopes` and `domains` are words with blanks between them; `domains` are those of the e-mail
    addresses of people for whom it may act too.
    """

    __tablename__ = "api_key"

    id: Mapped[str] = _id()
    account_id: Mapped[str] = _belongs_to("account.id")
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(255))
    domains: Mapped[str] = mapped_column(String(1024))
    expires_at: Mapped[int]
    revoked_at: Mapped[int | None]
    last_used_at: Mapped[int | None]


class KeptAnswer(Model):
    """What was answered to an account that may ask again. `key` and `request` are SHA-256s: of its
    Idempotency-Key, and of the request that had it first."""

    __tablename__ = "kept_answer"

    account_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[bytes]
    created_at: Mapped[int] = mapped_column(default=wall_clock, sort_order=99, index=True)


class OidcSubject(Model):
    """An account as an identity provider knows it: `subject` never changes hands (OIDC Core §8)."""

    __tablename__ = "oidc_subject"
    __table_args__ = (UniqueConstraint("account_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = _belongs_to("account.id", index=False)


class MailedLink(Model):
    """A link that was mailed, good for one password. `id` is the SHA-256 of its token."""

    __tablename__ = "mailed_link"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = _belongs_to("account.id")
    purpose: Mapped[str] = mapped_column(_choice("purpose", "invitation", "reset"))
    expires_at: Mapped[int]


class SecondFactor(Model):
    """The secret that an account shares with an authenticator (RFC 6238).

    Counts once `confirmed_at` is set; `last_step` is the newest time step whose code was taken.
    """

    __tablename__ = "second_factor"

    account_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[bytes]
    confirmed_at: Mapped[int | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Model):
    """Stands in for a lost authenticator, once. `id` is the SHA-256 of account and code."""

    __tablename__ = "recovery_code"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = _belongs_to("account.id")


class Room(Model):
    """A place to meet. A deleted room keeps its row, so that its slug never leads elsewhere.

    The last columns say what those inside may do (see `visio.access`); no `max_participants` is 0,
    and `retention_days` of 0 are the server's. Its owners see its meetings since `handed_over_at`,
    when an administrator of the instance gave it to them; `sort_title` follows the title.
    """

    __tablename__ = "room"
    __table_args__ = (Index(None, "sort_title", "id"), Index(None, "created_at", "id"))

    id: Mapped[str] = _id()
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    access: Mapped[str] = mapped_column(_choice("access", "public", "trusted", "restricted"))
    owner_id: Mapped[str] = _belongs_to("account.id")
    deleted_at: Mapped[int | None]
    locked: Mapped[bool] = mapped_column(default=False)
    max_participants: Mapped[int] = mapped_column(default=0)
    microphone: Mapped[str] = mapped_column(_who("microphone"), default="everyone")
    camera: Mapped[str] = mapped_column(_who("camera"), default="everyone")
    screen_share: Mapped[str] = mapped_column(_who("screen_share"), default="everyone")
    muting: Mapped[str] = mapped_column(_who("muting"), default="hosts")
    transcribing: Mapped[str] = mapped_column(
        _choice("transcribing", "hosts", "nobody"), default="hosts"
    )
    spoken: Mapped[str] = mapped_column(
        _choice("spoken", "detected", "de", "en", "es", "fr", "it", "nl", "pt"), default="detected"
    )
    retention_days: Mapped[int] = mapped_column(default=0)
    chat: Mapped[str] = mapped_column(
        _choice("chat", "everyone", "hosts", "nobody"), default="everyone"
    )
    chat_kept: Mapped[bool] = mapped_column(default=False)
    handed_over_at: Mapped[int] = mapped_column(default=0)
    sort_title: Mapped[str] = mapped_column(String(titles.LONGEST), default="")

    @validates("title")
    def _follow(self, _key: str, title: str) -> str:
        self.sort_title = titles.sort_title(title)
        return title


class RoomCallback(Model):
    """A room that was made in a window, for a page that waits for it elsewhere: told once, within
    minutes. `id` is the SHA-256, in hexadecimal, of what both know."""

    __tablename__ = "room_callback"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    room_id: Mapped[str] = _belongs_to("room.id")
    created_at: Mapped[int] = mapped_column(default=wall_clock, sort_order=99, index=True)


class RoomMember(Model):
    """What an account may do in a room."""

    __tablename__ = "room_member"
    __table_args__ = (Index(None, "account_id", "created_at"),)

    room_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("room.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(_choice("role", "owner", "administrator", "member"))


class Ban(Model):
    """Somebody who may neither enter a room nor ask to: an account, or a guest's browser.

    `guest` is the SHA-256, in hexadecimal, of the cookie's token.
    """

    __tablename__ = "ban"
    __table_args__ = (
        UniqueConstraint("room_id", "account_id"),
        UniqueConstraint("room_id", "guest"),
    )

    id: Mapped[str] = _id()
    room_id: Mapped[str] = _belongs_to("room.id", index=False)
    account_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    guest: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))


class Meeting(Model):
    """One sitting of a room, from first join to last leave.

    `wrapped_key` is the meeting's AES-256 key under the master key; `seen_at` is when it was last
    known to run; `final_worker` and `final_lease` (when it runs out) say who holds the final pass,
    `final_fence` is as a talkspurt's.
    It is kept as long as the rules say, and longer while `held_at` is set: `held_for` says why,
    `held_reference` which case that is. Those who attended read its transcript unless
    `attendees_read` is false: then only what they said themselves. Its
    utterances are found by the rules of `stems_version`. `transcribed_since` is set while it is
    transcribed, `spotlight` is the identity of who is in front for everybody: for a server that
    goes on with it.
    """

    __tablename__ = "meeting"
    __table_args__ = (Index(None, "room_id", "started_at"), Index(None, "started_at", "id"))

    id: Mapped[str] = _id()
    room_id: Mapped[str] = _belongs_to("room.id", index=False)
    livekit_sid: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[int]
    ended_at: Mapped[int | None]
    seen_at: Mapped[int | None]
    wrapped_key: Mapped[bytes]
    final_pass: Mapped[str] = mapped_column(
        _choice("final_pass", "none", "pending", "claimed", "done"), default="none", index=True
    )
    final_worker: Mapped[str | None] = mapped_column(String(64))
    final_lease: Mapped[int | None]
    final_fence: Mapped[int] = mapped_column(default=0)
    held_at: Mapped[int | None]
    held_for: Mapped[str | None] = mapped_column(
        _choice("held_for", "court", "inquiry", "claim", "person", "other")
    )
    held_reference: Mapped[str] = mapped_column(String(200), default="")
    attendees_read: Mapped[bool] = mapped_column(default=True)
    stems_version: Mapped[int] = mapped_column(default=stems.VERSION)
    transcribed_since: Mapped[int | None]
    spotlight: Mapped[str] = mapped_column(String(256), default="")


class Participant(Model):
    """One stay of somebody in a meeting; `account_id` is None for who has no account (any more).

    `person` is the same for all stays of one person in this meeting, and in no other; `spoken` is
    how long they spoke; `removed` says that they were sent away.
    """

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
    microphone_people: Mapped[int | None]
    kind: Mapped[str] = mapped_column(
        _choice("kind", "account", "guest", "phone", "service"), default="guest"
    )
    person: Mapped[str] = mapped_column(String(64), default="")
    spoken: Mapped[int] = mapped_column(default=0)
    removed: Mapped[bool] = mapped_column(default=False)


class Consent(Model):
    """One answer of one participant; rows are only ever added, the newest of a kind counts.

    `wording` is the version of the text that asked, in that language (see `visio.wordings`); a no
    that `erases` takes back what was kept before it.
    """

    __tablename__ = "consent"

    id: Mapped[str] = _id()
    participant_id: Mapped[str] = _belongs_to("participant.id")
    kind: Mapped[str] = mapped_column(_choice("kind", "transcription", "recording"))
    granted: Mapped[bool]
    wording: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    erases: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[int]


class Talkspurt(Model):
    """What one track said between two silences.

    `started_at` counts from the meeting's start; `audio` is dropped by the final pass; `sequence`
    numbers the talkspurts of a track, so that one written twice lands once. `fence` grows with
    every claim: only the newest may write. `took` is how long recognition was at it, `done_at` when
    that was over.
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
    fence: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[int | None] = mapped_column(index=True)
    took: Mapped[int | None]


class Utterance(Model):
    """What was recognised; `started_at` and `ended_at` count from the meeting's start.

    `voice` ("S1", …) tells apart the people who share one microphone; `version` counts the
    corrections of the text (see `UtteranceVersion`).
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
    version: Mapped[int] = mapped_column(default=0)


class UtteranceVersion(Model):
    """A text that a corrected utterance had or has; number 0 is what was recognised.

    `account_id` and `participant_id` say who wrote it, the latter for those without an account.
    """

    __tablename__ = "utterance_version"

    utterance_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("utterance.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meeting_id: Mapped[str] = _belongs_to("meeting.id")
    account_id: Mapped[str | None] = _perhaps("account.id")
    participant_id: Mapped[str | None] = _perhaps("participant.id")
    text: Mapped[bytes]
    written_at: Mapped[int]


class HiddenUtterance(Model):
    """An utterance that readers and exports are not given; who hid it as in `UtteranceVersion`.

    Where `by_host`, only hosts of the room show it again; `reason` is sealed, or None.
    """

    __tablename__ = "hidden_utterance"

    utterance_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("utterance.id", ondelete="CASCADE"), primary_key=True
    )
    meeting_id: Mapped[str] = _belongs_to("meeting.id")
    account_id: Mapped[str | None] = _perhaps("account.id")
    participant_id: Mapped[str | None] = _perhaps("participant.id")
    by_host: Mapped[bool]
    reason: Mapped[bytes | None]
    hidden_at: Mapped[int]


class VoiceName(Model):
    """Whose voice it is that speaks into somebody's shared microphone; `name` is sealed."""

    __tablename__ = "voice_name"

    participant_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True
    )
    voice: Mapped[str] = mapped_column(String(16), primary_key=True)
    meeting_id: Mapped[str] = _belongs_to("meeting.id")
    name: Mapped[bytes]


class TranscriptReader(Model):
    """Somebody who was not there, and whom a host lets read the transcript."""

    __tablename__ = "transcript_reader"

    meeting_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class UtteranceStem(Model):
    """A word that an utterance is found by: `tag` is made of its stem with the meeting's key (see
    `MeetingKey.tag`). No time is kept with it, as there are millions."""

    __tablename__ = "utterance_stem"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tag: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    utterance_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("utterance.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at = None  # type: ignore[assignment]


class MeetingMinutes(Model):
    """What a meeting came to, by a language model and who corrected it; `text` is sealed JSON (see
    `visio.minutes.written`).

    `run` and `lease_expires` say who writes it, `done` of `total` parts are written; `failure` is
    why they could not be.
    """

    __tablename__ = "meeting_minutes"

    meeting_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(_choice("state", "waiting", "writing", "done", "failed"))
    failure: Mapped[str | None] = mapped_column(String(16))
    run: Mapped[str | None] = mapped_column(String(36), index=True)
    lease_expires: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    text: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(String(16), default="")
    model: Mapped[str] = mapped_column(String(200), default="")
    written_at: Mapped[int | None]
    edited: Mapped[bool] = mapped_column(default=False)


class ChatMessage(Model):
    """What somebody typed in a meeting; `text` is sealed. With an addressee it is for them alone.

    Goes when the meeting ends, unless its room keeps it as long as the meeting.
    """

    __tablename__ = "chat_message"
    __table_args__ = (Index(None, "meeting_id", "sent_at"),)

    id: Mapped[str] = _id()
    meeting_id: Mapped[str] = _belongs_to("meeting.id", index=False)
    participant_id: Mapped[str] = _belongs_to("participant.id")
    addressee_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("participant.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[bytes]
    sent_at: Mapped[int]


class ChatFile(Model):
    """What a message brings along; `name` and `content` are sealed, `size` is that of the file."""

    __tablename__ = "chat_file"

    message_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("chat_message.id", ondelete="CASCADE"), primary_key=True
    )
    meeting_id: Mapped[str] = _belongs_to("meeting.id")
    name: Mapped[bytes]
    size: Mapped[int]
    content: Mapped[bytes]


class ScheduledMeeting(Model):
    """A meeting for later, or a series of them; sittings of its room know nothing of it.

    `begins` is local time of `zone` (IANA), "2026-11-23T10:00"; `recurrence` is JSON (see
    `visio.planning`), empty for a single meeting. `sequence` is RFC 5546's. `ends_at` is None
    for a series without an end; `remind_at` is when letters go out next, `reminder` how long
    before a beginning.
    """

    __tablename__ = "scheduled_meeting"

    id: Mapped[str] = _id()
    room_id: Mapped[str] = _belongs_to("room.id")
    organizer_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    agenda: Mapped[str] = mapped_column(String(5000))
    zone: Mapped[str] = mapped_column(String(64))
    begins: Mapped[str] = mapped_column(String(16))
    length: Mapped[int]
    recurrence: Mapped[str] = mapped_column(String(500))
    sequence: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(_choice("language", "fr", "en"))
    reminder: Mapped[int | None]
    remind_at: Mapped[int | None] = mapped_column(index=True)
    ends_at: Mapped[int | None]
    changed_at: Mapped[int]
    cancelled_at: Mapped[int | None]


class OccurrenceChange(Model):
    """What became of one meeting of a series, by the local time that its rule gives it.

    `begins` is None for one that was cancelled.
    """

    __tablename__ = "occurrence_change"

    scheduled_meeting_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("scheduled_meeting.id", ondelete="CASCADE"), primary_key=True
    )
    original: Mapped[str] = mapped_column(String(16), primary_key=True)
    begins: Mapped[str | None] = mapped_column(String(16))
    length: Mapped[int]
    sequence: Mapped[int]


class Invitation(Model):
    """Somebody who is invited to a scheduled meeting: an account is found by its address."""

    __tablename__ = "invitation"

    scheduled_meeting_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("scheduled_meeting.id", ondelete="CASCADE"), primary_key=True
    )
    email: Mapped[str] = mapped_column(String(254), primary_key=True, index=True)


class OutgoingLetter(Model):
    """A letter that the mail server has not taken yet; `message` (sealed) is what is sent.

    Nobody takes it before `next_at`: whoever does moves that on for as long as a try may last.
    """

    __tablename__ = "outgoing_letter"

    id: Mapped[str] = _id()
    message: Mapped[bytes]
    next_at: Mapped[int] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[int]


class AuditEntry(Model):
    """One act, chained to the one before: see `visio.store.audit`, which alone writes them.

    The database refuses any change (migration 0008): a number follows the last one, and only what
    `AuditHead` says to be purged may go. `refused` is the code of what was not allowed, `room` the
    id of the room's row, or its sid where it has none; `detail` is JSON.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "author", "number"),
        Index(None, "object", "number"),
        Index(None, "room", "number"),
        Index(None, "act", "number"),
        Index(None, "created_at"),
    )

    number: Mapped[int] = mapped_column(
        # What SQLite calls so is its own row number: no second index.
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    )
    act: Mapped[str] = mapped_column(String(64))
    author_kind: Mapped[str] = mapped_column(String(16))
    author: Mapped[str | None] = mapped_column(String(256))
    address: Mapped[str | None] = mapped_column(String(64))
    object_kind: Mapped[str | None] = mapped_column(String(16))
    object: Mapped[str | None] = mapped_column(String(256))
    room: Mapped[str | None] = mapped_column(String(64))
    refused: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Model):
    """The end of the chain, in one row: the last entry, and the last one that was purged."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    purged_number: Mapped[int]
    purged_hash: Mapped[str] = mapped_column(String(64))


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


class Policy(Model):
    """What the instance allows its rooms: one row, of id 1. `access` are levels with commas."""

    __tablename__ = "policy"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    access: Mapped[str] = mapped_column(String(64))
    creators: Mapped[str] = mapped_column(_choice("creators", "everybody", "administrators"))
    max_participants: Mapped[int]


class Branding(Model):
    """What the service is called and looks like: the newest row is in force, those before it are
    what was before.

    `accent` is the colour "#rrggbb" of the light theme and `accent_dark` of the dark one, "" ours;
    `links` is JSON, a list of {"url", "fr", "en"}.
    """

    __tablename__ = "branding"

    id: Mapped[str] = _id()
    version: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(60))
    accent: Mapped[str] = mapped_column(String(7))
    accent_dark: Mapped[str] = mapped_column(String(7))
    links: Mapped[str] = mapped_column(Text)
    footer_fr: Mapped[str] = mapped_column(String(500))
    footer_en: Mapped[str] = mapped_column(String(500))
    logo: Mapped[bytes | None]
    logo_kind: Mapped[str] = mapped_column(String(16))
