import logging
import ssl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests import post
from tests.callers import make_config
from visio.errors import ConfigError, MailUnavailable
from visio.mail import Letter, Mail, link_letter

LETTER = Letter("ada@example.org", "Réunion", "Bonjour Ada,\n\nhttps://visio.test/password#token\n")
ROOT = Path(__file__).parents[2]


def mail(folder: Path, password: str = "", **settings: object) -> Mail:
    return Mail(make_config("sqlite+aiosqlite:///x.db", folder, **settings), password)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """One for 127.0.0.1, which this process trusts from now on."""
    file = tmp_path / "127.0.0.1.pem"
    subprocess.run([sys.executable, ROOT / "deploy/certificate.py", "127.0.0.1", file], check=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, file.with_suffix(".key"))
    return context


async def test_a_letter_arrives_as_it_was_written(tmp_path: Path) -> None:
    async with post.running_post() as office:
        await mail(tmp_path, **post.settings(office)).send(LETTER)
        message = await office.letter()
    assert message["From"] == "Visio <visio@example.org>"
    assert (message["To"], message["Subject"]) == (LETTER.to, LETTER.subject)
    assert message.get_content().splitlines() == LETTER.text.splitlines()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.org>")


def test_no_byte_of_a_letter_has_eight_bits(tmp_path: Path) -> None:
    letter = replace(LETTER, html="<p>é</p>", calendar="é\r\n".encode() * 900, method="REQUEST")
    settings = {"smtp_host": "x", "smtp_from": "Été <v@example.org>", "smtp_security": "starttls"}
    written = mail(tmp_path, **settings).written(letter)
    assert written.isascii()
    assert max(map(len, written.split(b"\r\n"))) <= 78
    assert b"\n" not in written.replace(b"\r\n", b"")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_the_way_is_encrypted_and_the_password_right(
    tmp_path: Path, certificate: ssl.SSLContext, security: str
) -> None:
    (tmp_path / "password").write_text("s3cret")
    wrapped = security == "tls"
    async with post.running_post(certificate, "s3cret", wrapped=wrapped) as office:
        settings = {
            **post.settings(office),
            "smtp_security": security,
            "smtp_user": "visio",
            "smtp_password_file": tmp_path / "password",
        }
        await mail(tmp_path, "s3cret", **settings).send(LETTER)
        assert (await office.letter())["To"] == LETTER.to
        with pytest.raises(MailUnavailable):
            await mail(tmp_path, "wrong", **settings).send(LETTER)


async def test_an_unknown_certificate_gets_no_letter(
    tmp_path: Path, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with post.running_post(certificate) as office:
        settings = {**post.settings(office), "smtp_security": "starttls"}
        with pytest.raises(MailUnavailable):
            await mail(tmp_path, **settings).send(LETTER)
        assert office.empty


async def test_a_server_without_encryption_gets_no_letter_by_starttls(tmp_path: Path) -> None:
    async with post.running_post() as office:
        settings = {**post.settings(office), "smtp_security": "starttls"}
        with pytest.raises(MailUnavailable):
            await mail(tmp_path, **settings).send(LETTER)
        assert office.empty


async def test_what_is_not_taken_is_said_without_the_address(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="visio"):
        async with post.running_post() as office:
            office.refusing = True
            with pytest.raises(MailUnavailable):
                await mail(tmp_path, **post.settings(office)).send(LETTER)
    assert "a letter was not taken" in caplog.text
    assert "ada" not in caplog.text


async def test_without_a_mail_server_nothing_is_sent(tmp_path: Path) -> None:
    nowhere = mail(tmp_path)
    assert not nowhere.open
    with pytest.raises(MailUnavailable):
        await nowhere.send(LETTER)


@pytest.mark.parametrize(
    "settings",
    [
        {"smtp_host": "post.test"},
        {"smtp_host": "post.test", "smtp_from": "a@b.fr", "smtp_security": "none"},
        {"smtp_host": "post.test", "smtp_from": "a@b.fr", "smtp_user": "visio"},
    ],
)
def test_settings_that_would_not_do_are_refused(tmp_path: Path, settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="smtp"):
        mail(tmp_path, **settings)


@pytest.mark.parametrize("purpose", ["invitation", "reset"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_letters_say_who_and_where_in_both_languages(purpose: str, language: str) -> None:
    letter = link_letter(
        purpose,  # type: ignore[arg-type]
        language,  # type: ignore[arg-type]
        to="ada@example.org",
        name="Ada {link} Lovelace",
        link="https://visio.test/password#token",
    )
    assert letter.text.count("https://visio.test/password#token") == 1
    assert "Ada {link} Lovelace" in letter.text
    assert "ada@example.org" in letter.text
    assert ("Bonjour" in letter.text) == (language == "fr")
