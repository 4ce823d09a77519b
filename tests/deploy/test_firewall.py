"""G9: behind firewalls that let less and less out, Chromium joins within seconds."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import chromium_within
from tests.browser.server import Server, running_server
from tests.browser.visitor import Visitor
from tests.deploy.conftest import SITE, TURN
from tests.deploy.debian import Debian
from tests.deploy.site import pinned, running_proxy, running_relay, running_way_out
from tests.network import Namespace

pytestmark = [pytest.mark.long, pytest.mark.browser]

GOAL = 5.0
"""Seconds from the click until both see each other."""

SERVER, CLIENT = "10.78.0.1", "10.78.0.2"
PROXY_PORT = 8888


@dataclass(frozen=True)
class Firewall:
    """What is dropped on the way out, and the way that media then take.

    The way is the protocol of the local end, or of a relay between (RFC 8656), and the server's
    port. `proxied` clients are told to use an HTTP proxy.
    """

    drops: str
    way: tuple[str, int]
    proxied: bool = False


FIREWALLS = {
    "no UDP": Firewall("meta l4proto udp drop", ("tcp", 7882)),
    "443 only": Firewall("tcp dport != 443 drop; meta l4proto != tcp drop", ("tls", 7882)),
    "a proxy": Firewall(
        f"tcp dport != {PROXY_PORT} drop; meta l4proto != tcp drop", ("tls", 7882), proxied=True
    ),
}


@pytest.fixture
def networks() -> Iterator[tuple[Namespace, Namespace]]:
    """The server's and a client's, with a cable between."""
    with Namespace() as server, Namespace() as client:
        server.lay_cable("eth0", f"{SERVER}/24", client, f"{CLIENT}/24")
        yield server, client


@pytest.fixture
def server(edge: Debian, networks: tuple[Namespace, Namespace], tmp_path: Path) -> Iterator[Server]:
    """Visio, the proxy and the relay, set up as docs/install.md says."""
    there = edge.within(networks[0])
    with (
        running_proxy(there),
        running_relay(there, SERVER),
        running_server(
            tmp_path,
            f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}",
            networks[0].entering,
            VISIO_PORT="8000",
            VISIO_PUBLIC_URL=f"https://{SITE}",
            VISIO_TRUSTED_PROXIES="127.0.0.1",
            VISIO_MEDIA_PORT="7882",
            VISIO_MEDIA_ANNOUNCE=SERVER,
            VISIO_TURN_URLS=f"turn:{TURN}:3478?transport=udp,turns:{TURN}:443?transport=tcp",
            VISIO_TURN_SECRET_FILE=str(edge.root / "deploy/secrets/turn_secret"),
        ) as server,
    ):
        yield server


@pytest.fixture(params=FIREWALLS)
def firewall(
    request: pytest.FixtureRequest, edge: Debian, networks: tuple[Namespace, Namespace]
) -> Firewall:
    """Raised in the client's network."""
    firewall = FIREWALLS[request.param]
    edge.within(networks[1]).run("nft", RULES % firewall.drops)
    return firewall


@pytest.fixture
def browser(
    edge: Debian, networks: tuple[Namespace, Namespace], firewall: Firewall, tmp_path: Path
) -> Iterator[Browser]:
    """Chromium behind the firewall; no DNS is there, so it or the proxy is told the names."""
    here, there = networks[1], edge.within(networks[0])
    names = f"--host-resolver-rules=MAP {SITE} {SERVER}, MAP {TURN} {SERVER}"
    trust = f"--ignore-certificate-errors-spki-list={pinned(edge)}"
    with ExitStack() as stack:
        if firewall.proxied:
            (edge.root / "etc/hosts").write_text(f"{SERVER} {SITE} {TURN}\n")
            stack.enter_context(running_way_out(there, PROXY_PORT))
            names = f"--proxy-server=http://{SERVER}:{PROXY_PORT}"
        playwright = stack.enter_context(sync_playwright())
        yield stack.enter_context(chromium_within(playwright, here, tmp_path, names, trust))


def test_chromium_joins_within_seconds(
    firewall: Firewall, server: Server, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    server.add_account("owner@example.org", "Owner")
    slug = server.add_room("Comité", "owner@example.org")
    ada, bob = (visitor(browser, server) for _ in range(2))
    ada.join(slug, "Ada")
    bob.go(f"/{slug}")
    bob.field("prejoin.name").fill("Bob")
    began = time.monotonic()
    bob.button("prejoin.join").click()
    bob.sees("Ada")
    ada.sees("Bob")
    took = time.monotonic() - began
    for one in (ada, bob):
        assert list(firewall.way) in one.page.evaluate(WAYS, firewall.way)
    with capsys.disabled():
        print(f"\nby {firewall.way[0]}: they see each other after {took:.1f} s")  # noqa: T201
    assert took <= GOAL


def visitor(browser: Browser, server: Server) -> Visitor:
    context = browser.new_context(
        base_url=server.url, locale="fr-FR", permissions=["camera", "microphone"]
    )
    context.add_init_script(RECORD)
    return Visitor(context, server.url, "fr")


RULES = """
table inet firewall {
  chain out {
    type filter hook output priority 0
    oifname "lo" accept
    %s
  }
}
"""
RECORD = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    connections.push(this);
  }
};
"""
WAYS = """
async (expected) => {
  for (const end = Date.now() + 10_000; ; await new Promise((go) => setTimeout(go, 100))) {
    const found = [];
    for (const connection of connections) {
      const stats = await connection.getStats();
      for (const { selectedCandidatePairId } of stats.values()) {
        const pair = stats.get(selectedCandidatePairId);
        if (!pair) continue;
        const local = stats.get(pair.localCandidateId);
        const { port } = stats.get(pair.remoteCandidateId);
        found.push([local.relayProtocol ?? local.protocol, port]);
      }
    }
    const there = found.some((way) => way.join() === expected.join());
    if (there || Date.now() > end) return found;
  }
}
"""
