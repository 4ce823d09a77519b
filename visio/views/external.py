"""La Suite's external API (docs/openapi.yaml of suitenumerique/meet 1.27): an application shows an
API key and gets a token by which it acts for one person of its domains."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visio.access import Settings
from visio.auth import delegation, keys, tokens
from visio.auth.accounts import normalised
from visio.auth.delegation import Delegated
from visio.auth.keys import Keyed
from visio.config import PRODUCT_KEY
from visio.errors import (
    AccessRuledOut,
    BadRequest,
    InsufficientScope,
    InvalidToken,
    NotAllowed,
    NotFound,
    TokenExpired,
    Unprocessable,
    WrongFields,
)
from visio.store import accounts, audit, policies, rooms, slugs
from visio.store import keys as key_rows
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Account, Room
from visio.views import policy
from visio.views.author import author
from visio.views.keyed import count
from visio.views.request import known
from visio.views.state import CLOCK, CONFIG, DATABASE, SIGNING_KEYS

Parsed = TypeVar("Parsed", bound=BaseModel)


class Credentials(BaseModel):
    """`scope` is the e-mail address of the person to act for, as La Suite has it."""

    model_config = ConfigDict(strict=True)

    client_id: str = Field(max_length=36)
    client_secret: str = Field(max_length=200)
    grant_type: Literal["client_credentials"]
    scope: str = Field(max_length=254)


Source = Literal["camera", "microphone", "screen_share", "screen_share_audio"]


class RoomConfiguration(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    can_publish_sources: list[Source] | None = None
    everyone_can_mute: bool | None = None


class NewRoom(BaseModel):
    model_config = ConfigDict(strict=True)

    access_level: Literal["public", "trusted", "restricted"] | None = None
    configuration: RoomConfiguration | None = None


async def token(request: web.Request) -> web.Response:
    """A token to act for the person whose address is `scope`, for the key that is `client_secret`.

    Raises InvalidToken, NotAllowed for another domain, BadRequest when nobody has that address.
    """
    asked = _parsed(Credentials, await _credentials(request))
    key = await _application(request, asked)
    account = await _person(request, key, asked.scope)
    secret = request.app[SIGNING_KEYS][PRODUCT_KEY]
    return web.json_response(
        {
            "access_token": delegation.issue(
                secret, Delegated(key.id, account.id), request.app[CLOCK]()
            ),
            "token_type": "Bearer",
            "expires_in": int(delegation.LIFETIME.total_seconds()),
            "scope": " ".join(_scopes(key)),
        }
    )


async def listed(request: web.Request) -> web.Response:
    """The person's rooms, by numbered pages."""
    account = await _acting_for(request, "rooms:list")
    number = _number(request)
    size = _size(request)
    async with request.app[DATABASE].transaction() as session:
        total = await rooms.count_of_account(session, account.id)
        found = await rooms.numbered_page(session, account.id, (number - 1) * size, size)
    if not found and number > 1:
        raise NotFound("Invalid page.")
    return web.json_response(
        {
            "count": total,
            "next": _page(request, number + 1, size) if number * size < total else None,
            "previous": _page(request, number - 1, size) if number > 1 else None,
            "results": [_shown(request, room) for room in found],
        }
    )


async def create(request: web.Request) -> web.Response:
    """A room of the person's."""
    account = await _acting_for(request, "rooms:create")
    body = _parsed(NewRoom, await _json(request) if request.can_read_body else {})
    slug = slugs.random_slug()
    async with request.app[DATABASE].transaction() as session:
        access = body.access_level or (await policies.current(session)).access[0]
        try:
            await policy.check_new(session, account, access)
        except AccessRuledOut as refusal:
            raise WrongFields({"access_level": [refusal.detail]}) from None
        room = await rooms.add(
            session,
            Room(
                slug=slug,
                title=slug,
                access=access,
                owner_id=account.id,
                **_settings(body.configuration),
            ),
        )
        detail = {"access": room.access, "for": account.id}
        made = Deed(Act.ROOM_CREATED, ("room", room.id), room.id, detail=detail)
        await audit.append(session, await author(request), made)
    return web.json_response(_shown(request, room), status=201)


async def show(request: web.Request) -> web.Response:
    """One of the person's rooms."""
    account = await _acting_for(request, "rooms:retrieve")
    async with request.app[DATABASE].transaction() as session:
        room = await rooms.of_member(session, request.match_info["id"], account.id)
    if room is None:
        raise NotFound("Not found.")
    return web.json_response(_shown(request, room))


