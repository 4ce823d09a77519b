"""docker-compose.yml, checked without an engine."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.deploy.conftest import TREE
from visio.config import Config, load, read_master_key, read_secrets

COMPOSE = TREE / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(COMPOSE)
    return loaded


def test_file_follows_the_compose_specification() -> None:
    validator = Path(sys.executable).with_name("check-jsonschema")
    checked = subprocess.run(
        [validator, "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_part_is_there(compose: dict[str, Any]) -> None:
    parts = {"proxy", "certbot", "visio", "worker", "db", "turn"}
    assert compose["services"].keys() == parts


def test_settings_are_settings_of_visio(compose: dict[str, Any]) -> None:
    known = {f"VISIO_{name}".upper() for name in Config.model_fields} | {"VISIO_CONFIG"}
    for service in ("visio", "worker"):
        assert compose["services"][service]["environment"].keys() <= known


def test_visio_may_drain_before_it_is_killed(compose: dict[str, Any]) -> None:
    period = re.fullmatch(r"(\d+)s", compose["services"]["visio"]["stop_grace_period"])
    assert period
    patience = Config(data_dir=Path("var")).drain_seconds
    assert int(period[1]) >= patience + 20


@pytest.mark.parametrize("service", ["visio", "worker"])
def test_visio_starts_with_the_settings_as_they_are_given(
    service: str, compose: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that the operator must set are set, the others are not."""
    subprocess.run([TREE / "deploy/make-secrets", tmp_path], check=True)
    for name, value in compose["services"][service]["environment"].items():
        given = re.sub(r"\$\{\w+:\?[^}]*\}", "192.0.2.7", value)
        given = re.sub(r"\$\{\w+(?::-([^}]*))?\}", r"\1", given)
        monkeypatch.setenv(name, given.replace("/run/secrets", str(tmp_path)))
    config = load()
    assert read_secrets(config) if service == "visio" else read_master_key(config)
    assert config.database_url.startswith("postgresql+asyncpg://visio:")


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("SECRET|PASSWORD|KEY", name) or "/run/secrets/" in value


def test_each_secret_used_is_made_by_make_secrets(compose: dict[str, Any], tmp_path: Path) -> None:
    subprocess.run([TREE / "deploy/make-secrets", tmp_path], check=True)
    used = {name for one in compose["services"].values() for name in one.get("secrets", [])}
    assert used == compose["secrets"].keys() == {file.name for file in tmp_path.iterdir()}
    assert all(file.stat().st_mode & 0o777 == 0o400 for file in tmp_path.iterdir())


def test_secrets_stay_when_made_again(tmp_path: Path) -> None:
    subprocess.run([TREE / "deploy/make-secrets", tmp_path], check=True)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    subprocess.run([TREE / "deploy/make-secrets", tmp_path], check=True)
    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir()}


def test_visio_believes_only_the_proxy(compose: dict[str, Any]) -> None:
    proxy = compose["services"]["proxy"]["networks"]["front"]["ipv4_address"]
    assert compose["services"]["visio"]["environment"]["VISIO_TRUSTED_PROXIES"] == proxy


def test_each_part_finds_the_others_where_they_are(compose: dict[str, Any]) -> None:
    services = compose["services"]
    upstreams = services["proxy"]["environment"]
    for name, variable in (("visio", "VISIO_UPSTREAM"), ("certbot", "VISIO_ACME_UPSTREAM")):
        address = services[name]["networks"]["front"]["ipv4_address"]
        assert upstreams[variable].partition(":")[0] == address


def test_certbot_is_told_in_words_that_a_shell_understands(compose: dict[str, Any]) -> None:
    certbot = compose["services"]["certbot"]
    (script,) = certbot["command"]
    subprocess.run(["sh", "-n", "-c", script.replace("$$", "$")], check=True)
    assert set(re.findall(r"VISIO_\w+", script)) <= certbot["environment"].keys()


def test_built_images_are_stages_of_the_dockerfile(compose: dict[str, Any]) -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", (TREE / "Dockerfile").read_text(), re.M))
    targets = {one["build"]["target"] for one in compose["services"].values() if "build" in one}
    assert targets == {"server", "worker"}
    assert targets <= stages
