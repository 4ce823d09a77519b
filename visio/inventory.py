"""Every algorithm that Visio uses: for what, where, how long it must hold, and by whose code.

A test compares this with what the tree imports. What OpenSSL offers on this host is asked of it.
"""

import json
import ssl
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Literal

from cryptography.hazmat.backends.openssl import backend

import visio
from visio.config import PRODUCT_KEY, Config, read_secrets
from visio.doctor import certificates

Primitive = Literal[
    "ae", "block-cipher", "drbg", "hash", "kdf", "key-agree", "mac", "signature", "other"
]
"""As CycloneDX calls them."""


@dataclass(frozen=True, slots=True)
class Use:
    """One algorithm in one role.

    `bits` is the strength against classical computers; `quantum` NIST's category against quantum
    ones, 0 for none. `places` are files with the names that they import for it.
    """

    algorithm: str
    primitive: Primitive
    role: str
    life: str
    bits: int
    quantum: int
    library: str
    places: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Held:
    """A key or a certificate of this installation, by its setting: what it is, never what is in it.

    `until` is when a certificate ends, in ms since 1970; 0 for keys.
    """

    setting: str
    algorithm: str
    bits: int
    until: int = 0


def keys(config: Config) -> list[Held]:
    """Those of the settings; raises ConfigError when one cannot be used."""
    secrets = read_secrets(config)
    found = [
        Held("secret_key" if name == PRODUCT_KEY else f"livekit_keys.{name}", _HS256, _bits(key))
        for name, key in secrets.signing_keys.items()
    ]
    found.append(Held("master_key_file", "AES-256-GCM", 8 * len(secrets.master_key)))
    if secrets.turn_secret:
        found.append(Held("turn_secret_file", "HMAC-SHA-1", _bits(secrets.turn_secret)))
    return found


def certificate(config: Config) -> list[Held]:
    """The one of the settings, if there is one."""
    if not (config.tls_cert and config.tls_key):
        return []
    seen = certificates.stored(config.tls_cert, config.tls_key, "")
    return [Held("tls_cert", f"{seen.key}, {seen.hash}", seen.bits, seen.ends)]


def libraries() -> dict[str, str]:
    """Those with cryptography in them, with the versions that run here."""
    found = {name: metadata.version(name) for name in _PYTHON}
    return {
        **found,
        "OpenSSL (Python's ssl: pages, mail, webhooks)": ssl.OPENSSL_VERSION.split()[1],
        "OpenSSL (cryptography's: DTLS, at rest)": backend.openssl_version_text().split()[1],
        **CRATES,
    }


def table(uses: Sequence[Use], held: Sequence[Held]) -> str:
    """For people."""
    rows = [_HEAD, *map(_row, uses)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    shown = [f"{name:<46} {version}" for name, version in libraries().items()]
    mine = [f"{one.setting:<46} {one.algorithm}, {one.bits} bits{_until(one)}" for one in held]
    return "\n".join([*lines, "", "Libraries", *shown, "", "Keys and certificates here", *mine])


def bill(uses: Sequence[Use], held: Sequence[Held], now: datetime) -> str:
    """For programs: a cryptography bill of materials (CycloneDX 1.6)."""
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{uuid.uuid4()}",
            "version": 1,
            "metadata": {
                "timestamp": now.astimezone(UTC).isoformat(timespec="seconds"),
                "component": {
                    "type": "application",
                    "bom-ref": "visio",
                    "name": "visio",
                    "version": visio.__version__,
                },
            },
            "components": [
                *(_asset(number, use) for number, use in enumerate(uses)),
                *map(_holding, held),
                *(
                    {"type": "library", "bom-ref": name, "name": name, "version": version}
                    for name, version in libraries().items()
                ),
            ],
            "dependencies": [
                {"ref": f"use-{number}", "dependsOn": [_library(use.library)]}
                for number, use in enumerate(uses)
                if _library(use.library)
            ],
        },
        indent=2,
    )


