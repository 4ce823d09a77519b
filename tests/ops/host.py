"""A host where nothing is and that reaches nothing: Visio is installed there, people meet, it is
backed up, destroyed and brought back elsewhere.

`python -m tests.ops.host FOLDER ARCHIVE DEBIAN`, in namespaces of its own; its figures are then in
FIGURES in FOLDER. What is done is what docs/operate.md tells an operator to do.
"""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.deploy.debian import Debian
from tests.network import WITH_US
from tests.offline.trap import ALONE, RESOLV_CONF, Trap, ask_here, lines
from tests.processes import Running
from tests.smoke.camera import camera
from tests.smoke.meeting import HOST, compared, gather, recorded, transcript, two_people
from tests.smoke.people import PASSWORD
from tests.smoke.server import TREE

FIGURES = "figures.json"
DIFFERS = """\
The host is a Debian in a folder, with this machine's kernel, clock and processors: no systemd runs
in it, so `visio serve` starts the server, and that the worker, as `install` says where none runs.
Its only network has a way out that swallows and counts what is sent; browsers are on the same host.
The meeting is that of `make smoke`, but nobody stalls the server or kills its worker."""


def main() -> int:
    folder, archive, debian = map(Path, sys.argv[1:])
    ask_here(folder / "resolv.conf")
    clock = _Clock(folder / "running")
    trap = Trap(clock.file)
    try:
        figures = _drill(folder, archive, Debian(debian), clock)
    finally:
        for line in lines(trap.attempts):
            print(line, flush=True)
    figures["outbound"] = trap.attempts.total()
    (folder / FIGURES).write_text(json.dumps(figures))
    return 0


def drill(folder: Path, archive: Path) -> dict[str, float] | None:
    """What it came to; None where something failed, which it then has printed."""
    print(DIFFERS, flush=True)
    debian = bare(folder / "debian")
    command = [*ALONE, sys.executable, "-m", "tests.ops.host"]
    command += map(str, (folder, archive, debian.root))
    done = subprocess.run(command, cwd=TREE, check=False)
    if done.returncode:
        return None
    figures: dict[str, float] = json.loads((folder / FIGURES).read_text())
    return figures


def made() -> Path:
    """A bundle of the tree as it is."""
    done = subprocess.run(["make", "bundle"], cwd=TREE, check=True, stdout=subprocess.PIPE)
    return TREE / done.stdout.decode().splitlines()[-1].split()[0]


def bare(root: Path) -> Debian:
    """As operate.md wants it: python3, and nothing else."""
    debian = Debian.install(root)
    debian.run("apt-get", "-q", "update")
    debian.run("apt-get", "-qy", "install", "--no-install-recommends", "python3")
    return debian


def _drill(folder: Path, archive: Path, debian: Debian, clock: "_Clock") -> dict[str, float]:
    identity = folder / "backup.identity"
    first = Host(debian, folder / "first")
    with clock.timing("install") as installed:
        first.install(archive)
        serving = first.serve()
    with serving as server, _telling(server):
        with clock.timing("meeting"):
            meeting = _meet(first, folder)
        kept = _back_up(first, identity, folder / "elsewhere", clock)
    with clock.timing("destroy"):
        first.destroy()
    second = Host(debian, folder / "second")
    with clock.timing("restore") as restored:
        second.install(archive)
        with second.serve():  # systemd would have started it
            pass
        second.restore(folder / "elsewhere", identity)
        _compare(second, kept)
        serving = second.serve()
    with serving as server, _telling(server):
        assert _told(meeting["id"]) == meeting, "the meeting is told otherwise"
    second.destroy()
    return {"install_s": round(installed.seconds), "restore_s": round(restored.seconds)}


