"""Certificates as they are served, or lie in a file."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from visio.doctor.facts import Certificate
from visio.doctor.reasons import reason, within

PATIENCE = 5.0
"""Seconds for a handshake; more waits longer for what is not there."""


async def served(host: str, port: int, *, name: str = "") -> Certificate:
    """What a server shows to who asks for `name`, by default the host, and if we would trust it."""
    wanted = name or host
    place = f"{wanted}:{port}"

    async def observe() -> Certificate:
        distrust = await _distrust(host, port, wanted)
        pem = await _shown(host, port, wanted)
        return read(pem, place, wanted, distrust)

    return await within(
        PATIENCE, observe, lambda trouble: Certificate(place, wanted, trouble=trouble)
    )


def stored(file: Path, key: Path, wanted: str) -> Certificate:
    """What a file holds; its key must belong to it."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, key)
        # The proxy's clients and browsers vouch for it, not this file: only what is in it counts.
        return replace(read(file.read_bytes(), str(file), wanted, ""), ours=True)
    except (OSError, ValueError) as error:
        return Certificate(str(file), wanted, trouble=reason(error), ours=True)


def read(pem: bytes, place: str, wanted: str, distrust: str) -> Certificate:
    """The first certificate of a chain; raises ValueError when there is none."""
    found = x509.load_pem_x509_certificate(pem)
    key, bits = _strength(found.public_key())
    return Certificate(
        place,
        wanted,
        names=_names(found),
        begins=_ms(found.not_valid_before_utc),
        ends=_ms(found.not_valid_after_utc),
        key=key,
        bits=bits,
        hash=found.signature_hash_algorithm.name if found.signature_hash_algorithm else "",
        distrust=distrust,
    )


async def _distrust(host: str, port: int, name: str) -> str:
    """Why this host's roots do not vouch for it; empty when they do. Names are judged apart."""
    context = ssl.create_default_context()
    context.check_hostname = False
    try:
        await _shake(host, port, name, context)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return ""


async def _shown(host: str, port: int, name: str) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return ssl.DER_cert_to_PEM_cert(await _shake(host, port, name, context)).encode()


async def _shake(host: str, port: int, name: str, context: ssl.SSLContext) -> bytes:
    _, out = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    try:
        der = out.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(der, bytes)  # noqa: S101 - a TLS server always shows one
        return der
    finally:
        out.close()
        with suppress(OSError):
            await out.wait_closed()


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Those that browsers look at: a subject's common name is none of them."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*found.get_values_for_type(x509.DNSName), *map(str, addresses))


def _strength(key: CertificatePublicKeyTypes) -> tuple[str, int]:
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.key_size
    return type(key).__name__.removesuffix("PublicKey"), 256


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)
