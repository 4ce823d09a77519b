"""What is written to people, in their language; links to click lead to one address."""

from dataclasses import dataclass
from typing import Literal

from visio.mail.words import WORDS, Language

Purpose = Literal["invitation", "reset"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail without its envelope; `text` holds the link, so neither is ever logged.

    `html` says the same, where there is one. `calendar` is an iCalendar object, whose `method`
    (RFC 5546) mail programs act upon. `service` is the name that it comes from, "" that of the
    settings.
    """

    to: str
    subject: str
    text: str
    html: str = ""
    reply_to: str = ""
    calendar: bytes = b""
    method: str = ""
    service: str = ""


def link_letter(
    purpose: Purpose, language: Language, *, to: str, name: str, link: str, service: str = ""
) -> Letter:
    """An invitation to choose a first password, or the way to a new one."""
    words = WORDS[language][purpose]
    text = words["text"].format(name=name, email=to, link=link)
    return Letter(to, words["subject"], text, service=service)