class Host:
    """A copy of that Debian, cut off from the registries it came from."""

    def __init__(self, debian: Debian, root: Path) -> None:
        self.root = root
        self.debian = debian.copy(root)
        self.debian.cut_off(RESOLV_CONF)
        self.debian.entering = list(WITH_US)

    @property
    def database(self) -> Path:
        return self.root / "var/lib/visio/visio.db"

    def install(self, archive: Path) -> None:
        """From the archive, as somebody carried it there."""
        subprocess.run(["tar", "-x", "-f", archive, "-C", self.root / "srv"], check=True)
        (unpacked,) = (self.root / "srv").glob("visio-*")
        print(self.run(f"/srv/{unpacked.name}/install"), end="", flush=True)
        shutil.rmtree(unpacked)

    def serve(self) -> Running:
        """Once it answers; ended like a machine that loses power."""
        running = Running(self.debian.popen("visio", "serve"), grace=0)
        running.line("Visio is ready", _STARTED)
        return running

    def run(self, *command: str) -> str:
        return self.debian.run(*command)

    def restore(self, backups: Path, identity: Path) -> None:
        """Into the place of the keys and of the empty database that are there."""
        shutil.copytree(backups, self.root / "srv/backups")
        shutil.copy(identity, self.root / "srv/backup.identity")
        print(self.run("sh", "-euxc", RESTORE), end="", flush=True)

    def destroy(self) -> None:
        shutil.rmtree(self.root)


@dataclass(frozen=True)
class Kept:
    """What an instance held when its backup was made."""

    rows: Mapping[str, tuple[int, str]]
    keys: Mapping[str, str]
    audit: str


def _meet(host: Host, folder: Path) -> Any:
    """Two browsers talk for half a minute; the meeting as the API then tells it."""
    add = ("visio", "admin", "user", "add", EMAIL, "--name", HOST)
    password = _word_after("password", host.run(*add))
    said = recorded(folder)
    asked: list[str] = []
    with two_people(URL, said, camera(folder), _OUR_NAME_ALONE) as people:
        for person in people:
            person.context.on("request", lambda request: asked.append(request.url))
        people[0].sign_in(EMAIL, password)
        joined, seen = gather(*people)
        started = time.time()
        for person in people:
            person.unmute()
        people[0].spend(max(voice.seconds for voice in said.values()))
        received = [person.received(started, time.time()) for person in people]
        meeting = transcript(*people)
    words = compared(said, meeting)
    fps = min(one.fps for one in received)
    print(
        f"  in after {joined:.0f} ms, saw somebody after {seen:.0f} ms, {fps:.1f} frames a second;"
        f" {words.right_name:.0%} of the words under the right name, {words.wer:.1%} wrong"
    )
    strangers = {url for url in asked if not url.startswith((URL, "data:", "blob:"))}
    assert not strangers, f"the pages asked elsewhere: {strangers}"
    assert all(one.voice for one in received), "somebody did not hear the other"
    assert fps > 0, "somebody saw nothing"
    assert words.right_name >= 0.95, "words stand under another's name"
    assert words.wer <= 0.15, "too many words are wrong"
    return meeting


def _back_up(host: Host, identity: Path, elsewhere: Path, clock: "_Clock") -> Kept:
    """While the server runs, and is looked at; what has to come back."""
    make_key = [sys.executable, "-m", "visio", "admin", "backup-key", str(identity)]
    made = subprocess.run(make_key, cwd=TREE, check=True, stdout=subprocess.PIPE, text=True)
    recipient = made.stdout.strip()
    host.run("install", "-d", "-o", "visio", "-m", "0700", "/srv/backups")
    with clock.timing("backup"):
        before = rows(host.database)
        print(host.run("visio", "admin", "backup", "/srv/backups", "--recipient", recipient))
    assert rows(host.database) == before, "the server wrote while nobody was there"
    shutil.copytree(host.root / "srv/backups", elsewhere)
    with clock.timing("doctor"):
        _examine(host)
    return Kept(before, _keys(host), host.run("visio", "admin", "audit", "verify").split()[-1])


