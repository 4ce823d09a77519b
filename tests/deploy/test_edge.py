"""The TLS proxy and the TURN server of compose, with our configuration, as Debian packages them."""

import http.client
import os
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.deploy.conftest import SITE, TURN
from tests.deploy.debian import Debian
from tests.deploy.peers import IPV4, IPV6
from tests.deploy.relay import Relay
from tests.deploy.site import running_proxy, running_relay
from tests.processes import Running, free_ports

pytestmark = pytest.mark.long


class Proxy:
    """A running HAProxy, the ports it has and those it hands to."""

    def __init__(self, edge: Debian) -> None:
        self.edge = edge
        self.plain, self.secure, self.visio, self.turn, self.acme = free_ports(5)
        self.settings = {
            "VISIO_HTTP_PORT": str(self.plain),
            "VISIO_HTTPS_PORT": str(self.secure),
            "VISIO_UPSTREAM": f"127.0.0.1:{self.visio}",
            "VISIO_TURN_UPSTREAM": f"127.0.0.1:{self.turn}",
            "VISIO_ACME_UPSTREAM": f"127.0.0.1:{self.acme}",
        }

    def trust(self) -> ssl.SSLContext:
        """What accepts the proxy's certificate, and no other."""
        return ssl.create_default_context(
            cafile=str(self.edge.root / f"deploy/certificates/{SITE}.pem")
        )

    def certificate(self, name: str = SITE) -> str:
        """The certificate that is served for a name; raises SSLError for none."""
        with (
            socket.create_connection(("127.0.0.1", self.secure)) as wire,
            unverified().wrap_socket(wire, server_hostname=name) as secured,
        ):
            der = secured.getpeercert(binary_form=True)
            assert der is not None
            return ssl.DER_cert_to_PEM_cert(der)


@pytest.fixture
def proxy(edge: Debian) -> Iterator[Proxy]:
    proxy = Proxy(edge)
    with running_proxy(edge, **proxy.settings):
        yield proxy


async def test_proxy_hands_over_websockets_and_the_visitors_address(proxy: Proxy) -> None:
    headers = {"X-Forwarded-For": "198.51.100.9", "Host": SITE}
    url = f"https://127.0.0.1:{proxy.secure}/"
    async with (
        upstream(proxy.visio),
        aiohttp.ClientSession() as client,
        client.ws_connect(url, ssl=proxy.trust(), server_hostname=SITE, headers=headers) as socket,
    ):
        await socket.send_str("?")
        assert await socket.receive_str(timeout=5) in ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def test_relay_shares_the_port_under_its_own_name(edge: Debian, proxy: Proxy) -> None:
    secret = (edge.root / "deploy/secrets/turn_secret").read_text()
    with (
        running_relay(edge, *VISIO, port=proxy.turn),
        closing(Relay(proxy.turn, secret)) as awaited,
        closing(Relay(proxy.secure, secret, "bob", tls=(proxy.trust(), TURN))) as relay,
    ):
        assert awaited.allocate() == 0
        assert relay.allocate() == 0
        assert relay.permit(VISIO[0]) == 0
        assert relay.permit("127.0.0.1") == FORBIDDEN


def test_proxy_knows_no_other_name(proxy: Proxy) -> None:
    assert proxy.certificate() == proxy.certificate(TURN)
    with pytest.raises(ssl.SSLError):
        proxy.certificate("other.test")


def test_plain_http_leads_to_https(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=5)
    with closing(connection):
        connection.request("GET", "/room?x=1", headers={"Host": SITE})
        response = connection.getresponse()
        assert (response.status, response.getheader("Location")) == (
            301,
            f"https://{SITE}/room?x=1",
        )


async def test_certificate_authority_finds_its_challenge(proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.plain}/.well-known/acme-challenge/token"
    async with (
        upstream(proxy.acme),
        aiohttp.ClientSession() as client,
        client.get(url) as response,
    ):
        assert (response.status, await response.text()) == (200, "token")


def test_certificates_are_served_as_they_come_and_open_relays_stay(edge: Debian) -> None:
    """By certbot's hook: the first one, and a renewed one."""
    edge.run("mkdir", "-p", "/certificates", "/etc/letsencrypt/live/visio")
    secret = (edge.root / "deploy/secrets/turn_secret").read_text()
    proxy = Proxy(edge)
    with (
        running_proxy(edge, **proxy.settings | {"VISIO_CERTIFICATES": "/certificates"}) as running,
        running_relay(edge, *VISIO, port=proxy.turn),
        closing(Relay(proxy.turn, secret)) as awaited,
    ):
        assert awaited.allocate() == 0
        assert served(proxy) is None
        first = renew(edge, running, proxy)
        with closing(Relay(proxy.secure, secret, "bob", tls=(unverified(), TURN))) as relay:
            assert relay.allocate() == 0
            assert renew(edge, running, proxy) != first
            assert relay.refresh() == 0


