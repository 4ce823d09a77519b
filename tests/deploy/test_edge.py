"""The TLS proxy and the TURN server of compose, with our configuration, as Debian packages them."""

import asyncio
import base64
import hashlib
import hmac
import shutil
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aioice import stun, turn

from tests.deploy.conftest import TREE
from tests.deploy.debian import Debian
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


async def test_turn_server_relays_for_whom_visio_lets(edge: Debian) -> None:
    edge.run("/deploy/make-secrets")
    (port,) = free_ports(1)
    secrets = edge.root / "deploy/secrets"
    coturn = edge.popen(
        *("turnserver", "-c", "/deploy/secrets/turnserver.conf"),
        *("--listening-port", str(port), "--no-tls", "--no-dtls"),
    )
    with Running(coturn, grace=0):
        # It says nothing when it is ready: STUN's retransmissions wait for it.
        assert await relayed(port, (secrets / "turn_secret").read_text())
        with pytest.raises(stun.TransactionFailed, match="401"):
            await relayed(port, "another secret")


async def relayed(port: int, secret: str) -> tuple[str, int]:
    """Ask for a relay with the credentials that visio gives its participants."""
    username = f"{int(time.time()) + 600}:somebody"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    transport, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        server_addr=("127.0.0.1", port),
        username=username,
        password=base64.b64encode(digest).decode(),
    )
    address: tuple[str, int] = transport.get_extra_info("sockname")
    transport.close()
    return address


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
