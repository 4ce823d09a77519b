"""Runs a Dockerfile without an engine: each stage is a copy of a bare Debian, each RUN a chroot.

Knows what our Dockerfile uses: FROM … AS, RUN, COPY [--from], ENV, WORKDIR, USER, and passes over
VOLUME, EXPOSE and HEALTHCHECK; the last CMD is kept. An instruction it does not know is an error.
"""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.debian import Debian

BASE = "debian:bookworm-slim"


@dataclass
class Stage:
    """An image being made."""

    system: Debian
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "root"
    command: list[str] = field(default_factory=list)

    def run(self, *command: str) -> str:
        """Run a command as the image's user, where and as the image says."""
        return self.system.run(
            *command, cwd=self.folder, user=self.user, environment=self.variables()
        )

    def variables(self) -> dict[str, str]:
        """The image's environment, and HOME as an engine sets it."""
        users = [line.split(":") for line in self.path("/etc/passwd").read_text().splitlines()]
        return {"HOME": next(user[5] for user in users if user[0] == self.user), **self.environment}

    def path(self, inside: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.system.root / str(Path(self.folder, inside)).lstrip("/")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """("RUN", "apt-get update …") a line, comments dropped and continued lines joined."""
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(kept)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


class Build:
    """Builds the stages that `target` needs, in order, into folders of `scratch`."""

    def __init__(self, text: str, context: Path, bare: Debian, scratch: Path) -> None:
        self._stages: dict[str, Stage] = {}
        self._plan: dict[str, list[tuple[str, str]]] = {}
        self._context, self._bare, self._scratch = context, bare, scratch
        for word, rest in instructions(text):
            if word == "FROM":
                name = rest.split(" AS ")[1]
                self._plan[name] = []
            self._plan[name].append((word, rest))

    def stage(self, name: str) -> Stage:
        """The stage, built at the first call."""
        if name not in self._stages:
            for word, rest in self._plan[name]:
                getattr(self, f"_{word.lower()}")(name, rest)
        return self._stages[name]

    def _from(self, name: str, rest: str) -> None:
        parent, _, _ = rest.partition(" AS ")
        below = Stage(self._bare) if parent == BASE else self.stage(parent)
        self._stages[name] = Stage(
            below.system.copy(self._scratch / name),
            dict(below.environment),
            below.folder,
            below.user,
            list(below.command),
        )

    def _run(self, name: str, rest: str) -> None:
        self._stages[name].run("sh", "-euc", rest)

    def _copy(self, name: str, rest: str) -> None:
        stage, words = self._stages[name], shlex.split(rest)
        origin, copy = self._context, shutil.copy
        if words[0].startswith("--from="):
            # A finished stage changes no more: links will do, and torch is gigabytes.
            origin = self.stage(words.pop(0).removeprefix("--from=")).system.root
            copy = os.link
        *sources, target = words
        for source in sources:
            _copy_one(origin / source.lstrip("/"), stage.path(target), target.endswith("/"), copy)

    def _env(self, name: str, rest: str) -> None:
        stage = self._stages[name]
        for word in shlex.split(rest):
            variable, _, value = word.partition("=")
            path = stage.environment.get("PATH", stage.system.environment["PATH"])
            stage.environment[variable] = value.replace("$PATH", path)

    def _workdir(self, name: str, rest: str) -> None:
        stage = self._stages[name]
        stage.folder = rest
        stage.path(rest).mkdir(parents=True, exist_ok=True)

    def _user(self, name: str, rest: str) -> None:
        self._stages[name].user = rest

    def _cmd(self, name: str, rest: str) -> None:
        self._stages[name].command = json.loads(rest)

    def _ignored(self, name: str, rest: str) -> None:
        """Matters to an engine only."""

    _volume = _expose = _healthcheck = _ignored


def _copy_one(source: Path, target: Path, into: bool, copy: Callable[..., object]) -> None:
    """COPY's rule: a folder's content goes into the target, a file becomes it or goes into it."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=copy)
    else:
        to = target / source.name if into else target
        to.parent.mkdir(parents=True, exist_ok=True)
        copy(source, to)
