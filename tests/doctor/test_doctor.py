"""The command itself, over files, sockets and databases of this machine."""

import asyncio
import datetime
import json
import os
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from deploy.certificate import main as make_certificate
from deploy.certificate import self_signed
from tests import post
from tests.bucket import Bucket
from tests.databases import Postgres
from tests.test_cli_people import append, file, no_settings_of_the_caller, run
from visio.config import load, read_secrets
from visio.doctor import certificates, database, host, peers
from visio.doctor.facts import Peer
from visio.store import schema
from visio.store.database import Database

__all__ = ["file", "no_settings_of_the_caller"]

pytestmark = pytest.mark.one_database


async def findings(file: Path, *more: str, status: int = 1) -> dict[str, dict[str, str]]:
    """By their codes, in French."""
    answer = await run("admin", "doctor", "--json", *more, "--config", file)
    assert answer.exit_code == status, answer.output
    return {one["code"]: one for one in json.loads(answer.output)["findings"]}


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")


@pytest.fixture
def secrets(file: Path, tmp_path: Path) -> Path:
    """A configuration with secrets of its own, whose server does not run."""
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "master").write_text(MASTER)
    for name in ("secret", "master"):
        (tmp_path / name).chmod(0o600)
    append(
        file,
        {
            "secret_key_file": str(tmp_path / "secret"),
            "master_key_file": str(tmp_path / "master"),
            "port": 1,
            "media_port": 0,
            "public_url": "",
            "worker_python": str(tmp_path / "python"),
        },
    )
    text = file.read_text().replace('public_url = "https://visio.example.org"\n', "")
    file.write_text(text)
    return file


async def test_what_is_broken_is_said_first_in_french_and_no_secret_is(secrets: Path) -> None:
    answer = await run("admin", "doctor", "--config", secrets)
    assert answer.exit_code == 1
    assert answer.output.startswith("EN PANNE  Serveur (http://127.0.0.1:1) : Aucun serveur")
    assert answer.output.splitlines()[-1].startswith("2 en panne, ")
    assert SECRET not in answer.output
    assert MASTER not in answer.output


async def test_programs_read_codes(secrets: Path) -> None:
    found = await findings(secrets)
    assert found["server.silent"]["state"] == "broken"
    assert found["worker.failed"]["do"].startswith("docs/speech.md")
    assert found["database.ok"]["state"] == found["migrations.ok"]["state"] == "ok"
    assert found["secrets.ok"]["what"].startswith("2 fichiers")


async def test_settings_that_cannot_be_read_are_a_finding(secrets: Path) -> None:
    append(secrets, {"smtp_host": "smtp.test"})
    assert (await findings(secrets)).keys() == {"settings.refused"}


