import asyncio
import base64
import json
import os
import re
import secrets
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.processes import Running, free_ports
from visio.cli import commands, main
from visio.config import Config, settings_table
from visio.errors import VisioError
from visio.store import policies
from visio.store.database import Database
from visio.store.policies import Allowed

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("VISIO_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(database_url: str, tmp_path: Path) -> Path:
    """A configuration on a fresh database of either kind."""
    file = tmp_path / "visio.toml"
    file.write_text(
        f'data_dir = "{tmp_path}/var"\ndatabase_url = "{database_url}"\n'
        'public_url = "https://visio.example.org"\n'
    )
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def test_start_does_not_wait_for_what_few_requests_need() -> None:
    late = ("alembic", "docx", "odfdo")
    look = f"import sys, visio.cli; print(*set({late}) & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_help_documents_every_setting() -> None:
    text = " ".join(run("serve", "--help").output.split())
    for name, field in Config.model_fields.items():
        assert f"VISIO_{name.upper()}" in text
        assert str(field.description)[:20] in text


def test_secrets_are_no_options() -> None:
    """Everybody on a machine can read a command line."""
    for flag in ("--secret-key", "--livekit-keys", "--database-url"):
        assert run("serve", flag, "x").exit_code == 2


def test_settings_are_printed_as_a_table() -> None:
    assert run("settings").output == settings_table()


def test_accounts_are_made_listed_and_reset(file: Path) -> None:
    added = run("admin", "user", "add", "Ada@Example.org", "--name", "Ada", "--config", file)
    assert re.fullmatch(r"One-time password: [a-z-]{23}\n", added.output)
    run("admin", "user", "add", "root@example.org", "--administrator", "--config", file)
    listed = run("admin", "user", "list", "--config", file)
    assert listed.output == "ada@example.org\tAda\tuser\nroot@example.org\troot\tadministrator\n"
    reset = run("admin", "user", "reset-password", "ada@example.org", "--config", file)
    assert re.fullmatch(r"One-time password: [a-z-]{23}\n", reset.output)
    assert reset.output != added.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "ada@example.org"),
        ("user", "add", "not an address"),
        ("user", "reset-password", "nobody@example.org"),
        ("room", "add", "Weekly", "--owner", "nobody@example.org"),
        ("room", "add", "Weekly", "--owner", "ada@example.org", "--slug", "No Slug"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said(file: Path, arguments: tuple[str, ...]) -> None:
    run("admin", "user", "add", "ada@example.org", "--config", file)
    result = run("admin", *arguments, "--config", file)
    assert isinstance(result.exception, VisioError)
    assert str(result.exception).endswith(".")


def test_a_room_is_made_with_its_members(file: Path) -> None:
    for email in ("ada@example.org", "bob@example.org"):
        run("admin", "user", "add", email, "--config", file)
    people = ("--owner", "ada@example.org", "--member", "bob@example.org")
    made = run("admin", "room", "add", "Weekly", *people, "--slug", "weekly", "--config", file)
    assert made.output == "https://visio.example.org/weekly\n"
    again = run("admin", "room", "add", "Weekly", *people, "--config", file)
    assert re.fullmatch(r"https://visio.example.org/[a-z]{3}-[a-z]{4}-[a-z]{3}\n", again.output)


def test_the_operator_makes_rooms_above_the_policy(file: Path, database_url: str) -> None:
    """Who is at the command line could change it as well."""
    run("admin", "user", "add", "ada@example.org", "--config", file)

    async def rule_out() -> None:
        database = await Database.open(database_url)
        async with database.transaction() as session:
            await policies.choose(session, Allowed(("restricted",), "administrators", 5))
        await database.close()

    asyncio.run(rule_out())
    owner = ("--owner", "ada@example.org", "--slug", "weekly", "--access", "public")
    made = run("admin", "room", "add", "Weekly", *owner, "--config", file)
    assert made.output == "https://visio.example.org/weekly\n"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "secret_key_file is not set"),
        ({"VISIO_SECRET_KEY": "changeme"}, "secret_key is shorter than 32 bytes"),
        ({"VISIO_PROT": "8000"}, "VISIO_PROT is not a setting"),
        ({"VISIO_PORT": "http"}, "port:"),
        ({"VISIO_CONFIG": "absent.toml"}, "cannot be read"),
        (
            {"VISIO_DEMO": "true", "VISIO_TLS_CERT": "absent", "VISIO_TLS_KEY": "absent"},
            "tls_cert and tls_key cannot be used",
        ),
    ],
    ids=str,
)
def test_a_wrong_setting_is_one_sentence_and_exit_code_2(
    settings: dict[str, str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["visio", "serve"])
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stop:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("visio: ")
    assert sentence in line
    assert stop.value.code == 2


def test_transcribe_becomes_the_worker_with_its_settings(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho $1 $VISIO_DATA_DIR $VISIO_LANGUAGE $VISIO_PORT.\n")
    python.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "visio", "transcribe", "--demo", "--language", "fr"],
        cwd=ROOT,
        env={
            **os.environ,
            "VISIO_DATA_DIR": str(tmp_path / "var"),
            "VISIO_WORKER_PYTHON": str(python),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"-c {tmp_path}/var fr .\n"


def test_transcribe_without_the_workers_python_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("transcribe", "--demo", "--worker-python", "absent/python")
    assert "worker_python cannot be run" in str(result.exception)


class Served:
    """`visio serve` in a process of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port, media_port = free_ports(2)
        environment = {
            "VISIO_DATA_DIR": str(folder / "var"),
            "VISIO_PORT": str(self.port),
            "VISIO_MEDIA_PORT": str(media_port),
            "VISIO_MEDIA_THREADS": "1",
            "VISIO_MEDIA_HOST": "127.0.0.1",
            "VISIO_WORKER": "false",
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "visio", "serve"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.running = Running(self.process)


@pytest.mark.slow
def test_the_first_start_of_the_demo_prints_how_to_sign_in_once(
    tmp_path: Path, empty_database_url: str
) -> None:
    settings = {"VISIO_DEMO": "true", "VISIO_DATABASE_URL": empty_database_url}
    first = Served(tmp_path, **settings)
    with first.running:
        first.running.line(f"Visio is ready: http://localhost:{first.port}", timeout=60)
        first.running.line("admin@localhost", timeout=5)
        password = first.running.line("One-time password", timeout=5).split()[3]
        account = sign_in(first.port, password)["account"]
        assert (account["administrator"], account["must_change_password"]) == (True, True)
    second = Served(tmp_path, **settings)
    with second.running:
        second.running.line("Visio is ready", timeout=60)
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(timeout=20) == 0
    assert "password" not in "".join(second.running.printed)


@pytest.mark.slow
def test_production_with_its_own_secrets_says_how_to_make_an_account(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(secrets.token_urlsafe(48))
    (tmp_path / "master").write_bytes(base64.b64encode(secrets.token_bytes(32)))
    served = Served(
        tmp_path,
        VISIO_SECRET_KEY_FILE=str(tmp_path / "secret"),
        VISIO_MASTER_KEY_FILE=str(tmp_path / "master"),
    )
    with served.running:
        served.running.line("visio admin user add", timeout=60)
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(timeout=20) == 0


@pytest.mark.slow
def test_https_with_a_certificate_of_ones_own(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
        f" -addext subjectAltName=DNS:localhost -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    served = Served(
        tmp_path, VISIO_DEMO="true", VISIO_TLS_CERT=str(certificate), VISIO_TLS_KEY=str(key)
    )
    with served.running:
        served.running.line(f"https://localhost:{served.port}", timeout=60)
        password = served.running.line("One-time password", timeout=5).split()[3]
        trusting = ssl.create_default_context(cafile=certificate)
        trusting.maximum_version = ssl.TLSVersion.TLSv1_2
        trusting.set_ciphers("ECDHE+AES")
        url = f"https://localhost:{served.port}"
        answer = post(url, "/api/v1/session", credentials(password), trusting)
        assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.slow
def test_prometheus_has_an_address_of_its_own(tmp_path: Path) -> None:
    served = Served(tmp_path, VISIO_DEMO="true", VISIO_METRICS_ADDRESS="127.0.0.1:0")
    with served.running:
        port = served.running.line("metrics on 127.0.0.1 port ", timeout=60).split()[-1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            assert b"\nvisio_meetings 0.0\n" in answer.read()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://localhost:{served.port}/metrics", timeout=20)


@pytest.mark.slow
def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    first = Served(tmp_path, VISIO_DEMO="true")
    with first.running:
        first.running.line("Visio is ready", timeout=60)
        second = Served(tmp_path, VISIO_DEMO="true", VISIO_PORT=str(first.port))
        with second.running:
            second.running.line("visio: the server cannot start", timeout=60)
            assert second.process.wait(timeout=20) == 1


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/absent/visio.db"
    served = Served(tmp_path, VISIO_DEMO="true", VISIO_DATABASE_URL=url)
    with served.running:
        served.running.line("visio: the server cannot start", timeout=60)
        assert served.process.wait(timeout=20) == 1


def credentials(password: str) -> dict[str, str]:
    return {"email": "admin@localhost", "password": password}


def sign_in(port: int, password: str) -> Any:
    return json.load(post(f"http://localhost:{port}", "/api/v1/session", credentials(password)))


def post(url: str, path: str, body: Any, context: ssl.SSLContext | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310
        url + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Origin": url},
    )
    return urllib.request.urlopen(request, timeout=10, context=context)  # noqa: S310
