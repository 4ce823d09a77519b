"""Every setting, read once from the environment or one TOML file; and the secrets it points to."""

import base64
import binascii
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from visio.errors import ConfigError
from visio.wordings import Withdrawal

LONGEST = 3660
"""Days: what anything may be kept at most; ten years."""


def _http_url(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return url.rstrip("/")


def _database_url(url: str) -> str:
    if not url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        raise ValueError("must start with sqlite+aiosqlite:/// or postgresql+asyncpg://")
    return url


def _network(text: str) -> str:
    ip_network(text)
    return text


def _announced(text: str) -> str:
    address = ip_address(text)
    if address.is_unspecified or address.is_multicast:
        raise ValueError(f"{text} is no address that clients can send to")
    return str(address)


def _server(text: str) -> str:
    host, colon, port = text.partition(":")
    if text and not (host and (port.isdecimal() and 0 < int(port) < 65536 if colon else True)):
        raise ValueError("must be HOST or HOST:PORT")
    return text


def _listening(text: str) -> str:
    host, _, port = text.rpartition(":")
    if text and not (host and port.isdecimal() and int(port) < 65536):
        raise ValueError("must be ADDRESS:PORT")
    return text


def _media_threads(processors: int) -> int:
    """The others are for the event loop, and for the speech worker where it shares the machine."""
    return max(1, min(processors // 4, 8))


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in _THIS_HOST
    if url and not (here or (parts.scheme == "https" and parts.hostname)):
        raise ValueError("must start with https://")
    if parts.query or parts.fragment:
        raise ValueError("must be an address without ? and #")
    return url


def _smtp_port(security: str) -> int:
    return {"starttls": 587, "tls": 465}.get(security, 25)


def _origin(text: str) -> str:
    """As browsers say it: nothing behind the host and the port, nothing in capitals."""
    parts = urlsplit(text.lower().rstrip("/"))
    here = parts.scheme == "http" and parts.hostname in _THIS_HOST
    host = re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?", parts.netloc)
    if not (here or parts.scheme == "https") or not host or parts.path or parts.query:
        raise ValueError(f"{text} is no origin, such as https://agenda.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def _mailbox(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s?&]+@[^@\s?&]+", text):
        raise ValueError("must be empty or an e-mail address")
    return text


def _live_url(text: str) -> str:
    return text if text.startswith("unix:") else _http_url(text)


def _stream_url(text: str) -> str:
    if text and not re.match(r"(wss?|https?)://[^/]", text):
        raise ValueError("must be empty or begin with wss:// or ws://")
    return text


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _split_urls(value: object) -> object:
    """URLs with commas, or JSON; an URL alone gets every event."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = json.loads(value)
    targets = _split(value)
    if not isinstance(targets, list):
        return targets
    return [{"url": one} if isinstance(one, str) else one for one in targets]


def _webhook_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 1024:
        raise ValueError("must start with http:// or https:// and have at most 1024 characters")
    if parts.username is not None:
        raise ValueError("must not contain a user name: webhooks are signed instead")
    return url


WebhookName = Literal[
    "room_started",
    "room_finished",
    "participant_joined",
    "participant_left",
    "participant_connection_aborted",
    "track_published",
    "track_unpublished",
]


class WebhookTarget(BaseModel):
    """Where events go; of `include_events` none means all, `exclude_events` are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_webhook_url)]
    include_events: list[WebhookName] = []
    exclude_events: list[WebhookName] = []

    def wants(self, event: str) -> bool:
        """Whether this URL gets events of that name."""
        included = not self.include_events or event in self.include_events
        return included and event not in self.exclude_events


Words = Annotated[list[str], NoDecode, BeforeValidator(_split)]
WebhookTargets = Annotated[list[WebhookTarget], NoDecode, BeforeValidator(_split_urls)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Config(BaseSettings):
    """What an operator chooses. Frozen; a name nobody knows is refused."""

    model_config = SettingsConfigDict(
        env_prefix="VISIO_",
        # What compose and systemd make of a variable that nobody filled in.
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        validate_default=True,
    )

    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: Port = Field(8000, description="TCP port the web server listens on; 0 takes any.")
    public_url: Annotated[str, AfterValidator(_http_url)] = Field(
        "", description="Address people type, when a proxy stands in front; else made of the above."
    )
    trusted_proxies: Annotated[Words, AfterValidator(lambda all_: [_network(n) for n in all_])] = (
        Field([], description="Proxies (addresses or networks) whose X-Forwarded-For is believed.")
    )
    tls_cert: Path | None = Field(
        None, description="Certificate chain (PEM) to serve HTTPS with, together with tls_key."
    )
    tls_key: Path | None = Field(None, description="Private key (PEM) of tls_cert.")
    data_dir: Path = Field(
        Path("var"), description="Folder for the database file and what the demo generates."
    )
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default_factory=lambda values: f"sqlite+aiosqlite:///{values['data_dir']}/visio.db",
        description="sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME;"
        " visio.db in data_dir by default.",
    )
    media_host: str = Field(
        "::", description="Address the media ports listen on; :: is all, IPv4 and IPv6."
    )
    media_port: Port = Field(
        7882, description="UDP port of media, the first of media_threads ports; 0 takes any."
    )
    media_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default_factory=lambda: _media_threads(len(os.sched_getaffinity(0))),
        description="Threads that forward media, each on a UDP port of its own: media_port and"
        " those that follow; by default one for every four processors, at most 8.",
    )
    media_tcp_port: Port = Field(
        default_factory=lambda values: values.get("media_port", 0),
        description="TCP port of all media for networks that let no UDP out; 0 for none,"
        " media_port's number by default.",
    )
    media_announce: Annotated[
        Words, AfterValidator(lambda all_: list(dict.fromkeys(_announced(one) for one in all_)))
    ] = Field(
        [], description="Addresses clients send media to, with commas; this host's own by default."
    )
    media_stun: Annotated[str, AfterValidator(_server)] = Field(
        "",
        description="STUN server, HOST or HOST:PORT, asked once at the start for the address to"
        " announce before this host's own, when media_announce is empty; nobody by default.",
    )
    media_loudest: Annotated[int, Field(ge=0, le=100)] = Field(
        8,
        description="Where 20 or more microphones are open in a room, only so many are forwarded,"
        " the loudest; 0 for all.",
    )
    media_post_quantum: bool = Field(
        False,
        description="Let in only clients whose media is encrypted after a post-quantum key exchange"
        " (X25519MLKEM768): nobody, while the OpenSSL of this server has no DTLS 1.3.",
    )
    metrics_address: Annotated[str, AfterValidator(_listening)] = Field(
        "",
        description="ADDRESS:PORT on which Prometheus finds /metrics, for whoever can reach it;"
        " nowhere by default.",
    )
    demo: bool = Field(
        False, description="Try-out mode: makes its own secrets in data_dir and prints a sign-in."
    )
    drain_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default_factory=lambda values: 0 if values.get("demo") else _DRAIN,
        description="Seconds that running meetings have to end after SIGTERM, while no new ones"
        " begin; 600 by default, 0 in the demo.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs access tokens; at least 32 characters, random. Of several lines the"
        " first signs, and what the others signed is still good.",
    )
    secret_key_file: Path | None = Field(
        None, description="File that holds secret_key, so that it stays out of the environment."
    )
    master_key_file: Path | None = Field(
        None,
        description="File with 32 random bytes in base64: seals what people say. Of several lines"
        " the first seals, and what the others sealed is still opened.",
    )
    livekit_keys: dict[str, SecretStr] = Field(
        {}, description="More API keys and their secrets, for programs that use a LiveKit SDK."
    )
    webhooks: WebhookTargets = Field(
        [],
        description="URLs that are told what happens in rooms, with commas, or as tables with url,"
        " include_events, exclude_events.",
    )
    webhook_key: str = Field("", description="API key of livekit_keys that signs the webhooks.")
    webhook_patience: Annotated[int, Field(ge=1, le=86_400)] = Field(
        30, description="Seconds after which a webhook that its URL does not take is given up."
    )
    turn_urls: Words = Field(
        [],
        description="TURN servers that may relay media, such as turn:HOST:3478, with commas.",
    )
    turn_secret_file: Path | None = Field(
        None, description="File with the secret shared with the TURN servers (use-auth-secret)."
    )
    smtp_host: str = Field(
        "", description="Mail server that invitations and resets are sent by; no mail if empty."
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way to it is encrypted: starttls, tls, or none if it is on this host.",
    )
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default_factory=lambda values: _smtp_port(values.get("smtp_security", "")),
        description="TCP port of the mail server; 587, 465 or 25 by default, after smtp_security.",
    )
    smtp_user: str = Field("", description="User name at the mail server, if it wants one.")
    smtp_password_file: Path | None = Field(
        None, description="File that holds the password of smtp_user."
    )
    smtp_from: str = Field(
        "", description="Address that letters come from, such as visio@example.org."
    )
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        "", description="Identity provider (OpenID Connect) that signs people in; none if empty."
    )
    oidc_client_id: str = Field("", description="What the identity provider calls this server.")
    oidc_client_secret_file: Path | None = Field(
        None, description="File that holds the secret shared with the identity provider."
    )
    oidc_name: str = Field(
        "", max_length=60, description="Name of the identity provider on the sign-in page."
    )
    oidc_scopes: str = Field(
        "openid email profile",
        description="What is asked of it; ProConnect: openid email given_name usual_name.",
    )
    oidc_acr: Words = Field(
        [],
        description="Levels of sign-in (acr), with commas, of which administrators need one;"
        " without any, they cannot sign in by the identity provider.",
    )
    oidc_domains: Annotated[Words, AfterValidator(lambda all_: [one.lower() for one in all_])] = (
        Field([], description="Domains of e-mail addresses it may sign in; all if empty.")
    )
    oidc_trust_email: bool = Field(
        False,
        description="Believe its addresses where it does not say whether they are verified, as"
        " ProConnect does not.",
    )
    oidc_entity_claim: str = Field(
        "",
        max_length=100,
        description="Claim that names a person's entity by its identifier, such as siret; if empty,"
        " administrators say who is of which.",
    )
    api_rate: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        600, description="Requests a minute that each API key may send to one server."
    )
    embed_origins: Annotated[Words, AfterValidator(lambda all_: [_origin(one) for one in all_])] = (
        Field(
            [],
            description="Sites (https://HOST, with commas) whose pages may show ours for embedding;"
            " none by default.",
        )
    )
    connection_test: Literal["everyone", "accounts"] = Field(
        "everyone",
        description="Who may test their connection on this server: everyone, or accounts alone.",
    )
    support_email: Annotated[str, AfterValidator(_mailbox)] = Field(
        "", description="Address that people may send the report of a connection test to."
    )
    worker: bool = Field(True, description="Start the speech worker as a child of the server.")
    worker_python: str = Field(
        ".venv-speech/bin/python", description="Python that has the speech worker's packages."
    )
    worker_install: str = Field(
        "", description="Command that prepares worker_python, run when it is absent or stale."
    )
    whisper_path: str = Field(
        "", description="Folder of a faster-whisper model; the shipped one by default."
    )
    kyutai_url: Annotated[str, AfterValidator(_stream_url)] = Field(
        "", description="Kyutai streaming server for live captions (wss://HOST); Whisper if empty."
    )
    kyutai_key_file: Path | None = Field(
        None, description="File that holds the key of the Kyutai server, if it wants one."
    )
    live_url: Annotated[str, AfterValidator(_live_url)] = Field(
        "",
        description="Where a worker on another host finds the server, for live captions;"
        " public_url by default.",
    )
    diarization_path: str = Field(
        "", description="Folder of a pyannote pipeline; the shipped one by default."
    )
    language: str = Field("", description="Language people speak (fr, en, …); detected if empty.")
    minutes_url: Annotated[str, AfterValidator(_http_url)] = Field(
        "",
        description="Address of an OpenAI-compatible endpoint, such as http://localhost:8080/v1,"
        " whose language model writes minutes when somebody asks; none if empty.",
    )
    minutes_model: str = Field("", max_length=200, description="Name of the model it is asked for.")
    minutes_key_file: Path | None = Field(
        None, description="File with the key of that endpoint, if it wants one."
    )
    minutes_context: Annotated[int, Field(ge=2048, le=1_000_000)] = Field(
        8192, description="Tokens that fit into that model's context; longer meetings are cut."
    )
    minutes_timeout: Annotated[int, Field(ge=5, le=3600)] = Field(
        300, description="Seconds that it may take for one answer."
    )
    consent_withdrawal: Withdrawal = Field(
        "keep",
        description="What becomes of what somebody said before they withdrew: keep or delete.",
    )
    retention_days: int = Field(
        30,
        ge=1,
        le=LONGEST,
        description="Days that meetings are kept where their room does not say.",
    )
    retention_most: int = Field(
        365, ge=1, le=LONGEST, description="Days that they are kept at most, whatever a room says."
    )
    audit_days: int = Field(
        365,
        ge=1,
        le=LONGEST,
        description="Days that the audit keeps what was done; then it is purged.",
    )
    audit_address: Literal["full", "network", "none"] = Field(
        "full",
        description="What the audit keeps of IP addresses: full, network (/24 and /48) or none.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged: debug, info, warning or error."
    )

    @model_validator(mode="after")
    def _pairs_are_whole(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key must be given together")
        if bool(self.turn_urls) != (self.turn_secret_file is not None):
            raise ValueError("turn_urls and turn_secret_file must be given together")
        if bool(self.smtp_user) != (self.smtp_password_file is not None):
            raise ValueError("smtp_user and smtp_password_file must be given together")
        if self.smtp_host and not self.smtp_from:
            raise ValueError("smtp_host needs smtp_from")
        if self.smtp_security == "none" and self.smtp_host not in ("", *_THIS_HOST):
            raise ValueError("smtp_security may be none for a mail server on this host only")
        if bool(self.oidc_issuer) != bool(self.oidc_client_id and self.oidc_client_secret_file):
            raise ValueError(
                "oidc_issuer, oidc_client_id and oidc_client_secret_file must be given together"
            )
        if bool(self.minutes_url) != bool(self.minutes_model):
            raise ValueError("minutes_url and minutes_model must be given together")
        if self.media_port + self.media_threads > 65536:
            raise ValueError("media_threads must leave each a UDP port: media_port is too high")
        if len({target.url for target in self.webhooks}) < len(self.webhooks):
            raise ValueError("webhooks must not name a URL twice")
        return self

    @property
    def stun_server(self) -> tuple[str, int] | None:
        """Host and port of media_stun."""
        host, _, port = self.media_stun.partition(":")
        return (host, int(port or 3478)) if host else None

    @property
    def metrics_server(self) -> tuple[str, int] | None:
        """Address and port of metrics_address."""
        host, _, port = self.metrics_address.rpartition(":")
        return (host.strip("[]"), int(port)) if host else None

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by HTTPS."""
        return self.url.startswith("https://")

    @property
    def url(self) -> str:
        """The address people type, without a slash at its end."""
        if self.public_url:
            return self.public_url
        scheme = "https" if self.tls_cert else "http"
        host = {"127.0.0.1": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(  # noqa: S104
            self.host, self.host
        )
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"


@dataclass(frozen=True)
class Secrets:
    """The keys themselves: never printed, never logged."""

    signing_keys: Mapping[str, str] = field(repr=False)
    """API key → secret: "visio" signs our own access tokens, the others are livekit_keys; what was
    "visio" before has RETIRED and a number behind its name."""
    master_key: bytes = field(repr=False)
    """32 bytes that wrap the meetings' keys."""
    retired_master_keys: tuple[bytes, ...] = field(default=(), repr=False)
    """Those that did before: they unwrap what they wrapped."""
    turn_secret: str = field(default="", repr=False)
    """Shared with the TURN servers; empty without any."""
    smtp_password: str = field(default="", repr=False)
    """Of smtp_user; empty without one."""
    oidc_secret: str = field(default="", repr=False)
    """Shared with the identity provider; empty without one."""
    minutes_key: str = field(default="", repr=False)
    """Of the endpoint that writes minutes; empty without one."""


def load(file: Path | None = None, options: Mapping[str, Any] | None = None) -> Config:
    """Read the settings: options before the environment before the TOML file before defaults.

    The file may be named by VISIO_CONFIG. Raises ConfigError with a sentence per mistake.
    """
    file = file or (Path(os.environ["VISIO_CONFIG"]) if os.environ.get("VISIO_CONFIG") else None)
    _refuse_unknown_variables()
    values = _read_toml(file) if file else {}
    variables = {name.upper() for name, value in os.environ.items() if value}
    values = {name: value for name, value in values.items() if _variable(name) not in variables}
    try:
        return Config(**{**values, **(options or {})})
    except ValidationError as error:
        raise ConfigError("; ".join(_sentence(one) for one in error.errors())) from None
    except ValueError as error:  # a variable that is not the JSON it should be
        raise ConfigError(str(error)) from None


def read_secrets(config: Config) -> Secrets:
    """Read the keys, or make them in the demo; raises ConfigError when one is missing or weak."""
    signing = _signing_keys(config)
    keys = {name: secret.get_secret_value() for name, secret in config.livekit_keys.items()}
    for name, secret in {**keys, **signing}.items():
        _refuse_weak(name, secret, config)
    if any(name.partition(RETIRED)[0] == PRODUCT_KEY for name in keys):
        raise ConfigError(f'livekit_keys must not contain "{PRODUCT_KEY}": it names secret_key.')
    if config.webhooks and config.webhook_key not in keys:
        raise ConfigError("webhook_key must name one of livekit_keys, to sign the webhooks.")
    master, *retired = read_master_keys(config)
    return Secrets(
        {**signing, **keys},
        master,
        tuple(retired),
        turn_secret=_turn_secret(config),
        smtp_password=read_smtp_password(config),
        oidc_secret=_oidc_secret(config),
        minutes_key=_minutes_key(config),
    )


def read_master_key(config: Config) -> bytes:
    """The key that what people say is sealed under; raises ConfigError when missing or weak."""
    return read_master_keys(config)[0]


def read_master_keys(config: Config) -> list[bytes]:
    """That key, and behind it those that were before; raises ConfigError."""
    if config.master_key_file:
        text = _read(config.master_key_file, "master_key_file")
    elif config.demo:
        text = _made_once(config.data_dir / "master.key", _random_base64)
    else:
        raise ConfigError("master_key_file is not set: it must name a file with 32 bytes, base64.")
    return [_master_key(line) for line in _lines(text, "master_key_file")]


def key_files(config: Config, *, absent: bool = False) -> dict[str, Path]:
    """The files with secrets, by their settings' names: those that are there, or `absent` too."""
    named = {name: getattr(config, name) for name in _KEY_FILES}
    if config.demo:
        named["master_key_file"] = named["master_key_file"] or config.data_dir / "master.key"
        named["secret_key_file"] = named["secret_key_file"] or config.data_dir / "secret.key"
    return {name: file for name, file in named.items() if file and (absent or file.exists())}


def read_smtp_password(config: Config) -> str:
    """The password at the mail server; empty without one. Raises ConfigError."""
    file = config.smtp_password_file
    return _read(file, "smtp_password_file") if file else ""


def read_kyutai_key(config: Config) -> str:
    """The key of the Kyutai server; empty without one. Raises ConfigError."""
    file = config.kyutai_key_file
    return _read(file, "kyutai_key_file") if file else ""


def make_folder(folder: Path) -> None:
    """Make a folder for data, if it is not there, that only its owner can look into."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def default_text(name: str) -> str:
    """The default of a setting as an operator would write it; empty when there is none."""
    default = Config.model_fields[name].get_default()
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if isinstance(default, (str, int, Path)) else ""


def settings_table() -> str:
    """All settings as a Markdown table: docs/settings.md."""
    rows = [
        f"| `{name}` | `VISIO_{name.upper()}` | {_code(default_text(name))} | {field.description} |"
        for name, field in Config.model_fields.items()
    ]
    return "\n".join(
        ["| setting | environment | default | what it does |", "|---|---|---|---|", *rows, ""]
    )


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _master_key(line: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32 or len(set(key)) < 10:
        raise ConfigError("master_key_file must hold 32 random bytes in base64.")
    return key


def _lines(text: str, setting: str) -> list[str]:
    """The newest key first, then those it replaced."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_KEYS or len(set(lines)) < len(lines):
        raise ConfigError(f"{setting} holds more than {_MOST_KEYS} keys, or one twice.")
    return lines or [""]


def _signing_keys(config: Config) -> dict[str, str]:
    """By name: ours, and those that were before."""
    first, *retired = _lines(_signing_key(config), "secret_key")
    return {PRODUCT_KEY: first} | {
        f"{PRODUCT_KEY}{RETIRED}{number}": secret for number, secret in enumerate(retired)
    }


def _signing_key(config: Config) -> str:
    if config.secret_key.get_secret_value() and config.secret_key_file:
        raise ConfigError("Give secret_key or secret_key_file, not both.")
    if config.secret_key_file:
        return _read(config.secret_key_file, "secret_key_file")
    if secret := config.secret_key.get_secret_value():
        return secret
    if config.demo:
        return _made_once(config.data_dir / "secret.key", lambda: secrets.token_urlsafe(48))
    raise ConfigError("secret_key_file is not set: it must name a file with a random secret.")


def _turn_secret(config: Config) -> str:
    if config.turn_secret_file is None:
        return ""
    secret = _read(config.turn_secret_file, "turn_secret_file")
    if len(secret.encode()) < _SHORTEST_SECRET and not config.demo:
        raise ConfigError(f"turn_secret_file holds less than {_SHORTEST_SECRET} bytes.")
    return secret


def _oidc_secret(config: Config) -> str:
    file = config.oidc_client_secret_file
    return _read(file, "oidc_client_secret_file") if file else ""


def _minutes_key(config: Config) -> str:
    file = config.minutes_key_file
    return _read(file, "minutes_key_file") if file else ""


def _refuse_weak(name: str, secret: str, config: Config) -> None:
    ours = name.partition(RETIRED)[0] == PRODUCT_KEY
    setting = "secret_key" if ours else f"The secret of livekit_keys.{name}"
    if len(secret.encode()) < _SHORTEST_SECRET:
        raise ConfigError(f"{setting} is shorter than {_SHORTEST_SECRET} bytes.")
    guessable = len(set(secret)) < 10 or any(word in secret.lower() for word in _DEFAULT_SECRETS)
    if guessable and not config.demo:
        raise ConfigError(f"{setting} looks like an example: make a random one.")


def _random_base64() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _made_once(file: Path, make: Any) -> str:
    """The text of a file only its owner reads, written at the first call."""
    make_folder(file.parent)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file, file.name)
    with os.fdopen(handle, "w") as out:
        out.write(made := make())
        out.flush()
        os.fsync(out.fileno())
    return str(made)


