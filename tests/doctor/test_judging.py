"""What is made of facts: the decisions alone, without a network."""

import re
import string
from dataclasses import replace
from pathlib import Path

import pytest

from visio.doctor import judging
from visio.doctor.facts import (
    Addresses,
    Answer,
    Backups,
    Certificate,
    Clock,
    Disk,
    KeyFile,
    Keys,
    Peer,
    Port,
    Relay,
    Store,
    Worker,
)
from visio.doctor.finding import WORDS, Finding, State, in_order, worded

DAY = 86_400_000
HOUR = 3_600_000
NOW = 20_000 * DAY
STORE = Store("postgresql", version="17.2", known=("0001", "0002"), revision="0002")
GOOD = Certificate(
    "visio.test:443",
    "visio.test",
    names=("visio.test", "*.calls.test"),
    begins=NOW - DAY,
    ends=NOW + 60 * DAY,
    key="EC",
    bits=256,
    hash="sha256",
)
RELAY = Relay("turns:turn.test:443", took=9)
FINE = Disk("/var/lib/visio", total=100 << 30, free=50 << 30, mode=0o700)


def codes(findings: list[Finding]) -> list[str]:
    for one in findings:
        assert worded(one, "fr").what
        assert worded(one, "en").what
    return [f"{one.code} {one.state}" for one in findings]


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (Keys((KeyFile("a_file", "/a", 0o400),)), ["secrets.ok ok"]),
        (Keys((KeyFile("a_file", "/a", 0o440),)), ["secrets.group look"]),
        (Keys((KeyFile("a_file", "/a", 0o444),)), ["secrets.open broken"]),
        (Keys((), refusal="secret_key is short."), ["secrets.refused broken"]),
        (Keys((), demo=True), ["secrets.demo look"]),
        (Keys((), demo=True, made=False), ["secrets.unmade look"]),
    ],
)
def test_secrets_are_their_owners_only(seen: Keys, found: list[str]) -> None:
    assert codes(judging.keys(seen)) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ["database.ok ok", "migrations.ok ok"]),
        ({"there": False}, ["database.absent look"]),
        ({"trouble": "Connection refused"}, ["database.away broken"]),
        ({"version": "14.9"}, ["database.old look", "migrations.ok ok"]),
        ({"near": False}, ["database.plain look", "migrations.ok ok"]),
        ({"near": False, "encrypted": True}, ["database.ok ok", "migrations.ok ok"]),
        ({"revision": None}, ["database.ok ok", "migrations.none look"]),
        ({"revision": "0001"}, ["database.ok ok", "migrations.behind look"]),
        ({"revision": "0009"}, ["database.ok ok", "migrations.newer broken"]),
    ],
)
def test_database_answers_with_our_schema(changes: dict[str, object], found: list[str]) -> None:
    seen = replace(STORE, **changes)  # type: ignore[arg-type]
    assert codes(judging.store(seen) + judging.migrations(seen)) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "ok ok"),
        ({"wanted": "room.calls.test"}, "ok ok"),
        ({"wanted": "a.room.calls.test"}, "name broken"),
        ({"wanted": "calls.test"}, "name broken"),
        ({"wanted": "turn.test"}, "name broken"),
        ({"ends": NOW}, "expired broken"),
        ({"begins": NOW + 1}, "early broken"),
        ({"ends": NOW + 13 * DAY}, "soon look"),
        ({"distrust": "self-signed certificate"}, "untrusted look"),
        ({"key": "RSA", "bits": 2048}, "weak look"),
        ({"key": "RSA", "bits": 3072}, "ok ok"),
        ({"hash": "sha1"}, "weak look"),
        ({"trouble": "Connection refused"}, "unseen look"),
        ({"trouble": "No such file", "ours": True}, "unseen broken"),
    ],
)
def test_certificate_is_what_browsers_accept(changes: dict[str, object], found: str) -> None:
    seen = replace(GOOD, **changes)  # type: ignore[arg-type]
    assert codes(judging.certificate(seen, NOW)) == [f"certificate.{found}"]