async def test_short_secret_is_told_without_it(secrets: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("too short")
    found = (await findings(secrets))["secrets.refused"]
    assert "too short" not in found["what"]


async def test_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "visio.toml"
    config.write_text("demo = true\nport = 1\nmedia_port = 0\n")
    found = await findings(config)
    assert {"secrets.unmade", "database.absent", "disk.absent"} <= found.keys()
    assert os.listdir(tmp_path) == ["visio.toml"]


async def test_open_files_and_folders_are_seen(secrets: Path, tmp_path: Path) -> None:
    (tmp_path / "master").chmod(0o644)
    (tmp_path / "var").mkdir(mode=0o755)
    found = await findings(secrets)
    assert found["secrets.open"]["about"] == "master_key_file"
    assert "0755" in found["disk.open"]["what"]


async def test_place_of_backups_is_looked_at(
    secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "store.empty" in await findings(secrets, "--backups", str(tmp_path / "backups"))
    async with Bucket("kept").served() as bucket:
        monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.url)
        assert "store.refused" in await findings(secrets, "--backups", "s3://kept/")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        bucket.objects["visio-1.age"] = b"x"
        found = await findings(secrets, "--backups", "s3://kept/")
        assert "visio-1.age" in found["store.ok"]["what"]
    found = await findings(secrets, "--backups", "s3://kept/")
    assert "Connection refused" in found["store.refused"]["what"]


async def test_mail_server_takes_or_refuses_us(secrets: Path, tmp_path: Path) -> None:
    async with post.running_post() as office:
        settings = post.settings(office)
        append(secrets, settings)
        config = load(secrets)
        assert await peers.mail(config, "") == Peer("mail", config.smtp_host)
    assert (await peers.mail(config, "")).trouble == "Connection refused"


async def test_provider_must_call_itself_as_we_do(aiohttp_provider: TestServer) -> None:
    issuer = str(aiohttp_provider.make_url("/")).rstrip("/")
    found, clock = await peers.oidc(issuer)
    assert (found.trouble, found.refused) == ("", "another issuer")
    assert clock is not None
    assert abs(clock.ahead) <= clock.give + 0.1


async def test_database_tells_its_clock_and_what_it_is(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    store, clock = await database_observed(url)
    assert (store.trouble, store.near, store.revision) == ("", True, schema.revisions()[-1])
    assert store.version
    assert (clock is None) is (store.kind == "sqlite")


async def test_database_that_is_away_is_told() -> None:
    store, _ = await database_observed("postgresql+asyncpg://visio:hidden@127.0.0.1:9/visio")
    assert store.trouble == "Connection refused"


async def test_what_a_driver_raises_is_told_by_its_kind(postgres: Postgres) -> None:
    store, _ = await database_observed(postgres.url("nowhere"))
    assert store.trouble == "InvalidCatalogNameError"


async def test_folders_that_we_may_not_look_into_are_told(secrets: Path) -> None:
    config = load(secrets).model_copy(update={"data_dir": Path("x" * 300)})
    assert not host.disk(config.data_dir).writable
    closed = config.model_copy(update={"master_key_file": Path("x" * 300)})
    assert host.keys(closed).refusal.endswith("File name too long.")


def test_certificate_of_a_file_is_read_with_its_key(tmp_path: Path) -> None:
    make_certificate("visio.test", tmp_path / "one.pem")
    make_certificate("visio.test", tmp_path / "two.pem")
    found = certificates.stored(tmp_path / "one.pem", tmp_path / "one.key", "visio.test")
    assert (found.trouble, found.names, found.key, found.bits) == ("", ("visio.test",), "EC", 256)
    assert found.hash == "sha256"
    lifetime = datetime.timedelta(milliseconds=found.ends - found.begins)
    assert lifetime > datetime.timedelta(days=30)
    other = certificates.stored(tmp_path / "one.pem", tmp_path / "two.key", "visio.test")
    assert "MISMATCH" in other.trouble
    assert certificates.stored(tmp_path / "no", tmp_path / "no", "x").trouble


async def test_certificate_is_seen_where_it_is_served(tmp_path: Path) -> None:
    make_certificate("visio.test", tmp_path / "one.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "one.pem", tmp_path / "one.key")
    server = await asyncio.start_server(lambda _, out: out.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await certificates.served("127.0.0.1", port, name="visio.test")
    assert (found.names, found.distrust) == (("visio.test",), "self-signed certificate")
    assert (await certificates.served("127.0.0.1", port)).trouble


def test_elliptic_key_of_another_kind_counts_by_its_curve() -> None:
    pem = self_signed("x.test", ec.generate_private_key(ec.SECP384R1())).public_bytes(Encoding.PEM)
    assert certificates.read(pem, "", "x.test", "").bits == 384


async def test_weights_are_looked_at_in_the_workers_python(secrets: Path) -> None:
    append(secrets, {"whisper_path": "/nowhere"})
    config = load(secrets).model_copy(update={"worker_python": sys.executable})
    assert await host.weights(config) == "whisper_path: there is no folder /nowhere."


async def test_media_addresses_are_the_servers_own(secrets: Path) -> None:
    found = await host.addresses(load(secrets))
    assert found.announced == found.own
    assert "127.0.0.1" in found.own
    assert read_secrets(load(secrets)).turn_secret == ""


@pytest.fixture
async def aiohttp_provider() -> Any:
    from aiohttp import web

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"issuer": "https://other.test"})

    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", answer)
    async with TestServer(app) as server:
        yield server


database_observed = database.observed
SECRET = "kW9sVq2mTz7LxC4nRb8yHd3gJf6pQa1u"
MASTER = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs="
