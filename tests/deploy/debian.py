"""A Debian with nothing in it, in a folder: for what must work on a machine just installed.

The host's ways to the registries (name servers, certificate roots, mirrors, proxies) are handed
over as they are; nothing else is. Commands run in mount and process namespaces of their own: when
one ends, whatever it started or mounted is gone.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.network import Namespace

RELEASE = "bookworm"


class Debian:
    """The system under `root`; every command runs in it as root unless `user` says otherwise."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment: dict[str, str] = {}
        self.entering: list[str] = []
        """What enters another network than this machine's, put before every command."""

    @classmethod
    def install(cls, root: Path) -> "Debian":
        """Debootstrap the smallest variant; raises CalledProcessError with its last lines."""
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", RELEASE, str(root), _mirrors()[0][0]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stdout[-2000:]
        debian = cls(root)
        debian.open_to_registries()
        return debian

    def copy(self, root: Path) -> "Debian":
        """The same system once more, in another folder."""
        subprocess.run(["cp", "--archive", "--reflink=auto", self.root, root], check=True)
        copy = Debian(root)
        copy.environment = dict(self.environment)
        return copy

    def within(self, network: Namespace) -> "Debian":
        """The same system, whose commands run in another network."""
        within = Debian(self.root)
        within.environment, within.entering = self.environment, network.entering
        return within

    def cut_off(self, resolv_conf: str) -> None:
        """Take all ways to the registries away; names are asked for as that says."""
        self.environment = _own_environment()
        (self.root / "etc/resolv.conf").write_text(resolv_conf)
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n")

    def open_to_registries(self) -> None:
        lines = [f"deb {uri} {suite} {component}" for uri, suite, component in _mirrors()]
        (self.root / "etc/apt/sources.list").write_text("\n".join(lines) + "\n")
        # Services of packages stay down: the host's network is ours too.
        policy = self.root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        for file in _WAYS_OUT:
            _hand_over(Path(file).expanduser(), self.root)
        for folder in ("/usr/local/share/ca-certificates", "/etc/apt/apt.conf.d"):
            for file in Path(folder).glob("*"):
                _hand_over(file, self.root)
        self.environment = {
            name: value for name, value in os.environ.items() if _is_way_out(name)
        } | _own_environment()

    def popen(
        self,
        *command: str,
        cwd: str = "/",
        user: str = "root",
        environment: Mapping[str, str] | None = None,
        **options: object,
    ) -> subprocess.Popen[str]:
        """Start a command; killing it kills all that it started."""
        outside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", _MOUNTS]
        inside = ["chroot", f"--userspec={user}", str(self.root), "env", "--chdir", cwd, *command]
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [*self.entering, *outside, "sh", str(self.root), *inside],
            env=self.environment | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def run(
        self,
        *command: str,
        cwd: str = "/",
        user: str = "root",
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command to its end; what it printed. Fails the test with that if it fails."""
        process = self.popen(*command, cwd=cwd, user=user, environment=environment)
        output, _ = process.communicate()
        assert process.returncode == 0, f"{command} exited {process.returncode}:\n{output[-4000:]}"
        return output


def tracked_files(tree: Path) -> list[str]:
    """What a clone of the tree would have, were its changes committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=tree,
        check=True,
        capture_output=True,
        text=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (tree / name).is_file()]


def clone(tree: Path, target: Path) -> None:
    for name in tracked_files(tree):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree / name, target / name)


def _mirrors() -> list[tuple[str, str, str]]:
    """(URI, suite, component) of this machine's package lists of RELEASE, the main one first."""
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Identifier: Packages"],
        check=True,
        capture_output=True,
        text=True,
    )
    mirrors = [tuple(line.split()) for line in listed.stdout.splitlines()]
    ours = [mirror for mirror in mirrors if mirror[1].startswith(RELEASE) and mirror[2] == "main"]
    assert ours, f"this machine's apt knows no mirror of Debian {RELEASE}"
    return sorted(ours, key=lambda mirror: mirror[1] != RELEASE)  # type: ignore[return-value]


def _own_environment() -> dict[str, str]:
    return {"PATH": _PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"}


def _hand_over(file: Path, root: Path) -> None:
    if file.is_file():
        target = root / str(file).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy(file, target)


def _is_way_out(name: str) -> bool:
    return name.lower().endswith("_proxy") or any(
        word in name for word in ("CERT", "CA_BUNDLE", "CAINFO", "PIP_", "UV_", "npm_config_")
    )


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_WAYS_OUT = ("/etc/resolv.conf", "/etc/pip.conf", "~/.npmrc", "~/.cargo/config.toml")
_MOUNTS = """
root=$1
shift
mount --make-rprivate /
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
# Not exec: the parent's death kills this shell, and with it the namespace; whoever becomes another
# user is spared that signal (prctl(2), PR_SET_PDEATHSIG).
status=0
"$@" || status=$?
exit $status
"""
