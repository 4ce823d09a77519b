"""Everything the product refuses, as one tree; a docstring is the message shown to people.

VisioError
├── ConfigError            the server cannot start like this (exit code 2)
└── Refusal                an answer to a request: `code` is stable, `status` is HTTP's
    ├── BadRequest 400 · SignInRequired 401 · NotAllowed 403 · NotFound 404
    ├── Conflict 409 · Unprocessable 422 · TooManyAttempts 429 · Unavailable 503
    └── their kinds, below
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class VisioError(Exception):
    """Something went wrong."""


class ConfigError(VisioError):
    """The configuration is wrong."""


class Refusal(VisioError):  # noqa: N818 - its kinds read as what is refused
    """The request was refused."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"

    def __init__(self, detail: str = "", *, retry_after: int | None = None) -> None:
        self.detail = detail or self.title
        self.retry_after = retry_after
        """Seconds after which it may be asked again, where that helps."""
        super().__init__(self.detail)

    @property
    def title(self) -> str:
        """The class's own sentence: the same for every refusal of this kind."""
        return (type(self).__doc__ or "").strip()


class BadRequest(Refusal):
    """The request could not be read."""

    status = 400
    code = "bad_request"


class WrongFields(BadRequest):
    """Some fields are wrong."""

    code = "wrong_fields"

    def __init__(self, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        self.fields = fields or {}
        """What is wrong with each, as La Suite's document has it."""
        super().__init__("; ".join(f"{name}: {one[0]}" for name, one in self.fields.items()))


class SignInRequired(Refusal):
    """Sign in first."""

    status = 401
    code = "sign_in_required"


class NotSignedIn(SignInRequired):
    """Nobody is signed in."""

    code = "not_signed_in"


class InvalidCredentials(SignInRequired):
    """The e-mail address or the password is wrong."""

    code = "invalid_credentials"


class CodeRequired(SignInRequired):
    """Give a code of your authenticator too."""

    code = "code_required"


class WrongCode(SignInRequired):
    """This code is wrong, or was used already."""

    code = "wrong_code"


class InvalidToken(SignInRequired):
    """The access token is missing, expired or not valid here."""

    code = "invalid_token"


class TokenExpired(InvalidToken):
    """Token expired."""

    code = "token_expired"


class SignInFailed(SignInRequired):
    """The identity provider did not sign you in here."""

    code = "sign_in_failed"


class NotAllowed(Refusal):
    """Your role does not allow this."""

    status = 403
    code = "not_allowed"


class ChatClosed(NotAllowed):
    """You may not write in this chat now."""

    code = "chat_closed"


class NotAdmitted(NotAllowed):
    """This room does not admit you."""

    code = "not_admitted"


class MustKnock(NotAllowed):
    """Ask to be let in."""

    code = "must_knock"


class RoomLocked(NotAllowed):
    """This room is locked."""

    code = "room_locked"


class RoomFull(NotAllowed):
    """The room has exceeded its max participants."""

    code = "room_full"


class CreationRuledOut(NotAllowed):
    """Only administrators of this service create rooms."""

    code = "creation_ruled_out"


class InsufficientScope(NotAllowed):
    """This API key was not made for that."""

    code = "insufficient_scope"


class ForeignOrigin(NotAllowed):
    """The request comes from a page of another site."""

    code = "foreign_origin"


class PasswordChangeRequired(NotAllowed):
    """Choose a password of your own first."""

    code = "password_change_required"


class SecondFactorRequired(NotAllowed):
    """Administrators sign in with an authenticator: set one up first."""

    code = "second_factor_required"


class StrongerSignInRequired(NotAllowed):
    """Administrators have to sign in more strongly at their identity provider."""

    code = "stronger_sign_in_required"


class EmailUnverified(NotAllowed):
    """The identity provider vouches for no e-mail address that is admitted here."""

    code = "email_unverified"


class NotFound(Refusal):
    """There is nothing here."""

    status = 404
    code = "not_found"


class RoomNotFound(NotFound):
    """There is no such room, or it is not yours to see."""

    code = "room_not_found"


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account_not_found"


class ServiceNotFound(NotFound):
    """There is no such service."""

    code = "service_not_found"


class KeyNotFound(NotFound):
    """There is no such API key."""

    code = "key_not_found"


class EntityNotFound(NotFound):
    """There is no such entity."""

    code = "entity_not_found"


class LinkSpent(NotFound):
    """This link was used, replaced by another one, or is too old."""

    code = "link_spent"


class MeetingNotFound(NotFound):
    """There is no such meeting, or it is not yours to see."""

    code = "meeting_not_found"


class AddressUnknown(NotFound):
    """Nobody has an account with this e-mail address."""

    code = "address_unknown"


class MethodNotAllowed(Refusal):
    """This address does not answer to that method."""

    status = 405
    code = "method_not_allowed"


class Conflict(Refusal):
    """This contradicts what is already there."""

    status = 409
    code = "conflict"


class ChatFull(Conflict):
    """This meeting takes no more files."""

    code = "chat_full"


class EmailTaken(Conflict):
    """There is an account with this e-mail address already."""

    code = "email_taken"


class EntityNameTaken(Conflict):
    """There is an entity of this name already."""

    code = "entity_name_taken"


class EntityIdentifierTaken(Conflict):
    """Another entity has this identifier already."""

    code = "entity_identifier_taken"


class EntityProvided(Conflict):
    """The identity provider says to which entity this person belongs."""

    code = "entity_provided"


class OwnAccount(Conflict):
    """Nobody does this to their own account."""

    code = "own_account"


class LastAdministrator(Conflict):
    """Nobody else could administrate the service any more."""

    code = "last_administrator"


class SecondFactorInPlace(Conflict):
    """There is an authenticator already: remove it first."""

    code = "second_factor_in_place"


class NothingToUndo(Conflict):
    """There is nothing to undo."""

    code = "nothing_to_undo"


class SlugTaken(Conflict):
    """There is a room with this name already."""

    code = "slug_taken"


class LastOwner(Conflict):
    """A room needs an owner."""

    code = "last_owner"


class MeetingHeld(Conflict):
    """This meeting is held: release it first."""

    code = "meeting_held"


class MeetingRuns(Conflict):
    """This meeting goes on: end it first."""

    code = "meeting_runs"


class PassageChanged(Conflict):
    """Somebody has corrected this passage meanwhile: look at it again."""

    code = "passage_changed"


class TranscriptUnfinished(Conflict):
    """This transcript is still being written."""

    code = "transcript_unfinished"


class NothingSaid(Conflict):
    """Nothing was transcribed in this meeting."""

    code = "nothing_said"


class MinutesUnderWay(Conflict):
    """The minutes of this meeting are being written."""

    code = "minutes_under_way"


class NoMinutes(Conflict):
    """There are no minutes of this meeting."""

    code = "no_minutes"


class TooLarge(Refusal):
    """The request is too large."""

    status = 413
    code = "too_large"


class Unprocessable(Refusal):
    """Some fields are missing or not valid."""

    status = 422
    code = "invalid_fields"


class FileRefused(Unprocessable):
    """This kind of file is not taken, or it is not what its name says."""

    code = "file_refused"


class IdempotencyKeyReused(Unprocessable):
    """Another request had this Idempotency-Key."""

    code = "idempotency_key_reused"


class NameRequired(Unprocessable):
    """Say under which name you join."""

    code = "name_required"


class WeakPassword(Unprocessable):
    """A password needs at least twelve characters and must differ from the old one."""

    code = "weak_password"


class ContrastTooLow(Unprocessable):
    """Texts in this colour could not be read."""

    code = "contrast_too_low"


class AccessRuledOut(Unprocessable):
    """The policy of this service does not allow this access."""

    code = "access_ruled_out"


class MostRuledOut(Unprocessable):
    """The policy of this service allows fewer people in a room."""

    code = "most_ruled_out"


class LogoUnusable(Unprocessable):
    """This picture cannot be the logo."""

    code = "logo_unusable"


class TooManyAttempts(Refusal):
    """Too many attempts: wait a few minutes."""

    status = 429
    code = "too_many_attempts"


class TooManyRequests(Refusal):
    """Too many requests with this API key: wait a moment."""

    status = 429
    code = "too_many_requests"


class Unavailable(Refusal):
    """This part of the server is not running."""

    status = 503
    code = "unavailable"


class DatabaseAway(Unavailable):
    """The database does not answer at the moment: nothing was changed. Try again in a moment."""

    code = "database_away"


class StorageFull(Unavailable):
    """The server's disk is full: nothing was saved."""

    code = "storage_full"


class Damaged(Refusal):
    """What is stored of this was changed: it is not shown."""

    status = 500
    code = "damaged"


class Draining(Unavailable):
    """This server is about to stop: no new meeting begins on it. Ask again in a moment."""

    code = "draining"


class MinutesUnavailable(Unavailable):
    """This server has no language model that writes minutes."""

    code = "minutes_unavailable"


class MailUnavailable(Unavailable):
    """No e-mail can be sent at the moment."""

    code = "mail_unavailable"


class LetterRefused(MailUnavailable):
    """The mail server does not take this letter."""

    code = "letter_refused"


class ProviderUnavailable(Unavailable):
    """The identity provider does not answer as it should."""

    code = "provider_unavailable"