@pytest.mark.parametrize(
    ("relay", "found"),
    [
        (RELAY, ["turn.ok ok"]),
        (replace(RELAY, url="turn:turn.test"), ["turn.ok ok", "turn.plain look"]),
        (replace(RELAY, trouble="no answer"), ["turn.unreachable broken"]),
        (replace(RELAY, error=401), ["turn.denied broken"]),
        (replace(RELAY, error=486), ["turn.refused broken"]),
        (replace(RELAY, closed=("192.0.2.7",)), ["turn.closed broken"]),
        (
            replace(RELAY, closed=("192.0.2.7",), inward=True),
            ["turn.closed broken", "turn.inward broken"],
        ),
    ],
)
def test_relay_leads_to_us_and_nowhere_else(relay: Relay, found: list[str]) -> None:
    assert codes(judging.relays([relay], wanted=True)) == found


def test_page_that_tests_from_a_browser_is_named() -> None:
    (told,) = judging.browsers("https://visio.example.org")
    assert (told.state, told.about) == (State.OK, "https://visio.example.org/connection-test")


def test_missing_relay_is_told_unless_it_could_not_be_asked() -> None:
    assert codes(judging.relays([], wanted=False)) == ["turn.none look"]
    assert judging.relays([], wanted=True) == []


@pytest.mark.parametrize(
    ("ahead", "give", "found"),
    [
        (0.9, 0.0, "clock.ok ok"),
        (1.4, 0.5, "clock.ok ok"),
        (1.6, 0.5, "clock.behind look"),
        (-2.0, 0.5, "clock.ahead look"),
        (-31.0, 0.5, "clock.ahead broken"),
    ],
)
def test_clock_agrees_with_others(ahead: float, give: float, found: str) -> None:
    assert codes(judging.clocks([Clock("PostgreSQL", ahead, give)], None)) == [found]


def test_clock_that_nothing_keeps_is_told() -> None:
    assert codes(judging.clocks([], synchronised=False)) == ["clock.free look"]
    assert codes(judging.clocks([], synchronised=True)) == ["clock.alone ok"]


@pytest.mark.parametrize(
    ("taken", "running", "found"),
    [
        (True, True, "udp.ok ok"),
        (False, False, "udp.free ok"),
        (False, True, "udp.unbound broken"),
        (True, False, "udp.taken broken"),
    ],
)
def test_udp_ports_are_the_servers(taken: bool, running: bool, found: str) -> None:
    assert codes(judging.udp([Port(7882, taken)], running=running)) == [found]


def test_only_the_wrong_ports_are_named() -> None:
    (found,) = judging.udp([Port(7882, True), Port(7883, False)], running=True)
    assert found.facts["ports"] == "7883"


def test_tcp_is_for_networks_without_udp() -> None:
    here = Answer("192.0.2.7:7882")
    closed = replace(here, trouble="Connection refused")
    assert codes(judging.tcp(0, [], running=True)) == ["tcp.off look"]
    assert codes(judging.tcp(7882, [here], running=True)) == ["tcp.ok ok"]
    assert codes(judging.tcp(7882, [here, closed], running=True)) == ["tcp.closed look"]
    assert judging.tcp(7882, [closed], running=False) == []


@pytest.mark.parametrize(
    ("announced", "chosen", "found"),
    [
        (("8.8.8.8", "127.0.0.1"), False, "address.ok ok"),
        (("8.8.4.4",), True, "address.nat ok"),
        (("10.0.0.7", "127.0.0.1"), False, "address.private look"),
        (("10.0.0.7",), True, "address.private ok"),
        (("127.0.0.1",), False, "address.loopback look"),
        (("127.0.0.1",), True, "address.loopback broken"),
    ],
)
def test_candidates_say_where_clients_can_come(
    announced: tuple[str, ...], chosen: bool, found: str
) -> None:
    seen = Addresses(announced, ("8.8.8.8", "10.0.0.7", "127.0.0.1"), chosen)
    assert codes(judging.addresses(seen)) == [found]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ["disk.ok ok"]),
        ({"there": False}, ["disk.absent look"]),
        ({"writable": False}, ["disk.unwritable broken"]),
        ({"mode": 0o755}, ["disk.open look", "disk.ok ok"]),
        ({"free": 4 << 30}, ["disk.low look"]),
        ({"free": 1 << 29}, ["disk.full broken"]),
    ],
)
def test_disk_has_room_for_speech(changes: dict[str, object], found: list[str]) -> None:
    assert codes(in_order(judging.disk(replace(FINE, **changes)))) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "lag", "found"),
    [
        (Worker(ours=False), 0, ["worker.elsewhere ok"]),
        (Worker(ours=False), HOUR, ["worker.elsewhere ok", "worker.behind look"]),
        (Worker(True, "ready"), 29 * 60_000, ["worker.ok ok"]),
        (Worker(True, "ready", trouble="no weights"), 0, ["worker.ok ok", "weights.missing look"]),
        (Worker(True, "installing"), 0, ["worker.preparing look"]),
        (Worker(True, "failed", "It ended."), 0, ["worker.failed broken"]),
        (Worker(True, trouble="no Python"), 0, ["worker.failed broken"]),
    ],
)
def test_somebody_writes_down_what_is_said(seen: Worker, lag: int, found: list[str]) -> None:
    assert codes(judging.worker(seen, replace(STORE, lag=lag))) == found


