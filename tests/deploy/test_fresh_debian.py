"""The README's two commands on a Debian that has the tree, make and nothing else."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.deploy.conftest import TREE
from tests.deploy.debian import Debian, clone
from tests.deploy.visitor import Visitor, hears
from tests.processes import Running, free_ports

USABLE = timedelta(seconds=120)
AGAIN = timedelta(seconds=5)
PATIENCE = timedelta(minutes=60)
HOME = "/home/visio"

pytestmark = pytest.mark.long


@pytest.fixture
def clone_on_debian(debian: Debian) -> Iterator[Debian]:
    """The tree on a Debian that was given make, and nothing else."""
    debian.run("apt-get", "-q", "update")
    debian.run("apt-get", "-qy", "install", "--no-install-recommends", "make")
    clone(TREE, debian.root / HOME.lstrip("/"))
    yield debian
    # The next test's Debian needs the room: the worker's environment is gigabytes.
    shutil.rmtree(debian.root / HOME.lstrip("/"), ignore_errors=True)


async def test_make_run_is_usable_in_two_minutes_and_again_in_seconds(
    clone_on_debian: Debian, capsys: pytest.CaptureFixture[str]
) -> None:
    """From nothing to two people who hear each other; then a second run on what is there."""
    first, password = await _run_and_meet(clone_on_debian, "")
    second, _ = await _run_and_meet(clone_on_debian, password)
    with capsys.disabled():
        print(f"\nmake run: usable after {first:.0f} s, again after {second:.1f} s")  # noqa: T201
    assert first <= USABLE.total_seconds()
    assert second <= AGAIN.total_seconds()


def test_make_test_passes(clone_on_debian: Debian, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    process = clone_on_debian.popen("make", "test", cwd=HOME)
    with Running(process, grace=0) as running:
        status = process.wait(PATIENCE.total_seconds())
    took = time.monotonic() - started
    with capsys.disabled():
        print(f"\nmake test: {took / 60:.1f} minutes")  # noqa: T201
    assert status == 0, "".join(running.printed[-200:])


async def _run_and_meet(debian: Debian, password: str) -> tuple[float, str]:
    """Seconds from the command to an answered sign-in, and the administrator's password."""
    port, media_port = free_ports(2)
    settings = {
        "VISIO_PORT": str(port),
        "VISIO_MEDIA_PORT": str(media_port),
        "VISIO_MEDIA_THREADS": "1",
    }
    started = time.monotonic()
    process = debian.popen("make", "run", cwd=HOME, environment=settings)
    url = f"http://localhost:{port}"
    with Running(process, grace=0) as running:
        running.line(f"Visio is ready: {url}", timeout=3 * USABLE.total_seconds())
        if not password:
            password = running.line("One-time password", timeout=5).split()[3]
        async with Visitor(url) as administrator, Visitor(url) as guest:
            password = await administrator.sign_in("admin@localhost", password)
            usable = time.monotonic() - started
            slug = await administrator.make_room()
            await hears(url, await administrator.token(slug), await guest.token(slug, "Camille"))
    return usable, password
