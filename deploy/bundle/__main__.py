"""`make bundle`: one archive with all that a host without a network needs to run Visio.

Its files are in order, nobody's, and dated by the commit: the same wheels make the same archive.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from deploy.bundle.sbom import sha256, written

TREE = Path(__file__).parents[2]
SCRATCH = TREE / "var/bundle"
"""Holds the archive, and the wheels for the next one."""


def main() -> None:
    """Fetch what is not there yet, assemble a folder, pack it; print where it is."""
    version = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]["version"]
    folder = SCRATCH / f"visio-{version}-linux-{os.uname().machine}"
    shutil.rmtree(folder, ignore_errors=True)
    made = _committed()
    wheels = [*_fetched(SCRATCH / "wheels"), _own_wheel(SCRATCH / "own", made)]
    _copy_files(folder)
    _place_wheels(folder, wheels)
    _place_uv(folder)
    (folder / "sbom.cdx.json").write_text(written(TREE, wheels, version, made))
    (folder / "VERSION").write_text(f"{version}\n")
    (folder / "PLATFORM").write_text(_platform())
    _sum_up(folder)
    archive = folder.with_name(f"{folder.name}.tar")
    _pack(folder, archive, made)
    digest = sha256(archive)
    archive.with_name(f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n")
    shutil.rmtree(folder)
    print(f"{archive.relative_to(TREE)}  {archive.stat().st_size / 1e9:.1f} GB  {digest}")  # noqa: T201


def _committed() -> int:
    """When the tree was last committed, in seconds since 1970; SOURCE_DATE_EPOCH comes first."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    log = ["git", "log", "-1", "--format=%ct"]
    told = subprocess.run(log, cwd=TREE, check=False, capture_output=True, text=True).stdout
    return int(told or 0)


def _fetched(folder: Path) -> list[Path]:
    """The wheels that are pinned, and no others: those that are there are not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    pinned = "".join((TREE / f"requirements/{name}.txt").read_text() for name in PINS)
    hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", pinned))
    for wheel in folder.glob("*.whl"):
        if sha256(wheel) not in hashes:
            wheel.unlink()
    whole = folder / "whole"
    if not whole.exists() or whole.read_text() != pinned:
        whole.unlink(missing_ok=True)
        for name in PINS:
            _download(name, folder)
        whole.write_text(pinned)
    return [wheel for wheel in sorted(folder.glob("*.whl")) if not wheel.name.startswith(BUILDER)]


def _download(name: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    pins = ["--no-deps", "--require-hashes", f"--requirement=requirements/{name}.txt"]
    subprocess.run([*pip, *pins, "--only-binary=:all:", "--dest", folder], cwd=TREE, check=True)


def _own_wheel(folder: Path, made: int) -> Path:
    """Ours, with the core compiled and the client built."""
    shutil.rmtree(folder, ignore_errors=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(made)}
    command = ["maturin", "build", "--quiet", "--release", "--locked", "--compatibility", "linux"]
    subprocess.run([*command, "--out", folder], cwd=TREE, check=True, env=environment)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _copy_files(folder: Path) -> None:
    for name in ("bin", "deploy", "tools", "requirements", "wheels"):
        (folder / name).mkdir(parents=True)
    for name in ("LICENSE", "README.md", "SECURITY.md", "docker-compose.yml"):
        shutil.copy(TREE / name, folder)
    shutil.copytree(TREE / "docs", folder / "docs")
    for name in DEPLOYED:
        source = TREE / "deploy" / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / "deploy" / name)
    here = Path(__file__).parent
    for name in ("install", "uninstall", "make-environment", "Dockerfile"):
        shutil.copy(here / name, folder)
    shutil.copy(here / "visio", folder / "bin")


def _place_wheels(folder: Path, wheels: list[Path]) -> None:
    """All wheels in one folder; what each environment takes of them, by their hashes."""
    for wheel in wheels:
        os.link(wheel, folder / "wheels" / wheel.name)
    own = wheels[-1]
    name, version, *_ = own.name.split("-")
    pin = f"{name}=={version} \\\n    --hash=sha256:{sha256(own)}\n"
    for environment, pins in ENVIRONMENTS.items():
        text = (TREE / f"requirements/{pins}.txt").read_text()
        (folder / f"requirements/{environment}.txt").write_text(text + pin)
    shutil.copy(TREE / "requirements/models.txt", folder / "requirements")


def _place_uv(folder: Path) -> None:
    """The installer of Python packages: Debian's own is not in its base."""
    wheel = next((folder / "wheels").glob("uv-*.whl"))
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith("scripts/uv"))
        (folder / "tools/uv").write_bytes(packed.read(name))
    (folder / "tools/uv").chmod(0o755)
    wheel.unlink()


def _platform() -> str:
    """What the wheels run on, as `install` asks the host for it."""
    major, minor = sys.version_info[:2]
    return f"Linux {os.uname().machine} Python {major}.{minor}\n"


def _sum_up(folder: Path) -> None:
    lines = [f"{sha256(file)}  {file.relative_to(folder)}\n" for file in _files(folder)]
    (folder / "SHA256SUMS").write_text("".join(lines))


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def _pack(folder: Path, archive: Path, made: int) -> None:
    """Not compressed: nine tenths are wheels, which are."""

    def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = made
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as packed:
        for one in [folder, *sorted(folder.rglob("*"))]:
            packed.add(one, one.relative_to(folder.parent), recursive=False, filter=anonymous)


ENVIRONMENTS = {"server": "server", "worker": "speech"}
PINS = ("server", "speech", "models", "tools")
BUILDER = "maturin-"
"""Pinned beside uv, and of no use on the host."""
DEPLOYED = (
    "certbot-hook",
    "grafana",
    "haproxy.cfg",
    "make-certificate",
    "make-secrets",
    "prometheus",
    "systemd",
    "turnserver.conf",
)

if __name__ == "__main__":
    main()