def _read(file: Path, setting: str) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{setting} cannot be read: {error}") from None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except OSError as error:
        raise ConfigError(f"The configuration file cannot be read: {error}") from None
    except ValueError as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None


def _refuse_unknown_variables() -> None:
    known = {_variable(name) for name in Config.model_fields} | {"VISIO_CONFIG"}
    for name in sorted(os.environ):
        if name.upper().startswith("VISIO_") and name.upper() not in known:
            raise ConfigError(f"{name} is not a setting: see `visio serve --help`.")


def _variable(name: str) -> str:
    return f"VISIO_{name}".upper()


def _sentence(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name} is not a setting: see `visio serve --help`"
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


_KEY_FILES = tuple(name for name, field in Config.model_fields.items() if name.endswith("_file"))
# Less cuts more meetings short, more delays upgrades; docker-compose.yml waits a little longer.
_DRAIN = 600
PRODUCT_KEY = "visio"
"""The API key our own access tokens name as their issuer."""
RETIRED = "\n"
"""Behind the name of an API key: its secret signs no more, what it signed is still good."""
# Of one kind at once: the newest, and those whose time is not over. More are a mistake.
_MOST_KEYS = 4

_THIS_HOST = ("localhost", "127.0.0.1", "::1")
# HS256 wants at least its hash's size (RFC 7518 §3.2).
_SHORTEST_SECRET = 32
_DEFAULT_SECRETS = (
    "changeme",
    "change-me",
    "change_me",
    "example",
    "default",
    "password",
    "devkey",
)
