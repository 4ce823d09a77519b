"""Sends letters by SMTP (RFC 5321), over TLS unless the mail server is on this host."""

import asyncio
import logging
import ssl
from collections.abc import Coroutine
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any

import aiosmtplib

from visio.config import Config
from visio.errors import LetterRefused, MailUnavailable
from visio.mail.letters import Letter

logger = logging.getLogger(__name__)


class Mail:
    """The way to the mail server of the settings; `open` is False when they name none."""

    def __init__(self, config: Config, password: str) -> None:
        self._config = config
        self._password = password
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> bool:
        """Whether there is a mail server."""
        return bool(self._config.smtp_host)

    async def send(self, letter: Letter) -> None:
        """Hand a letter over to the mail server; raises MailUnavailable when it is not taken."""
        await self.deliver(self.written(letter))

    def written(self, letter: Letter) -> bytes:
        """The letter as it goes over the wire, with a Message-ID of its own."""
        return _message(letter, self._config.smtp_from).as_bytes()

    async def deliver(self, message: bytes) -> None:
        """Hand over what `written` made.

        Raises LetterRefused when the mail server will never take it, MailUnavailable otherwise.
        """
        if not self.open:
            raise MailUnavailable
        try:
            await self._deliver(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            # Its kind only: the server's answer may repeat the address.
            logger.warning("a letter was not taken: %s", type(error).__name__)
            raise (LetterRefused if _is_final(error) else MailUnavailable) from None

    def later(self, errand: Coroutine[Any, Any, None]) -> None:
        """Run what ends in a letter after the answer: its time tells nobody who has an account."""
        task = asyncio.create_task(_run(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def close(self) -> None:
        """Wait for what is on its way: at most as long as one delivery may take."""
        while self._errands:
            await asyncio.wait(self._errands)

    async def _deliver(self, message: bytes) -> None:
        config = self._config
        encrypted = config.smtp_security != "none"
        to = BytesHeaderParser(policy=SMTP).parsebytes(message)["To"]
        await aiosmtplib.send(
            message,
            sender=parseaddr(config.smtp_from)[1],
            recipients=[to],
            hostname=config.smtp_host,
            port=config.smtp_port,
            username=config.smtp_user or None,
            password=self._password or None,
            use_tls=config.smtp_security == "tls",
            start_tls=config.smtp_security == "starttls",
            tls_context=ssl.create_default_context() if encrypted else None,
            timeout=_PATIENCE,
        )


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    address = parseaddr(sender)[1]
    message["From"] = Address(letter.service, addr_spec=address) if letter.service else sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    # RFC 3834: no out-of-office answers to this.
    message["Auto-Submitted"] = "auto-generated"
    if letter.reply_to:
        message["Reply-To"] = letter.reply_to
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    if letter.calendar:
        _add_calendar(message, letter)
    return message


def _add_calendar(message: EmailMessage, letter: Letter) -> None:
    """As one of the alternatives (RFC 6047 §2.4), which programs act upon, and as a file."""
    message.add_alternative(letter.calendar, "text", "calendar", cte="base64")
    part = list(message.iter_parts())[-1]
    part.set_param("charset", "utf-8")
    part.set_param("method", letter.method)
    message.add_attachment(letter.calendar, "application", "ics", filename="invite.ics")


def _is_final(error: Exception) -> bool:
    """Whether another try would be answered alike: 5xx (RFC 5321 §4.2.1) to the recipient."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code >= 500 for one in error.recipients)
    refused = (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused)
    return isinstance(error, refused) and error.code >= 500


async def _run(errand: Coroutine[Any, Any, None]) -> None:
    try:
        await errand
    except MailUnavailable:
        pass  # `send` has said so
    except Exception:
        logger.exception("an errand failed")


# Seven bits a byte: mail servers need not take more (RFC 6152).
_POLICY = SMTP.clone(cte_type="7bit")
# Seconds for each step of a delivery; less gives up on slow servers, more makes people wait.
_PATIENCE = 20
