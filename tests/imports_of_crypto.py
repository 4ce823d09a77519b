"""Where the tree touches cryptography: read from its sources, not from what it says of itself."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TREE = Path(__file__).parents[1]

Found = tuple[str, str]
"""A file, and the name of a primitive, or of what brings one."""


@cache
def found() -> set[Found]:
    """In Python, Rust and TypeScript; tests, and what is built, aside."""
    return {*_python(), *_rust(), *_typescript()}


def _python() -> Iterator[Found]:
    for folder in ("visio", "sfu", "transcription", "migrations", "deploy"):
        for file in sorted((TREE / folder).rglob("*.py")):
            if "node_modules" not in file.parts:
                yield from ((_path(file), one) for one in in_python(file.read_text()))


def in_python(source: str) -> Iterator[str]:
    """Imported names of `_MODULES`; of modules with many primitives, those that are used."""
    if not _WORDS.search(source):  # parsing all would take seconds
        return
    nodes = list(ast.walk(ast.parse(source)))
    names = dict(_imported(nodes))
    yield from (module for module in names.values() if module not in _TOLD_APART)
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and _is_crypto(node.module):
            root = node.module.partition(".")[0]
            yield from (f"{root}.{alias.name}" for alias in node.names if _counts(alias.name))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = names.get(node.value.id)
            if module in _TOLD_APART:
                yield f"{module}.{node.attr}"
            elif (node.value.id, node.attr) == ("os", "urandom"):
                yield "os.urandom"


def _imported(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Modules by the names that they have in the file."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_crypto(alias.name):
                    yield alias.asname or alias.name, alias.name


def _rust() -> Iterator[Found]:
    for file in sorted((TREE / "sfu/core/src").rglob("*.rs")):
        if file.name == "tests.rs":
            continue
        # A module of tests stands at the end of its file.
        source = file.read_text().partition("#[cfg(test)]")[0]
        for crate, rest in re.findall(
            r"^use (ring|aes|ctr)(?:::(.*?))?;", source, re.MULTILINE | re.DOTALL
        ):
            for name in re.findall(r"[A-Z]\w*|hmac\b", rest):
                if name in _RUST:
                    yield _path(file), f"{crate}::{name}"
        yield from (
            (_path(file), f"ring::{name}") for name in re.findall(r"hmac::(HMAC_\w+)", source)
        )


def _typescript() -> Iterator[Found]:
    for file in sorted((TREE / "visio/web/src").rglob("*.ts*")):
        if ".test." not in file.name:
            used = re.findall(r"\bcrypto\.(\w+)|\b(Math\.random)\b", file.read_text())
            yield from ((_path(file), next(filter(None, one))) for one in used)


def _path(file: Path) -> str:
    return file.relative_to(TREE).as_posix()


def _is_crypto(module: str) -> bool:
    return module.partition(".")[0] in _MODULES


def _counts(name: str) -> bool:
    return name not in _NO_PRIMITIVES and not name.startswith(_DATA_CHANNELS)


_MODULES = {
    *("hashlib", "hmac", "secrets", "random", "ssl", "jwt", "argon2", "pyrage", "OpenSSL"),
    *("cryptography", "nacl", "Crypto", "Cryptodome", "bcrypt", "scrypt", "zlib_ng", "pylibsrtp"),
    *("aiortc", "uuid"),
}
_WORDS = re.compile(rf"\b({'|'.join(_MODULES)}|urandom)\b")
_TOLD_APART = {"hashlib", "hmac"}
"""Of which an import says nothing yet."""
_NO_PRIMITIVES = {
    *("InvalidTag", "InvalidToken", "InvalidHashError", "VerifyMismatchError", "Options"),
    *("NameOID", "ExtendedKeyUsageOID", "serialization", "x509", "CertificatePublicKeyTypes"),
    *("UUID", "State", "SRTPProtectionProfile", "RTCDtlsFingerprint", "RTCDtlsParameters"),
}
_DATA_CHANNELS = ("RTCData", "RTCSctp", "WEBRTC", "DataChunk", "InboundStream", "SackChunk")
"""What aiortc has beside DTLS."""
_RUST = {"AES_128_GCM", "AES_256_GCM", "Aes128", "Aes256", "Ctr128BE"}
