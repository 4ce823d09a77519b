"""How often a meeting takes place, in words."""

from collections.abc import Sequence
from datetime import date, datetime

from visio.mail.dates import day
from visio.mail.words import WORDS, Language


def repeated(
    language: Language,
    frequency: str,
    interval: int,
    *,
    weekdays: Sequence[int] = (),
    monthday: int = 0,
    nth: tuple[int, int] | None = None,
    until: date | None = None,
    count: int | None = None,
) -> str:
    """Weekdays are numbers from Monday 0; `nth` is which (-1: the last) and of what weekday."""
    words = WORDS[language]["recurrence"]
    names = WORDS[language]["times"]["weekdays"].split()
    rule = words[f"{frequency}_n" if interval > 1 else frequency].format(n=interval)
    if weekdays:
        *most, last = [names[number] for number in weekdays]
        days = words["and"].join(filter(None, [words["comma"].join(most), last]))
        rule = words["weekdays"].format(often=rule, days=days)
    elif nth:
        which = words["ordinals"].split()[nth[0] if nth[0] < 0 else nth[0] - 1]
        rule = words["nth"].format(often=rule, nth=which, weekday=names[nth[1]])
    elif monthday:
        rule = words["day"].format(often=rule, day=monthday)
    if until:
        last_day = day(datetime.combine(until, datetime.min.time()), language)
        return words["until"].format(rule=rule, day=last_day)
    return words["count"].format(rule=rule, n=count) if count else rule
