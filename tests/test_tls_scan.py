"""R15: what `visio serve` agrees to with a certificate, and what it refuses."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from deploy.certificate import main as make_certificate
from tests.hellos import (
    AEAD,
    BAD,
    GROUPS,
    TLS_1_0,
    TLS_1_1,
    TLS_1_2,
    TLS_1_3,
    TLS_1_3_CIPHERS,
    WEAK_GROUPS,
    WEAK_SIGNATURES,
    Chosen,
    Hello,
    ask,
)
from visio.cli import _certificate
from visio.config import Config

Ask = Callable[[Hello], Chosen | None]


def accepted(ask: Ask, name: str, numbers: Iterable[int], **more: object) -> set[int]:
    """Those that do when nothing else is offered."""
    return {one for one in numbers if ask(Hello(**{name: (one,)}, **more))}  # type: ignore[arg-type]


def scan(ask: Ask, *, post_quantum: bool) -> dict[str, list[str]]:
    """Assert R15; returns what was agreed, to be told."""
    assert accepted(ask, "ciphers", BAD) == set()
    good = accepted(ask, "ciphers", AEAD)
    assert accepted(ask, "ciphers", TLS_1_3_CIPHERS, version=TLS_1_3) == TLS_1_3_CIPHERS.keys()
    for version in (TLS_1_0, TLS_1_1):
        assert ask(Hello(version=version, ciphers=(*AEAD, *BAD))) is None
    for version in (TLS_1_2, TLS_1_3):
        assert accepted(ask, "signatures", WEAK_SIGNATURES, version=version) == set()
    assert accepted(ask, "groups", WEAK_GROUPS) == set()
    both = ask(Hello(version=TLS_1_3, ciphers=(*BAD, *AEAD, *TLS_1_3_CIPHERS)))
    assert both
    assert both.version == TLS_1_3
    # Which of the groups a client has is wanted, whatever order it names them in.
    last = (*(one for one in GROUPS if one != HYBRID), HYBRID)
    wanted = ask(Hello(version=TLS_1_3, ciphers=TLS_1_3_CIPHERS, groups=last))
    assert wanted
    if post_quantum:
        assert wanted.group == HYBRID
    return {
        "TLS 1.2": sorted(AEAD[one] for one in good),
        "TLS 1.3": sorted(TLS_1_3_CIPHERS.values()),
        "group": [GROUPS[wanted.group]],
    }


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[tuple[str, int]]:
    """A port that speaks TLS as the server does."""
    make_certificate("visio.test", tmp_path / "one.pem")
    config = Config(demo=True, tls_cert=tmp_path / "one.pem", tls_key=tmp_path / "one.key")

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=_certificate(config))
    yield server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()


async def test_server_agrees_to_what_holds_and_to_nothing_else(address: tuple[str, int]) -> None:
    """R15. A post-quantum exchange comes first as soon as Python's OpenSSL has one (3.5)."""
    hybrid = ssl.OPENSSL_VERSION_INFO >= (3, 5)
    told = await asyncio.to_thread(scan, partial(ask, address), post_quantum=hybrid)
    ecdsa = [name for name in AEAD.values() if "ECDSA" in name]
    assert told["TLS 1.2"] == sorted(ecdsa), json.dumps(told)


async def test_the_scan_finds_what_is_bad(tmp_path: Path) -> None:
    """A server of the kind that nobody should run any more."""
    make_certificate("visio.test", tmp_path / "one.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(tmp_path / "one.pem", tmp_path / "one.key")

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=context)
    asked = partial(ask, server.sockets[0].getsockname())
    bad = await asyncio.to_thread(accepted, asked, "ciphers", BAD)
    assert {BAD[one] for one in bad} >= {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"}
    weak = await asyncio.to_thread(accepted, asked, "signatures", WEAK_SIGNATURES)
    assert {WEAK_SIGNATURES[one] for one in weak} == {"ecdsa_sha1"}
    server.close()
    await server.wait_closed()


HYBRID = 0x11EC
