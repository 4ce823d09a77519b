import base64
import os
import secrets
import stat
from pathlib import Path

import pytest

from visio.config import Config, load, read_secrets, settings_table
from visio.errors import ConfigError

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("VISIO_"):
            monkeypatch.delenv(name)


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    """Files with good secrets."""
    (tmp_path / "secret").write_text(secrets.token_urlsafe(48))
    (tmp_path / "master").write_bytes(base64.b64encode(secrets.token_bytes(32)))
    return {"secret_key_file": tmp_path / "secret", "master_key_file": tmp_path / "master"}


def test_defaults_listen_on_this_host_only() -> None:
    config = load()
    assert (config.host, config.port, config.url) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert config.database_url == "sqlite+aiosqlite:///var/visio.db"


def test_options_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "visio.toml"
    file.write_text('port = 1\nmedia_port = 1\nlanguage = "fr"\n')
    monkeypatch.setenv("VISIO_MEDIA_PORT", "2")
    monkeypatch.setenv("VISIO_PORT", "2")
    config = load(file, {"port": "3"})
    assert (config.port, config.media_port, config.language) == (3, 2, "fr")


def test_an_empty_variable_counts_as_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "visio.toml"
    file.write_text("port = 1\n")
    monkeypatch.setenv("VISIO_PORT", "")
    monkeypatch.setenv("VISIO_MEDIA_PORT", "")
    assert (load(file).port, load(file).media_port) == (1, 7882)


def test_the_file_may_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "visio.toml").write_text("port = 8123\n")
    monkeypatch.setenv("VISIO_CONFIG", str(tmp_path / "visio.toml"))
    assert load().port == 8123


def test_the_database_file_follows_the_data_folder(tmp_path: Path) -> None:
    config = load(options={"data_dir": tmp_path})
    assert config.database_url == f"sqlite+aiosqlite:///{tmp_path}/visio.db"


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "agenda.example.org",
        "http://agenda.example.org",
        "https://*.example.org",
        "https://agenda.example.org/page",
        "https://agenda.example.org; script-src *",
        "https://ada@agenda.example.org",
        "https:",
    ],
)
def test_only_an_origin_is_allowed_to_embed_us(origin: str) -> None:
    with pytest.raises(ConfigError, match="embed_origins"):
        load(options={"embed_origins": [origin]})


def test_origins_are_kept_as_browsers_say_them() -> None:
    given = ["https://Agenda.Example.org/", "http://localhost:8080", "https://[2001:db8::1]:8443"]
    expected = ["https://agenda.example.org", *given[1:]]
    assert load(options={"embed_origins": given}).embed_origins == expected
    assert load().embed_origins == []


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISIO_MEDIA_ANNOUNCE", "192.0.2.1, 2001:db8::1")
    assert load().media_announce == ["192.0.2.1", "2001:db8::1"]


@pytest.mark.parametrize("address", ["", "visio.example.org", "0.0.0.0", "::", "239.0.0.1"])  # noqa: S104
def test_an_announced_address_is_one_that_clients_can_send_to(address: str) -> None:
    with pytest.raises(ConfigError, match="media_announce"):
        load(options={"media_announce": ["192.0.2.1", address]})


def test_media_by_tcp_use_the_same_number_or_another_or_none() -> None:
    assert load().media_tcp_port == 7882
    assert load(options={"media_port": 9000}).media_tcp_port == 9000
    assert load(options={"media_port": 0}).media_tcp_port == 0
    assert load(options={"media_tcp_port": 7881}).media_tcp_port == 7881


@pytest.mark.parametrize(
    ("processors", "threads"), [(1, 1), (2, 1), (7, 1), (8, 2), (16, 4), (32, 8), (128, 8)]
)
def test_media_threads_leave_most_processors_to_others(
    monkeypatch: pytest.MonkeyPatch, processors: int, threads: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    assert load().media_threads == threads
    assert load(options={"media_threads": 3}).media_threads == 3


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("", None),
        ("stun.example.org", ("stun.example.org", 3478)),
        ("192.0.2.1:19302", ("192.0.2.1", 19302)),
    ],
)
def test_a_stun_server_is_a_host_and_a_port(text: str, server: tuple[str, int] | None) -> None:
    assert load(options={"media_stun": text}).stun_server == server


@pytest.mark.parametrize("text", [":3478", "host:", "host:0", "host:65536", "stun:host:1"])
def test_what_is_no_stun_server_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="media_stun"):
        load(options={"media_stun": text})


@pytest.mark.parametrize(
    ("text", "server"),
    [("", None), ("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:0", ("::1", 0))],
)
def test_metrics_have_an_address_and_a_port(text: str, server: tuple[str, int] | None) -> None:
    assert load(options={"metrics_address": text}).metrics_server == server


@pytest.mark.parametrize("text", ["9464", ":9464", "localhost", "127.0.0.1:65536", "127.0.0.1:x"])
def test_what_is_no_address_for_metrics_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="metrics_address"):
        load(options={"metrics_address": text})


def test_webhooks_are_urls_or_tables_with_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISIO_LIVEKIT_KEYS", '{"bots": "secret"}')
    monkeypatch.setenv("VISIO_WEBHOOK_KEY", "bots")
    monkeypatch.setenv("VISIO_WEBHOOKS", "https://a.example/hook, https://b.example/hook")
    assert [target.url for target in load().webhooks] == [
        "https://a.example/hook",
        "https://b.example/hook",
    ]
    monkeypatch.delenv("VISIO_WEBHOOKS")
    file = tmp_path / "visio.toml"
    file.write_text(
        '[[webhooks]]\nurl = "https://a.example"\nexclude_events = ["track_published"]\n'
    )
    (target,) = load(file).webhooks
    assert target.wants("room_started")
    assert not target.wants("track_published")
    with pytest.raises(ConfigError, match="twice"):
        load(options={"webhooks": "https://a, https://a"})