def _row(use: Use) -> tuple[str, ...]:
    safe = "yes" if use.quantum else "no" if use.bits else "-"
    bits = str(use.bits or "-")
    return use.algorithm, bits, safe, use.role, use.life, use.library, ", ".join(use.places)


def _asset(number: int, use: Use) -> dict[str, object]:
    return {
        "type": "cryptographic-asset",
        "bom-ref": f"use-{number}",
        "name": use.algorithm,
        "description": use.role,
        "cryptoProperties": {
            "assetType": "algorithm",
            "algorithmProperties": {
                "primitive": use.primitive,
                "classicalSecurityLevel": use.bits,
                "nistQuantumSecurityLevel": use.quantum,
            },
        },
        "properties": [{"name": "visio:lifetime", "value": use.life}],
        "evidence": {"occurrences": [{"location": place} for place in use.places]},
    }


def _holding(one: Held) -> dict[str, object]:
    certificate = {"notValidAfter": _date(one.until)}
    return {
        "type": "cryptographic-asset",
        "bom-ref": one.setting,
        "name": one.setting,
        "description": f"{one.algorithm}, {one.bits} bits",
        "cryptoProperties": {"assetType": "certificate", "certificateProperties": certificate}
        if one.until
        else {
            "assetType": "related-crypto-material",
            "relatedCryptoMaterialProperties": {"type": "secret-key", "size": one.bits},
        },
    }


def _until(one: Held) -> str:
    return f", until {_date(one.until)}" if one.until else ""


def _date(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="seconds")


def _bits(secret: str) -> int:
    """Of its text: what is random in it may be less."""
    return 8 * len(secret.encode())


def _library(name: str) -> str:
    return next((one for one in libraries() if one.partition(" ")[0] == name), "")


_HEAD = ("algorithm", "bits", "PQ", "for what", "how long it must hold", "by", "where")
_PYTHON = ("aiortc", "argon2-cffi", "cryptography", "pyjwt", "pyopenssl", "pyrage")
CRATES = {"aes": "0.9.2", "ctr": "0.10.1", "ring": "0.17.14"}
"""Of sfu/core/Cargo.lock, which is not there where the server runs."""