def renew(edge: Debian, running: Running, proxy: Proxy) -> str | None:
    """Do what certbot does; the certificate served then, once it is another than before."""
    before = served(proxy)
    edge.run(
        "sh",
        "-euc",
        """
        VISIO_CERTIFICATES=/renewed /deploy/make-certificate "$@"
        cd /etc/letsencrypt/live/visio
        openssl x509 -in "/renewed/$1.pem" -out fullchain.pem
        openssl pkey -in "/renewed/$1.pem" -out privkey.pem
        RENEWED_LINEAGE=$PWD VISIO_CERTIFICATES=/certificates VISIO_RELOAD=true /deploy/certbot-hook
        """,
        *("sh", SITE, TURN),
    )
    # What VISIO_RELOAD does on a host; a command in our Debian sees none of its other processes.
    os.kill(descendant(running.process.pid, "haproxy"), signal.SIGUSR2)
    deadline = time.monotonic() + 30
    while (now := served(proxy)) == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return now


def served(proxy: Proxy) -> str | None:
    try:
        return proxy.certificate()
    except ssl.SSLError:
        return None


def descendant(process: int, name: str) -> int:
    """The first process of that name below another."""
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        if Path(f"/proc/{child}/comm").read_text().strip() == name:
            return int(child)
        with suppress(LookupError):
            return descendant(int(child), name)
    raise LookupError(name)


@pytest.fixture
def client(edge: Debian) -> Iterator[Callable[..., Relay]]:
    """Makes clients of coturn, which runs as in compose, for visio at two addresses."""
    (port,) = free_ports(1)
    secret = (edge.root / "deploy/secrets/turn_secret").read_text()
    with running_relay(edge, *VISIO, port=port), ExitStack() as made:
        yield lambda **options: made.enter_context(
            closing(Relay(port, **{"secret": secret, **options}))
        )


def test_turn_server_relays_for_whom_visio_lets(client: Callable[..., Relay]) -> None:
    answers = [client().allocate() for _ in range(5)]
    assert answers == [0, 0, 0, 0, QUOTA_REACHED]
    assert client(name="bob").allocate() == 0
    assert client(name="eve", life=-1).allocate() == UNAUTHORIZED
    assert client(name="eve", secret="another secret").allocate() == UNAUTHORIZED


def test_relay_outlives_its_credential_which_makes_no_other(client: Callable[..., Relay]) -> None:
    """A call goes on for hours; whoever keeps what it was given begins nothing with it."""
    relay, late = client(life=3), client(life=3)
    expired = time.time() + 4
    assert relay.allocate() == 0
    while time.time() < expired:
        assert relay.refresh() == 0
        time.sleep(0.2)
    assert relay.permit(VISIO[0]) == 0
    assert late.allocate() == UNAUTHORIZED


@pytest.mark.parametrize("by_tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("peers", [IPV4, IPV6], ids=["IPv4", "IPv6"])
def test_turn_server_sends_to_visio_alone(
    client: Callable[..., Relay], peers: tuple[str, ...], by_tcp: bool
) -> None:
    """CVE-2020-26262 and CVE-2026-27624, with the coturn 4.6.1 that the latter is about."""
    for allocated in (IPV4, IPV6):
        relay = client(by_tcp=by_tcp)
        assert relay.allocate(ipv6=allocated is IPV6) == 0
        refused = FORBIDDEN if allocated is peers else OTHER_FAMILY
        for peer in peers:
            assert (peer, relay.permit(peer), relay.bind(peer)) == (peer, refused, refused)
        if allocated is peers:
            assert relay.permit(VISIO[peers is IPV6]) == 0


@asynccontextmanager
async def upstream(port: int) -> AsyncIterator[None]:
    """In visio's place: tells over a WebSocket whom the proxy names as the visitor.

    And in certbot's: answers other paths with their last part.
    """

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path != "/":
            return web.Response(text=request.path.rpartition("/")[2])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive_str()
        await socket.send_str(request.headers["X-Forwarded-For"])
        await socket.close()
        return socket

    app = web.Application()
    app.add_routes([web.get("/{path:.*}", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield
    await runner.cleanup()


def unverified() -> ssl.SSLContext:
    """What accepts whatever certificate there is."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


VISIO = ("192.0.2.7", "2001:db8::7")

# Error codes of RFC 8489 §14.8 and RFC 8656 §19.
UNAUTHORIZED, FORBIDDEN, OTHER_FAMILY, QUOTA_REACHED = 401, 403, 443, 486