def test_webhooks_need_a_key_that_signs_them(keys: dict[str, Path]) -> None:
    """Only of the server: a worker that reads the same file has no keys."""
    webhooks = {"webhooks": "https://a.example", "webhook_key": "bots"}
    config = load(options={**keys, **webhooks})
    with pytest.raises(ConfigError, match="webhook_key"):
        read_secrets(config)
    signing = {"livekit_keys": {"bots": secrets.token_urlsafe(48)}}
    assert "bots" in read_secrets(load(options={**keys, **webhooks, **signing})).signing_keys


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "http://localhost:8000"),
        ({"host": "192.0.2.1", "port": 80}, "http://192.0.2.1:80"),
        ({"host": "2001:db8::1"}, "http://[2001:db8::1]:8000"),
        ({"host": "0.0.0.0", "tls_cert": "a", "tls_key": "b"}, "https://localhost:8000"),  # noqa: S104
        ({"public_url": "https://visio.example.org/"}, "https://visio.example.org"),
    ],
)
def test_url_is_what_people_type(options: dict[str, str], url: str) -> None:
    config = load(options=options)
    assert config.url == url
    assert config.secure == url.startswith("https:")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"port": "http"}, "port"),
        ({"port": 70000}, "port"),
        ({"prot": 8000}, "prot"),
        ({"public_url": "visio.example.org"}, "public_url"),
        ({"database_url": "mysql://db"}, "database_url"),
        ({"log_level": "loud"}, "log_level"),
        ({"tls_cert": "cert.pem"}, "tls_cert"),
        ({"turn_urls": "turn:relay:3478"}, "turn_secret_file"),
        ({"media_threads": 0}, "media_threads"),
        ({"media_port": 65_535, "media_threads": 2}, "media_threads"),
        ({"trusted_proxies": "proxy.example.org"}, "trusted_proxies"),
        ({"webhooks": "ftp://hook.example.org"}, "webhooks"),
        ({"webhooks": "https://"}, "webhooks"),
        ({"webhooks": "https://a:b@hook.example.org"}, "webhooks"),
        ({"webhooks": '[{"url": "https://h", "include_events": ["room_began"]}]'}, "webhooks"),
        ({"webhooks": "[{"}, "webhooks"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(options: dict[str, str | int], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(options=options)


def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISIO_PROT", "8000")
    with pytest.raises(ConfigError, match="VISIO_PROT is not a setting"):
        load()


@pytest.mark.parametrize("text", ["port = ", "prot = 1", "port = 'x'"])
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "visio.toml").write_text(text)
    with pytest.raises(ConfigError):
        load(tmp_path / "visio.toml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "absent.toml")


def test_a_config_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]


def test_secrets_come_from_files(keys: dict[str, Path]) -> None:
    found = read_secrets(load(options=keys))
    assert found.signing_keys == {"visio": keys["secret_key_file"].read_text()}
    assert len(found.master_key) == 32


def test_secrets_are_in_no_representation(keys: dict[str, Path]) -> None:
    config = load(options={**keys, "livekit_keys": {"bot": secrets.token_urlsafe(48)}})
    found = read_secrets(config)
    shown = f"{config!r} {config} {found!r}"
    for secret in found.signing_keys.values():
        assert secret not in shown


@pytest.mark.parametrize("missing", ["secret_key_file", "master_key_file"])
def test_start_without_a_secret_is_refused(keys: dict[str, Path], missing: str) -> None:
    del keys[missing]
    with pytest.raises(ConfigError, match=missing):
        read_secrets(load(options=keys))


@pytest.mark.parametrize(
    "secret", ["", "short", "a" * 64, "changeme" * 8, "please-change-me-0123456789-abcdef"]
)
def test_start_with_a_weak_secret_is_refused(keys: dict[str, Path], secret: str) -> None:
    keys["secret_key_file"].write_text(secret)
    with pytest.raises(ConfigError, match="secret_key"):
        read_secrets(load(options=keys))


@pytest.mark.parametrize("keys_given", [{"visio": secrets.token_urlsafe(48)}, {"devkey": "secret"}])
def test_livekit_keys_are_checked_too(keys: dict[str, Path], keys_given: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="livekit_keys"):
        read_secrets(load(options={**keys, "livekit_keys": keys_given}))


@pytest.mark.parametrize("text", ["", "not base64!", "c2hvcnQ=", base64.b64encode(bytes(32))])
def test_start_with_a_wrong_master_key_is_refused(keys: dict[str, Path], text: str | bytes) -> None:
    keys["master_key_file"].write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match="32 random bytes"):
        read_secrets(load(options=keys))


def test_a_short_turn_secret_is_refused(keys: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "turn").write_text("short")
    turn = {"turn_urls": "turn:relay:3478", "turn_secret_file": tmp_path / "turn"}
    with pytest.raises(ConfigError, match="turn_secret_file"):
        read_secrets(load(options={**keys, **turn}))


def test_the_demo_makes_its_secrets_once_for_its_owner_only(tmp_path: Path) -> None:
    config = load(options={"demo": True, "data_dir": tmp_path / "var"})
    first = read_secrets(config)
    assert read_secrets(config) == first
    for file in (tmp_path / "var").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = load(options={"demo": True, "data_dir": tmp_path / "other"})
    assert read_secrets(other).master_key != first.master_key


def test_every_setting_has_one_sentence() -> None:
    for name, field in Config.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_documentation_lists_every_setting() -> None:
    """After a change: python -m visio settings, into docs/settings.md."""
    assert settings_table() in (ROOT / "docs" / "settings.md").read_text()
