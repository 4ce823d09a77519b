"""The TLS proxy and the TURN server of compose, with our configuration, as Debian packages them."""

import shutil
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing

import aiohttp
import pytest
from aiohttp import web

from tests.deploy.conftest import TREE
from tests.deploy.debian import Debian
from tests.deploy.peers import IPV4, IPV6
from tests.deploy.relay import Relay
from tests.processes import Running, free_ports

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def edge(bare_debian: Debian, tmp_path_factory: pytest.TempPathFactory) -> Debian:
    """A Debian with Caddy and coturn, and the deploy folder."""
    debian = bare_debian.copy(tmp_path_factory.mktemp("edge") / "root")
    debian.run("apt-get", "-q", "update")
    debian.run("apt-get", "-qy", "install", "--no-install-recommends", "caddy", "coturn")
    shutil.copytree(TREE / "deploy", debian.root / "deploy")
    return debian


async def test_proxy_hands_over_websockets_and_the_visitors_address(edge: Debian) -> None:
    secure, behind = free_ports(2)
    settings = {
        "VISIO_DOMAIN": f"https://localhost:{secure}",
        "VISIO_UPSTREAM": f"127.0.0.1:{behind}",
    }
    caddy = edge.popen("caddy", "run", "--config", "/deploy/Caddyfile", environment=settings)
    async with upstream(behind), aiohttp.ClientSession() as client:
        with Running(caddy, grace=0) as running:
            running.line("serving initial configuration", timeout=20)
            headers = {"X-Forwarded-For": "198.51.100.9"}
            url = f"https://localhost:{secure}/"
            async with client.ws_connect(url, ssl=_unverified(), headers=headers) as socket:
                await socket.send_str("?")
                assert await socket.receive_str(timeout=5) in ("127.0.0.1", "::1")


@pytest.fixture
def client(edge: Debian) -> Iterator[Callable[..., Relay]]:
    """Makes clients of coturn, which runs as in compose, for visio at two addresses."""
    edge.run("/deploy/make-secrets")
    (port,) = free_ports(1)
    coturn = edge.popen(
        *("turnserver", "-c", "/deploy/secrets/turnserver.conf"),
        *(f"--allowed-peer-ip={visio}" for visio in VISIO),
        *("--listening-port", str(port), "--no-tls", "--no-dtls"),
    )
    with Running(coturn, grace=0):
        secret = (edge.root / "deploy/secrets/turn_secret").read_text()
        with ExitStack() as made:
            yield lambda **options: made.enter_context(
                closing(Relay(port, **{"secret": secret, **options}))
            )


def test_turn_server_relays_for_whom_visio_lets(client: Callable[..., Relay]) -> None:
    answers = [client().allocate() for _ in range(5)]
    assert answers == [0, 0, 0, 0, QUOTA_REACHED]
    assert client(name="bob").allocate() == 0
    assert client(name="eve", life=-1).allocate() == UNAUTHORIZED
    assert client(name="eve", secret="another secret").allocate() == UNAUTHORIZED


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
    """In visio's place: tells over a WebSocket whom the proxy names as the visitor."""

    async def answer(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive_str()
        await socket.send_str(request.headers["X-Forwarded-For"])
        await socket.close()
        return socket

    app = web.Application()
    app.add_routes([web.get("/", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield
    await runner.cleanup()


def _unverified() -> ssl.SSLContext:
    """Caddy's own authority is nobody's."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


VISIO = ("192.0.2.7", "2001:db8::7")

# Error codes of RFC 8489 §14.8 and RFC 8656 §19.
UNAUTHORIZED, FORBIDDEN, OTHER_FAMILY, QUOTA_REACHED = 401, 403, 443, 486
