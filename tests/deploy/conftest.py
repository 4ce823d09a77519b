import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.debian import Debian

TREE = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bare_debian() -> Iterator[Debian]:
    """Debian as debootstrap leaves it: copy it before you change it."""
    if os.geteuid() != 0:
        pytest.skip("debootstrap and chroot need root")
    with tempfile.TemporaryDirectory(prefix="debian") as folder:
        yield Debian.install(Path(folder) / "root")


@pytest.fixture
def debian(bare_debian: Debian) -> Iterator[Debian]:
    """A fresh Debian that is the test's own."""
    with tempfile.TemporaryDirectory(prefix="debian") as folder:
        yield bare_debian.copy(Path(folder) / "root")
