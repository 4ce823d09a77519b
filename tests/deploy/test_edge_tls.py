"""R15: what the TLS proxy that we ship agrees to, in front of the pages and of TURN."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.deploy.conftest import SITE, TURN
from tests.deploy.debian import Debian
from tests.deploy.site import running_proxy
from tests.deploy.test_edge import Proxy
from tests.hellos import AEAD, Chosen, Hello, ask
from tests.test_tls_scan import scan

pytestmark = pytest.mark.long


@pytest.fixture
def proxy(edge: Debian) -> Iterator[Proxy]:
    proxy = Proxy(edge)
    with running_proxy(edge, **proxy.settings):
        yield proxy


@pytest.mark.parametrize("name", [SITE, TURN])
def test_proxy_agrees_to_what_holds_and_to_nothing_else(proxy: Proxy, name: str) -> None:
    """R15; Debian 12's OpenSSL (3.0) has no post-quantum exchange. With 3.5 it comes first."""

    def asked(hello: Hello) -> Chosen | None:
        return ask(("127.0.0.1", proxy.secure), replace(hello, name=name))

    told = scan(asked, post_quantum=False)
    kinds = {name.split("-")[1] for name in told["TLS 1.2"]}
    assert told["TLS 1.2"] == sorted(one for one in AEAD.values() if one.split("-")[1] in kinds)
