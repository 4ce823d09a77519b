"""`make bundle`, installed on a Debian that has python3 and no way out of its network."""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases import outside_the_loop, running_postgres
from tests.deploy.conftest import TREE
from tests.deploy.debian import Debian
from tests.network import Namespace
from tests.processes import Running

pytestmark = pytest.mark.long

ADDRESS = "10.79.0.1"
URL = "http://localhost:8000"
PLACES = ("etc", "opt", "usr", "var/lib")
"""Where an installation may leave something."""
KEPT_BY_DEBIAN = {"etc/.pwd.lock", *(f"etc/{name}-" for name in ("passwd", "group"))}
KEPT_BY_DEBIAN |= {"etc/shadow-", "etc/gshadow-"}


@dataclass(frozen=True)
class Host:
    """A Debian in a network that leads nowhere, and where the bundle is unpacked in it."""

    debian: Debian
    network: Namespace
    bundle: str

    def install(self, *words: str, **settings: str) -> str:
        settings |= {"VISIO_MEDIA_ANNOUNCE": ADDRESS}
        return self.debian.run(f"{self.bundle}/install", *words, environment=settings)

    def outside(self, *command: str) -> str:
        """What a program of this machine prints in that network; AssertionError if it fails."""
        ran = subprocess.run(
            [*self.network.entering, *command],
            cwd=TREE,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
        return ran.stdout

    def is_well(self) -> bool:
        return self.outside(sys.executable, "-c", _ASK, f"{URL}/healthz") == "ok"


@pytest.fixture(scope="module")
def archive() -> Path:
    made = subprocess.run(["make", "bundle"], cwd=TREE, check=True, capture_output=True, text=True)
    return TREE / made.stdout.splitlines()[-1].split()[0]


@pytest.fixture(scope="module")
def unpacked(archive: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bundle") as folder:
        subprocess.run(["tar", "--extract", "--file", archive, "-C", folder], check=True)
        (bundle,) = Path(folder).iterdir()
        yield bundle


@pytest.fixture
def host(debian: Debian, unpacked: Path) -> Iterator[Host]:
    debian.run("apt-get", "-q", "update")
    debian.run("apt-get", "-qy", "install", "--no-install-recommends", "python3")
    bundle = debian.root / "srv" / unpacked.name
    # Gigabytes that nobody changes.
    subprocess.run(["cp", "--archive", "--link", unpacked, bundle], check=True)
    with Namespace() as network, Namespace() as nowhere:
        network.lay_cable("eth0", f"{ADDRESS}/24", nowhere, "10.79.0.2/24")
        yield Host(debian.within(network), network, f"/srv/{bundle.name}")


def test_archive_says_what_it_is_made_of(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        names = {entry.name.partition("/")[2]: entry for entry in packed if entry.isfile()}
        sums = _text(packed, names["SHA256SUMS"]).splitlines()
        summed = dict(reversed(line.split("  ")) for line in sums)
        parts = json.loads(_text(packed, names["sbom.cdx.json"]))["components"]
    assert summed.keys() == names.keys() - {"SHA256SUMS"}
    wheels = {digest for name, digest in summed.items() if name.startswith("wheels/")}
    listed = {one["hashes"][0]["content"] for one in parts if one.get("hashes")}
    assert wheels <= listed
    kinds = {one.get("purl", "weights:").partition("/")[0] for one in parts}
    assert kinds == {"pkg:pypi", "pkg:cargo", "pkg:npm", "weights:"}
    # NVIDIA's, which is empty and says nothing of itself.
    assert [one["name"] for one in parts if not one.get("licenses")] == ["cuda-toolkit"]


def test_second_install_changes_nothing_and_uninstall_leaves_nothing(host: Host) -> None:
    before = _content(host.debian.root)
    assert "default" not in host.outside("ip", "route")
    assert "start the server" in host.install("--no-worker")
    installed = _times(host.debian.root)
    host.install("--no-worker")
    assert _times(host.debian.root) == installed

    with Running(host.debian.popen("visio", "serve"), grace=0) as running:
        running.line("Visio is ready", timeout=120)
        assert host.is_well()
    host.debian.run("/opt/visio/current/uninstall")
    assert not (host.debian.root / "opt/visio").exists()
    assert (host.debian.root / "var/lib/visio/visio.db").exists()
    assert (host.debian.root / "etc/visio/master_key").exists()
    host.debian.run(f"{host.bundle}/uninstall", "--purge")
    assert _content(host.debian.root) == before


def test_server_alone_on_postgresql(host: Host) -> None:
    with running_postgres(host.debian.root / "pg") as postgres:
        url = outside_the_loop(postgres.empty()).replace(str(host.debian.root), "")
        host.install("--no-worker", VISIO_DATABASE_URL=url)
        assert not list((host.debian.root / "opt/visio/releases").glob("*/worker"))
        with Running(host.debian.popen("visio", "serve"), grace=0) as running:
            running.line("Visio is ready", timeout=120)
            assert host.is_well()


def test_damaged_bundle_is_refused(host: Host) -> None:
    pins = host.debian.root / host.bundle[1:] / "requirements/server.txt"
    text = pins.read_text()
    pins.unlink()
    pins.write_text(text + "\n")
    before = _content(host.debian.root)
    with pytest.raises(AssertionError, match="the bundle is damaged"):
        host.install()
    assert _content(host.debian.root) == before


def _text(packed: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = packed.extractfile(entry)
    assert file is not None
    return file.read().decode()


def _files(root: Path) -> Iterator[Path]:
    for place in PLACES:
        yield from (root / place).rglob("*")


def _content(root: Path) -> dict[str, str]:
    """What is there: each file's hash, but for what Debian keeps of every change of users."""
    names = {str(file.relative_to(root)): file for file in _files(root)}
    return {
        name: hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        for name, file in names.items()
        if name not in KEPT_BY_DEBIAN and not file.is_symlink()
    }


def _times(root: Path) -> dict[str, int]:
    """When each was written last."""
    return {str(file): file.lstat().st_mtime_ns for file in _files(root)}


_ASK = (
    "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode(), end='')"
)