_HS256 = "HMAC-SHA-256 (JWT HS256)"
_SHA256 = ("hashlib.sha256",)
_DTLS = "sfu/transport.py"
_SRTP = "sfu/core/src/srtp/cipher.rs"
_SESSION = "the session"
USES = (
    Use(
        "TLS 1.3, TLS 1.2 ECDHE with AEAD",
        "other",
        "pages, API and signalling, with tls_cert",
        "what the connection carries",
        128,
        0,
        "OpenSSL",
        {"visio/cli.py": ("ssl",)},
    ),
    Use(
        "TLS 1.3 and 1.2, Python's defaults",
        "other",
        "to the mail server, relays, peers, the identity provider",
        "what the connection carries",
        112,
        0,
        "OpenSSL",
        {
            "visio/mail/sending.py": ("ssl",),
            "visio/doctor/certificates.py": ("ssl", "cryptography.ec", "cryptography.rsa"),
            "visio/doctor/peers.py": ("ssl",),
            "visio/doctor/reasons.py": ("ssl",),
            "visio/doctor/turn.py": ("ssl",),
        },
    ),
    Use(
        "DTLS 1.2 ECDHE (X25519, P-256)",
        "key-agree",
        "keys of media and data channels",
        "the meeting, if recorded on the way: long",
        128,
        0,
        "pyopenssl",
        {_DTLS: ("OpenSSL.SSL", "aiortc.RTCDtlsTransport")},
    ),
    Use(
        "ECDSA P-256 with SHA-256",
        "signature",
        "the media server's certificate, pinned by signalling",
        "the process: a new key at each start",
        128,
        0,
        "aiortc",
        {_DTLS: ("aiortc.RTCCertificate",)},
    ),
    Use(
        "SRTP AES-128-GCM, AES-256-GCM",
        "ae",
        "audio and video",
        "the meeting, if recorded on the way: long",
        128,
        1,
        "ring",
        {
            _DTLS: ("aiortc.SRTP_AEAD_AES_128_GCM", "aiortc.SRTP_AEAD_AES_256_GCM"),
            _SRTP: ("ring::AES_128_GCM", "ring::AES_256_GCM", "aes::Aes256"),
        },
    ),
    Use(
        "SRTP AES-128-CM with HMAC-SHA-1-80",
        "ae",
        "audio and video of clients without GCM; SRTP's key derivation",
        "the meeting, if recorded on the way: long",
        128,
        1,
        "aes",
        {
            _DTLS: ("aiortc.SRTP_AES128_CM_SHA1_80",),
            _SRTP: ("aes::Aes128", "ctr::Ctr128BE", "ring::HMAC_SHA1_FOR_LEGACY_USE_ONLY"),
        },
    ),
    Use(
        "HMAC-SHA-1",
        "mac",
        "ICE: who may send from an address (RFC 8489)",
        "seconds",
        128,
        1,
        "ring",
        {"sfu/core/src/stun.rs": ("ring::HMAC_SHA1_FOR_LEGACY_USE_ONLY",)},
    ),
    Use(
        "HMAC-SHA-1",
        "mac",
        "short-lived TURN credentials, as coturn wants them",
        "5 minutes",
        128,
        1,
        "hashlib",
        {"visio/livekit/routes.py": ("hashlib.sha1", "hmac.digest")},
    ),
    Use(
        _HS256,
        "mac",
        "tokens for calls; keys of 256 bits or more",
        "12 hours",
        256,
        5,
        "pyjwt",
        {"visio/auth/tokens.py": ("jwt",)},
    ),
    Use(
        "HMAC-SHA-256 (JWT HS256, and as KDF)",
        "mac",
        "La Suite's tokens, by a key derived from the first",
        "1 hour",
        256,
        5,
        "pyjwt",
        {"visio/auth/delegation.py": ("jwt", "hmac.digest", *_SHA256)},
    ),
    Use(
        "JWT RS256, PS256, ES256, ES384, EdDSA",
        "signature",
        "tokens of the identity provider, only verified",
        "minutes",
        112,
        0,
        "pyjwt",
        {"visio/auth/jws.py": ("jwt",)},
    ),
    Use(
        "SHA-256",
        "hash",
        "PKCE with the identity provider (S256)",
        "minutes",
        256,
        2,
        "hashlib",
        {"visio/auth/oidc.py": (*_SHA256, "secrets")},
    ),
    Use(
        "Argon2id (64 MiB, 3 passes)",
        "kdf",
        "passwords",
        "the account",
        128,
        1,
        "argon2-cffi",
        {"visio/auth/passwords.py": ("argon2.ARGON2_VERSION", "argon2.PasswordHasher", "secrets")},
    ),
    Use(
        "SHA-256 of random tokens",
        "hash",
        "sessions, guests, links, API keys, recovery codes: only hashes are kept",
        "the session, at most the account",
        128,
        2,
        "hashlib",
        {
            "visio/auth/sessions.py": (*_SHA256, "secrets"),
            "visio/auth/guests.py": (*_SHA256, "secrets"),
            "visio/auth/links.py": (*_SHA256, "secrets"),
            "visio/auth/keys.py": (*_SHA256, "secrets"),
            "visio/auth/factors.py": _SHA256,
            "visio/store/callbacks.py": _SHA256,
            "visio/portable/entering.py": ("secrets",),
        },
    ),
    Use(
        "TOTP with HMAC-SHA-1 (RFC 6238)",
        "mac",
        "second factor, as authenticators know it",
        "the account",
        128,
        1,
        "cryptography",
        {"visio/auth/factors.py": ("cryptography.HOTP", "cryptography.SHA1", "secrets")},
    ),
    Use(
        "AES-256-GCM",
        "ae",
        "what people say, at rest; keys per meeting, wrapped by the master key",
        "retention, and as long as copies exist",
        256,
        5,
        "cryptography",
        {
            "visio/store/sealing.py": ("cryptography.AESGCM", "os.urandom"),
            "visio/link.py": ("os.urandom",),
        },
    ),
    Use(
        "BLAKE2b, keyed, 64 bits",
        "mac",
        "words in the search index, by a key per meeting",
        "retention, and as long as copies exist",
        64,
        1,
        "hashlib",
        {"visio/store/sealing.py": ("hashlib.blake2b",)},
    ),
    Use(
        "SHA-256",
        "hash",
        "the audit's chain",
        "audit_days",
        256,
        2,
        "hashlib",
        {"visio/store/audit.py": _SHA256},
    ),
    Use(
        "SHA-256",
        "hash",
        "bodies of webhooks, whose signature is a JWT",
        "5 minutes",
        256,
        2,
        "hashlib",
        {"visio/livekit/webhooks.py": _SHA256},
    ),
    Use(
        "SHA-256",
        "hash",
        "telling repeated requests and returning people apart",
        "a day; the meeting",
        256,
        2,
        "hashlib",
        {"visio/views/repeating.py": _SHA256, "visio/sitting.py": _SHA256},
    ),
    Use(
        "age: X25519, HKDF-SHA-256, ChaCha20-Poly1305",
        "key-agree",
        "backups, for the recipients that are named",
        "as long as the backup exists",
        128,
        0,
        "pyrage",
        {"visio/backup/archive.py": ("pyrage",), "visio/backup_commands.py": ("pyrage",)},
    ),
    Use(
        "SHA-256",
        "hash",
        "parts of a backup and of a bundle; weights of models",
        "as long as the backup exists",
        256,
        2,
        "hashlib",
        {
            "visio/backup/archive.py": _SHA256,
            "transcription/weights.py": ("hashlib.file_digest",),
            "deploy/bundle/sbom.py": ("hashlib.file_digest",),
        },
    ),
    Use(
        "ECDSA P-256 with SHA-256",
        "signature",
        "a certificate of one's own for a try-out (make run HOST=…)",
        "395 days",
        128,
        0,
        "cryptography",
        {"deploy/certificate.py": ("cryptography.ec", "cryptography.hashes")},
    ),
    Use(
        "the kernel's generator",
        "drbg",
        "names of rooms and tokens, identities, sids, ICE passwords",
        _SESSION,
        256,
        5,
        "secrets",
        dict.fromkeys(
            (
                "sfu/connection.py",
                "sfu/peer.py",
                "sfu/subscriber.py",
                "transcription/__main__.py",
                "visio/config.py",
                "visio/hub.py",
                "visio/lobbies.py",
                "visio/store/persons.py",
                "visio/store/slugs.py",
                "visio/views/connection_test.py",
                "visio/views/joining.py",
                "visio/worker.py",
            ),
            ("secrets",),
        ),
    ),
    Use(
        "the browser's generator",
        "drbg",
        "a callback's secret, ids of messages",
        _SESSION,
        122,
        1,
        "browser",
        {
            "visio/web/src/features/sdk/callback.ts": ("getRandomValues",),
            "visio/web/src/call/state/chat.ts": ("randomUUID",),
        },
    ),
    Use(
        "ids and pauses that are no secrets",
        "other",
        "rows' ids, this inventory's number; when to reconnect",
        "none",
        0,
        0,
        "uuid",
        {
            "visio/store/models.py": ("uuid",),
            "visio/inventory.py": ("uuid", "ssl", "cryptography.backend"),
            "deploy/bundle/sbom.py": ("uuid",),
            "visio/web/src/call/state/reconnection.ts": ("Math.random",),
            "visio/web/src/call/state/restart.ts": ("Math.random",),
        },
    ),
)
