"""What compose starts for people in other networks, as Debian packages it: proxy and relay."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.deploy.conftest import SITE, TURN
from tests.deploy.debian import Debian
from tests.processes import Running


@contextmanager
def running_proxy(edge: Debian, **settings: str) -> Iterator[Running]:
    """HAProxy on 80 and 443, in front of visio's and coturn's usual ports, or as settings say."""
    command = ("haproxy", "-W", "-db", "-f", "/deploy/haproxy.cfg")
    names = {"VISIO_CERTIFICATES": "/deploy/certificates", "VISIO_TURN_DOMAIN": TURN}
    with Running(edge.popen(*command, environment=names | settings), grace=0) as running:
        running.line("Loading success", timeout=60)
        yield running


@contextmanager
def running_relay(edge: Debian, *peers: str, port: int = 3478) -> Iterator[None]:
    """Coturn as in compose, which sends to `peers` alone."""
    allowed = (f"--allowed-peer-ip={peer}" for peer in peers)
    config = ("-c", "/deploy/secrets/turnserver.conf", f"--listening-port={port}")
    with Running(edge.popen("turnserver", *config, *allowed), grace=0):
        yield


@contextmanager
def running_way_out(edge: Debian, port: int) -> Iterator[None]:
    """An HTTP proxy that lets CONNECT to 443 through, and knows where the site is."""
    (edge.root / "etc/way-out.conf").write_text(f"Port {port}\nTimeout 600\nConnectPort 443\n")
    with Running(edge.popen("tinyproxy", "-d", "-c", "/etc/way-out.conf"), grace=0) as running:
        running.line("Accepting connections", timeout=60)
        yield


def pinned(edge: Debian) -> str:
    """The hash by which Chromium trusts the proxy's self-signed certificate."""
    pem = (edge.root / f"deploy/certificates/{SITE}.pem").read_bytes()
    key = x509.load_pem_x509_certificate(pem).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
