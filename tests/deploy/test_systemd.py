"""The units of deploy/systemd, judged by systemd itself; none is started."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import TREE
from visio.config import Config

UNITS = TREE / "deploy/systemd"
SERVICES = ("visio.service", "visio-worker.service")
EXPOSED = 11
"""Tenths: the most that `systemd-analyze security` may say of a service, of 100."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system with Debian's units and ours, and with what these start."""
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    ours = tmp_path / "etc/systemd/system"
    ours.mkdir(parents=True)
    for unit in (*UNITS.glob("*.service"), *UNITS.glob("*.target")):
        shutil.copy(unit, ours)
    for command in re.findall(r"^ExecStart=(\S+)", _text(*SERVICES), re.M):
        program = tmp_path / command.lstrip("/")
        program.parent.mkdir(parents=True)
        program.touch(mode=0o755)
    return tmp_path


def test_visio_may_drain_before_it_is_killed() -> None:
    period = re.search(r"^TimeoutStopSec=(\d+)$", _text("visio.service"), re.M)
    assert period
    patience = Config(data_dir=Path("var")).drain_seconds
    assert int(period[1]) >= patience + 20


@pytest.mark.parametrize("unit", [*SERVICES, "visio.target"])
def test_systemd_finds_nothing_wrong(root: Path, unit: str) -> None:
    status, said = _analyze("verify", "--man=no", f"--root={root}", unit)
    about = [line for line in said.splitlines() if "visio" in line]
    assert (status, about) == (0, [])


@pytest.mark.parametrize("unit", SERVICES)
def test_services_are_hardly_exposed(root: Path, unit: str) -> None:
    """Without capabilities, as nobody, writing nothing but data; the figure sums up a hundred."""
    threshold = f"--threshold={EXPOSED}"
    status, said = _analyze("security", "--offline=yes", f"--root={root}", threshold, unit)
    assert status == 0, said


def test_settings_are_settings_of_visio() -> None:
    known = {f"VISIO_{name}".upper() for name in Config.model_fields} | {"VISIO_CONFIG"}
    given = set(re.findall(r"(VISIO_\w+)=", _text(*SERVICES)))
    assert given
    assert given <= known


def test_users_and_folders_of_the_services_are_made() -> None:
    users = set(re.findall(r"^User=(\S+)", _text(*SERVICES), re.M))
    assert users == set(re.findall(r"^u (\S+)", _text("visio.sysusers"), re.M))
    folders = set(re.findall(r"^d (\S+)", _text("visio.tmpfiles"), re.M))
    written = set(re.findall(r"^ReadWritePaths=-?(\S+)", _text(*SERVICES), re.M))
    assert written <= folders


def test_worker_is_handed_its_secrets_and_finds_no_others() -> None:
    worker = _text("visio-worker.service")
    handed = re.findall(r"^LoadCredential=(\S+):", worker, re.M)
    assert handed == ["visio.toml", "master_key"]
    assert "InaccessiblePaths=-/etc/visio\n" in worker


def _text(*names: str) -> str:
    return "".join((UNITS / name).read_text() for name in names)


def _analyze(*words: str) -> tuple[int, str]:
    command = ["systemd-analyze", "--no-pager", *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr
