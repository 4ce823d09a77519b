"""A mail server of our own: speaks real SMTP, keeps what it was given."""

import asyncio
import email
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class PostOffice:
    """What came, newest last; to every recipient `refusing` answers 550, `busy` 451."""

    def __init__(self) -> None:
        self.port = 0
        self.refusing = False
        self.busy = False
        self._letters: asyncio.Queue[EmailMessage] = asyncio.Queue()

    async def letter(self) -> EmailMessage:
        """The next letter, waited for."""
        async with asyncio.timeout(30):
            return await self._letters.get()

    async def link(self) -> str:
        """The token behind the # of the link in the next letter."""
        found = re.search(r"/password#(\S+)", (await self.letter()).get_content())
        assert found
        return found[1]

    @property
    def empty(self) -> bool:
        """Whether nothing lies there."""
        return self._letters.empty()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refusing:
            return f"550 no {address} here"
        if self.busy:
            return "451 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        assert envelope.rcpt_tos == [message["To"]]
        self._letters.put_nowait(message)
        return "250 OK"


@asynccontextmanager
async def running_post(
    certificate: ssl.SSLContext | None = None, password: str = "", *, wrapped: bool = False
) -> AsyncIterator[PostOffice]:
    """Serve on a free port of 127.0.0.1; with a certificate by STARTTLS, or `wrapped` in TLS."""
    office = PostOffice()

    def check(*asked: Any) -> AuthResult:
        given = asked[4]
        assert isinstance(given, LoginPassword)
        # Not handled: the server itself shall answer a wrong one.
        return AuthResult(success=given.password == password.encode(), handled=False)

    def connection() -> SMTP:
        return SMTP(
            office,
            hostname="post.test",
            enable_SMTPUTF8=True,
            tls_context=None if wrapped else certificate,
            require_starttls=certificate is not None and not wrapped,
            authenticator=check if password else None,
            # It warns of demanding this where it sees no TLS; a wrong password is refused anyway.
            auth_required=bool(password) and not wrapped,
            auth_require_tls=not wrapped,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        connection, "127.0.0.1", 0, ssl=certificate if wrapped else None
    )
    office.port = server.sockets[0].getsockname()[1]
    yield office
    server.close()
    await server.wait_closed()


def settings(office: PostOffice) -> dict[str, Any]:
    """Those of a server that sends its letters there."""
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": office.port,
        "smtp_security": "none",
        "smtp_from": "Visio <visio@example.org>",
    }