async def _acting_for(request: web.Request, scope: str) -> Account:
    """Whom the token lets the application act for; raises InvalidToken, InsufficientScope,
    TooManyRequests. What its key may do counts as it is now."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken("Authentication credentials were not provided.")
    now = request.app[CLOCK]()
    secrets = tokens.secrets_of(request.app[SIGNING_KEYS], PRODUCT_KEY)
    try:
        said = delegation.read(secrets, text.strip(), now)
        async with request.app[DATABASE].transaction() as session:
            key = keys.checked(await key_rows.by_id(session, said.key), now)
            account = await accounts.find(session, said.account)
    except TokenExpired:
        raise
    except InvalidToken:
        raise InvalidToken("Invalid token.") from None
    if account is None or not _may_act_for(key, account):
        raise InvalidToken("Invalid token.")
    count(request, key)
    if scope not in _scopes(key):
        raise InsufficientScope(f"Insufficient permissions. Required scope: {scope}")
    return account


async def _application(request: web.Request, asked: Credentials) -> Keyed:
    """The key whose id and text are shown; raises InvalidToken. Only to who has the text is told
    that it is good no more."""
    try:
        key = await known(request, asked.client_secret)
    except InvalidToken:
        if await keys.is_of(request.app[DATABASE], asked.client_id, asked.client_secret):
            raise InvalidToken("Application is inactive") from None
        raise InvalidToken("Invalid credentials") from None
    if key.id != asked.client_id:
        raise InvalidToken("Invalid credentials")
    return key


async def _person(request: web.Request, key: Keyed, email: str) -> Account:
    try:
        address = normalised(email)
    except Unprocessable:
        raise BadRequest("Scope should be a valid email address.") from None
    if address.rpartition("@")[2] not in key.domains:
        raise NotAllowed("This application is not authorized for this email domain.")
    async with request.app[DATABASE].transaction() as session:
        account = await accounts.by_email(session, address)
    if account is None or not _may_act_for(key, account):
        raise BadRequest("User not found.")
    return account


def _may_act_for(key: Keyed, account: Account) -> bool:
    return account.disabled_at is None and account.email.rpartition("@")[2] in key.domains


def _scopes(key: Keyed) -> list[str]:
    """Those of La Suite that a key of ours has."""
    return [theirs for ours, scopes in _SCOPES.items() if ours in key.scopes for theirs in scopes]


async def _credentials(request: web.Request) -> Any:
    # RFC 6749 wants a form, La Suite's 1.27 takes JSON only.
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    return await _json(request)


async def _json(request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise BadRequest("The body must be application/json.")
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None


def _parsed(kind: type[Parsed], value: Any) -> Parsed:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        wrong: dict[str, list[str]] = {}
        for one in error.errors():
            wrong.setdefault(str(one["loc"][0]) if one["loc"] else _WHOLE, []).append(one["msg"])
        raise WrongFields(wrong) from None


def _settings(asked: RoomConfiguration | None) -> Mapping[str, Any]:
    """The columns of a room for what was asked; what was not keeps its default."""
    settings: dict[str, Any] = {}
    if asked and asked.can_publish_sources is not None:
        for source in _SOURCES:
            open_ = source in asked.can_publish_sources
            settings[source] = "everyone" if open_ else "hosts"
    if asked and asked.everyone_can_mute is not None:
        settings["muting"] = "everyone" if asked.everyone_can_mute else "hosts"
    return settings


def _configuration(settings: Settings) -> dict[str, object]:
    """What differs from the defaults, in La Suite's words."""
    told: dict[str, object] = {}
    allowed = [source for source in _SOURCES if getattr(settings, source) == "everyone"]
    if len(allowed) < len(_SOURCES):
        audio = ["screen_share_audio"] if "screen_share" in allowed else []
        told["can_publish_sources"] = allowed + audio
    if settings.muting == "everyone":
        told["everyone_can_mute"] = True
    return told


def _shown(request: web.Request, room: Room) -> dict[str, object]:
    return {
        "id": room.id,
        "name": room.title,
        "slug": room.slug,
        "access_level": room.access,
        "url": f"{request.app[CONFIG].url}/{room.slug}",
        "telephony": {"enabled": False},
        "configuration": _configuration(Settings.of(room)),
    }


def _number(request: web.Request) -> int:
    if (number := _natural(request.query.get("page", "1"))) is None:
        raise NotFound("Invalid page.")
    return number


def _size(request: web.Request) -> int:
    """As La Suite takes it: what is none is the usual one."""
    return min(_natural(request.query.get("page_size", "")) or _USUAL_PAGE, _LARGEST_PAGE)


def _natural(text: str) -> int | None:
    fits = text.isascii() and text.isdecimal() and len(text) < 11
    return int(text) or None if fits else None


def _page(request: web.Request, number: int, size: int) -> str:
    path = request.path.rstrip("/")
    return f"{request.app[CONFIG].url}{path}/?page={number}&page_size={size}"


_SOURCES = ("camera", "microphone", "screen_share")
_SCOPES = {
    "rooms:read": ("rooms:list", "rooms:retrieve"),
    "rooms:write": ("rooms:create",),
}
_USUAL_PAGE, _LARGEST_PAGE = 20, 100
# As Django REST framework calls what is no field's fault.
_WHOLE = "non_field_errors"
