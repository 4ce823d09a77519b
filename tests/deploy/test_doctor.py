"""The doctor at the relay and the proxy of compose, as Debian packages them."""

import time
from dataclasses import replace

import pytest

from tests.deploy.conftest import SITE, TURN
from tests.deploy.debian import Debian
from tests.deploy.site import running_proxy, running_relay
from tests.processes import free_ports
from visio import livekit
from visio.doctor import certificates, judging, turn
from visio.doctor.facts import Relay

pytestmark = pytest.mark.long

OURS = "192.0.2.7"


async def asked(url: str, secret: str) -> Relay:
    """As soon as it listens: it has just been started."""
    deadline = time.monotonic() + 30
    while True:
        (server,) = livekit.Turn((url,), secret).ice_servers("doctor", int(time.time() * 1000))
        found = await turn.ask(url, server.username, server.credential, [OURS])
        if not found.trouble or time.monotonic() > deadline:
            return found


async def test_coturn_relays_to_us_by_udp_and_tcp_for_who_has_the_secret(edge: Debian) -> None:
    (port,) = free_ports(1)
    secret = (edge.root / "deploy/secrets/turn_secret").read_text()
    with running_relay(edge, OURS, port=port):
        for way in ("udp", "tcp"):
            url = f"turn:127.0.0.1:{port}?transport={way}"
            found = await asked(url, secret)
            assert replace(found, took=0) == Relay(url)
            assert (await asked(url, "another secret, also of many bytes")).error == 401


async def test_coturn_that_may_not_send_to_us_is_told(edge: Debian) -> None:
    (port,) = free_ports(1)
    secret = (edge.root / "deploy/secrets/turn_secret").read_text()
    with running_relay(edge, "192.0.2.8", port=port):
        assert (await asked(f"turn:127.0.0.1:{port}", secret)).closed == (OURS,)


async def test_proxys_certificate_is_seen_under_the_relays_name(edge: Debian) -> None:
    plain, secure = free_ports(2)
    settings = {"VISIO_HTTP_PORT": str(plain), "VISIO_HTTPS_PORT": str(secure)}
    with running_proxy(edge, **settings):
        seen = await certificates.served("127.0.0.1", secure, name=TURN)
        (found,) = judging.certificate(seen, int(time.time() * 1000))
        assert (found.code, set(seen.names)) == ("certificate.untrusted", {SITE, TURN})
