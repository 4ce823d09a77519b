from visio.mail.letters import Letter, Purpose, link_letter
from visio.mail.meetings import MeetingNews, News, meeting_letter
from visio.mail.sending import Mail
from visio.mail.words import Language

__all__ = [
    "Language",
    "Letter",
    "Mail",
    "MeetingNews",
    "News",
    "Purpose",
    "link_letter",
    "meeting_letter",
]
