"""Letters about scheduled meetings, in plain text and in HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from visio.mail.letters import Letter
from visio.mail.words import WORDS, Language

News = Literal["invited", "changed", "cancelled", "uninvited", "moved", "one_cancelled", "reminder"]


@dataclass(frozen=True, slots=True)
class MeetingNews:
    """What a letter about a meeting says; `when` and `repeats` are in words already."""

    title: str
    when: str
    repeats: str
    link: str
    agenda: str
    organizer: str
    reply_to: str


def meeting_letter(
    news: News,
    about: MeetingNews,
    language: Language,
    *,
    to: str,
    calendar: bytes = b"",
    method: str = "",
) -> Letter:
    """To one of those invited, with what their calendar is told."""
    words = WORDS[language]["meeting"]
    lead = words[news].format(organizer=about.organizer)
    facts = [(words["when"], about.when)]
    if about.repeats:
        facts.append((words["repeats"], about.repeats))
    over = news in ("cancelled", "uninvited", "one_cancelled")
    if not over:
        facts.append((words["where"], about.link))
    page = _Page(about.title, lead, facts, "" if over else about.agenda)
    subject = words[f"{news}_subject"].format(title=about.title)
    text, html = _text(page, words), _html(page, words, language)
    return Letter(to, subject, text, html, about.reply_to, calendar, method)


@dataclass(frozen=True, slots=True)
class _Page:
    title: str
    lead: str
    facts: Sequence[tuple[str, str]]
    agenda: str


def _text(page: _Page, words: dict[str, str]) -> str:
    lines = [words["label"].format(label=label, value=value) for label, value in page.facts]
    parts = [page.lead, page.title, "\n".join(lines)]
    if page.agenda:
        parts.append(words["label"].format(label=words["agenda"], value=f"\n{page.agenda}"))
    return "\n\n".join(parts) + "\n"


def _html(page: _Page, words: dict[str, str], language: Language) -> str:
    rows = [_row(label, _linked(value)) for label, value in page.facts]
    if page.agenda:
        rows.append(_row(words["agenda"], escape(page.agenda).replace("\n", "<br>")))
    title = escape(page.title)
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title}</title></head>"
        '<body style="font-family:sans-serif;color:#161630;max-width:40em">'
        f'<p>{escape(page.lead)}</p><h1 style="font-size:20px">{title}</h1>{"".join(rows)}'
        "</body></html>\n"
    )


def _row(label: str, value: str) -> str:
    return f'<p style="margin:0 0 8px"><strong>{escape(label)}</strong><br>{value}</p>'


def _linked(value: str) -> str:
    text = escape(value)
    return f'<a href="{text}">{text}</a>' if value.startswith(("https://", "http://")) else text
