"""`make run HOST=address` serves with a certificate of its own."""

import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.deploy.conftest import TREE


def make(address: str, folder: Path) -> Path:
    certificate = folder / f"{address}.pem"
    subprocess.run(
        [sys.executable, TREE / "deploy/certificate.py", address, certificate], check=True
    )
    return certificate


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "visio.example.org"])
def test_certificate_is_valid_for_its_address(address: str, tmp_path: Path) -> None:
    assert handshake(make(address, tmp_path), address) == "TLSv1.3"


def test_certificate_is_not_valid_for_another_address(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"192\.0\.2\.8"):
        handshake(make("192.0.2.7", tmp_path), "192.0.2.8")


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    assert make("192.0.2.7", tmp_path).with_suffix(".key").stat().st_mode & 0o777 == 0o600


def handshake(certificate: Path, name: str) -> str | None:
    """The TLS version two ends agree on, the client trusting this certificate only."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, certificate.with_suffix(".key"))
    client = ssl.create_default_context(cafile=str(certificate))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=_accept, args=(server, theirs))
        thread.start()
        try:
            with client.wrap_socket(ours, server_hostname=name) as secured:
                return secured.version()
        finally:
            ours.close()
            thread.join()


def _accept(context: ssl.SSLContext, end: socket.socket) -> None:
    try:
        context.wrap_socket(end, server_side=True).close()
    except (ssl.SSLError, OSError):
        return  # the client refused the certificate: that is for the test to see