def _examine(host: Host) -> None:
    """Fails where doctor finds something broken: its exit code says so."""
    said = host.run("visio", "admin", "doctor", "--json", "--backups", "/srv/backups")
    found = json.loads(said)["findings"]
    for state in ("ok", "look"):
        codes = [one["code"] for one in found if one["state"] == state]
        print(f"  {state}: {len(codes)} {' '.join(codes) if state != 'ok' else ''}")


def _compare(host: Host, kept: Kept) -> None:
    """Counts, hashes, keys and the audit's chain."""
    found = rows(host.database)
    assert found == kept.rows, _differing(kept.rows, found)
    assert _keys(host) == kept.keys, "the keys are others"
    verified = host.run("visio", "admin", "audit", "verify", "--expect", kept.audit)
    counted = sum(count for count, _ in found.values())
    print(
        f"  {counted} rows in {len(found)} tables, all of the same hash; audit: {verified}", end=""
    )


def _told(meeting: str) -> Any:
    """By the API, to who signs in with the password that they had chosen."""
    with sync_playwright() as playwright:
        api = playwright.request.new_context(base_url=URL, extra_http_headers={"Origin": URL})
        signed_in = api.post("/api/v1/session", data={"email": EMAIL, "password": PASSWORD})
        assert signed_in.ok, signed_in.text()
        return api.get(f"/api/v1/meetings/{meeting}").json()


def rows(file: Path) -> dict[str, tuple[int, str]]:
    """Of each table but the audit's, which goes on: how many, and a hash of all in order."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        listed = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = sorted(name for (name,) in listed if not name.startswith(("audit", "sqlite_")))
        return {name: _hashed(database, name) for name in names}


def _hashed(database: sqlite3.Connection, table: str) -> tuple[int, str]:
    found = sorted(map(repr, database.execute(f'SELECT * FROM "{table}"')))  # noqa: S608
    return len(found), hashlib.sha256("\n".join(found).encode()).hexdigest()


def _differing(before: Mapping[str, tuple[int, str]], after: Mapping[str, tuple[int, str]]) -> str:
    names = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    return f"not the same: {', '.join(names)}"


def _keys(host: Host) -> dict[str, str]:
    """Whose they are and who may read them, too: else the server could not."""
    files = [host.root / "etc/visio" / name for name in ("master_key", "secret_key")]
    return {
        file.name: f"{file.stat().st_mode:o} {file.stat().st_gid} {file.read_text()}"
        for file in files
    }


def _word_after(word: str, text: str) -> str:
    """In `One-time password: WORD …`."""
    return text.partition(f"{word}: ")[2].split()[0]


@contextmanager
def _telling(server: Running) -> Iterator[None]:
    """What a server said last is of use where something fails."""
    try:
        yield
    except BaseException:
        print("".join(server.printed[-40:]), flush=True)
        raise


@dataclass
class _Took:
    seconds: float = 0.0


class _Clock:
    """How long each thing takes, and in the file what is done now."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_text("begin")

    @contextmanager
    def timing(self, what: str) -> Iterator[_Took]:
        self.file.write_text(what)
        took, began = _Took(), time.monotonic()
        yield took
        took.seconds = time.monotonic() - began
        print(f"  {what}: {took.seconds:.0f} s", flush=True)


URL = "http://localhost:8000"
EMAIL = "ada@example.org"
RESTORE = """
rm /etc/visio/master_key /etc/visio/secret_key /var/lib/visio/visio.db*
install -m 0660 -o visio -g visio-worker /dev/null /var/lib/visio/visio.db
VISIO_CONFIG=/etc/visio/visio.toml /opt/visio/current/server/bin/visio admin restore /srv/backups \\
    --identity /srv/backup.identity
chgrp visio /etc/visio/master_key /etc/visio/secret_key
chmod 0640 /etc/visio/master_key /etc/visio/secret_key
"""
"""As docs/operate.md has it."""
# Chromium asks its maker for this and that; what our pages ask for, Playwright tells.
_OUR_NAME_ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"
# Seconds, on a machine that does other things too.
_STARTED = 180.0

if __name__ == "__main__":
    sys.exit(main())
