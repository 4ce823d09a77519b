import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.debian import Debian

TREE = Path(__file__).parents[2]
SITE, TURN = "visio.test", "turn.visio.test"
"""The two names that the proxy tells apart."""


@pytest.fixture(scope="session")
def bare_debian() -> Iterator[Debian]:
    """Debian as debootstrap leaves it: copy it before you change it."""
    if os.geteuid() != 0:
        pytest.skip("debootstrap and chroot need root")
    with tempfile.TemporaryDirectory(prefix="debian") as folder:
        yield Debian.install(Path(folder) / "root")


@pytest.fixture(scope="session")
def edge(bare_debian: Debian, tmp_path_factory: pytest.TempPathFactory) -> Debian:
    """A Debian with what stands between clients and visio, and the deploy folder.

    The proxy is HAProxy, with a certificate for both of its names, and there is coturn. nftables
    is for firewalls in front of clients, tinyproxy for a proxy on their side.
    """
    debian = bare_debian.copy(tmp_path_factory.mktemp("edge") / "root")
    debian.run("apt-get", "-q", "update")
    packages = ("haproxy", "coturn", "openssl", "nftables", "tinyproxy")
    debian.run("apt-get", "-qy", "install", "--no-install-recommends", *packages)
    shutil.copytree(TREE / "deploy", debian.root / "deploy")
    debian.run("/deploy/make-secrets")
    debian.run("/deploy/make-certificate", SITE, TURN)
    return debian


@pytest.fixture
def debian(bare_debian: Debian) -> Iterator[Debian]:
    """A fresh Debian that is the test's own."""
    with tempfile.TemporaryDirectory(prefix="debian") as folder:
        yield bare_debian.copy(Path(folder) / "root")
