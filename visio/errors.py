"""Everything the product refuses, as one tree; a docstring is the message shown to people.

VisioError
├── ConfigError            the server cannot start like this (exit code 2)
└── Refusal                an answer to a request: `code` is stable, `status` is HTTP's
    ├── BadRequest 400 · SignInRequired 401 · NotAllowed 403 · NotFound 404
    ├── Conflict 409 · Unprocessable 422 · TooManyAttempts 429 · Unavailable 503
    └── their kinds, below
"""

from typing import ClassVar


class VisioError(Exception):
    """Something went wrong."""


class ConfigError(VisioError):
    """The configuration is wrong."""


class Refusal(VisioError):  # noqa: N818 - its kinds read as what is refused
    """The request was refused."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or self.title
        super().__init__(self.detail)

    @property
    def title(self) -> str:
        """The class's own sentence: the same for every refusal of this kind."""
        return (type(self).__doc__ or "").strip()


class BadRequest(Refusal):
    """The request could not be read."""

    status = 400
    code = "bad_request"


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


class InvalidToken(SignInRequired):
    """The access token is missing, expired or not valid here."""

    code = "invalid_token"


class NotAllowed(Refusal):
    """Your role does not allow this."""

    status = 403
    code = "not_allowed"


class NotAdmitted(NotAllowed):
    """This room does not admit you."""

    code = "not_admitted"


class RoomFull(NotAllowed):
    """The room has exceeded its max participants."""

    code = "room_full"


class ForeignOrigin(NotAllowed):
    """The request comes from a page of another site."""

    code = "foreign_origin"


class PasswordChangeRequired(NotAllowed):
    """Choose a password of your own first."""

    code = "password_change_required"


class NotFound(Refusal):
    """There is nothing here."""

    status = 404
    code = "not_found"


class RoomNotFound(NotFound):
    """There is no such room, or it is not yours to see."""

    code = "room_not_found"


class MeetingNotFound(NotFound):
    """There is no such meeting, or it is not yours to see."""

    code = "meeting_not_found"


class MethodNotAllowed(Refusal):
    """This address does not answer to that method."""

    status = 405
    code = "method_not_allowed"


class Conflict(Refusal):
    """This contradicts what is already there."""

    status = 409
    code = "conflict"


class EmailTaken(Conflict):
    """There is an account with this e-mail address already."""

    code = "email_taken"


class SlugTaken(Conflict):
    """There is a room with this name already."""

    code = "slug_taken"


class TooLarge(Refusal):
    """The request is too large."""

    status = 413
    code = "too_large"


class Unprocessable(Refusal):
    """Some fields are missing or not valid."""

    status = 422
    code = "invalid_fields"


class NameRequired(Unprocessable):
    """Say under which name you join."""

    code = "name_required"


class WeakPassword(Unprocessable):
    """A password needs at least twelve characters and must differ from the old one."""

    code = "weak_password"


class TooManyAttempts(Refusal):
    """Too many attempts: wait a few minutes."""

    status = 429
    code = "too_many_attempts"


class Unavailable(Refusal):
    """This part of the server is not running."""

    status = 503
    code = "unavailable"