@pytest.mark.parametrize("status", [0, 200, 503])
def test_server_is_well_when_it_says_so(status: int) -> None:
    seen = Answer("http://127.0.0.1:8000", status=status, trouble="" if status else "refused")
    found = {0: "server.silent broken", 200: "server.ok ok", 503: "server.sick broken"}
    assert codes(judging.server(seen)) == [found[status]]


@pytest.mark.parametrize(
    ("answer", "secure", "here", "found"),
    [
        (Answer("", status=200, body='{"transcription":'), True, False, "public.ok ok"),
        (Answer("", status=200, body='{"transcription":'), False, True, "public.ok ok"),
        (Answer("", status=200, body='{"transcription":'), False, False, "public.plain broken"),
        (Answer("", status=200, body="<h1>It works!</h1>"), True, False, "public.other broken"),
        (Answer("", trouble="no such name"), True, False, "public.unreachable look"),
    ],
)
def test_people_reach_it_where_browsers_give_a_microphone(
    answer: Answer, secure: bool, here: bool, found: str
) -> None:
    assert codes(judging.public("x", answer, secure=secure, here=here)) == [found]


def test_services_of_the_settings_answer() -> None:
    seen = [
        Peer("mail", "smtp.test", refused="SMTP 535"),
        Peer("webhook", "https://hook.test", trouble="no answer"),
    ]
    found = ["mail.refused broken", "webhook.unreachable look", "oidc.none ok"]
    assert codes(judging.peers(seen)) == found


def test_backups_are_recent_and_where_they_should_be() -> None:
    def found(made: int | None, place: Backups | None = None) -> list[str]:
        return codes(judging.backups(replace(STORE, backup_at=made), place, NOW))

    assert found(None) == ["backup.never look"]
    assert found(NOW - 24 * HOUR) == ["backup.ok ok"]
    assert found(NOW - 48 * HOUR) == ["backup.old look"]
    assert found(NOW, Backups("/b", newest="x.age")) == ["backup.ok ok", "store.ok ok"]
    assert found(NOW, Backups("/b")) == ["backup.ok ok", "store.empty look"]
    assert found(NOW, Backups("/b", trouble="no")) == ["backup.ok ok", "store.refused broken"]


def test_worst_comes_first() -> None:
    given = [Finding("a", State.OK), Finding("b", State.BROKEN), Finding("c", State.LOOK)]
    assert [one.code for one in in_order(given)] == ["b", "c", "a"]


def test_both_languages_say_the_same_of_every_code() -> None:
    french, english = WORDS["fr"], WORDS["en"]
    assert french.keys() == english.keys()
    for code, parts in french.items():
        assert parts.keys() == english[code].keys(), code
        for part, text in parts.items():
            assert fields(text) == fields(english[code][part]), (code, part)


def test_every_code_is_worded() -> None:
    source = Path(judging.__file__).read_text()
    said = set(re.findall(r'"([a-z]+\.[a-z]+)"', source))
    assert said <= set(WORDS["fr"])
    written = {code for code in WORDS["fr"] if code.partition(".")[0] not in COMPOSED}
    assert written - said == {"settings.refused"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


COMPOSED = {"certificate", "mail", "oidc", "webhook", "minutes", "kyutai"}
"""Whose codes are put together."""
