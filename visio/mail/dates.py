"""Times as letters say them, in words of their language."""

from datetime import datetime

from visio.mail.words import WORDS, Language


def spoken(begins: datetime, ends: datetime, zone: str, language: Language) -> str:
    """From when to when: both local times of the zone, which is named."""
    words = WORDS[language]["times"]
    if begins.date() == ends.date():
        times = words["hours"].format(begins=f"{begins:%H:%M}", ends=f"{ends:%H:%M}")
        return words["within"].format(day=day(begins, language), times=times, zone=zone)
    return words["across"].format(
        first=day(begins, language),
        begins=f"{begins:%H:%M}",
        last=day(ends, language),
        ends=f"{ends:%H:%M}",
        zone=zone,
    )


def day(moment: datetime, language: Language) -> str:
    """A date with its weekday."""
    words = WORDS[language]["times"]
    return words["day"].format(
        weekday=words["weekdays"].split()[moment.weekday()],
        day=moment.day,
        month=words["months"].split()[moment.month - 1],
        year=moment.year,
    )
