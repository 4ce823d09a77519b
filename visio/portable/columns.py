"""What becomes of each table and column of the database in an export. Pure.

What is named nowhere here leaves as it is, so that a new table or column is exported by itself;
one that holds bytes must be named (a test asks for it).
"""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bytes:
    """A column of bytes: how it is written, and what it is sealed for under the key of its meeting,
    made of the row's columns; "" where it is not sealed.

    A "file" is one of its own, beside the rows.
    """

    form: Literal["text", "json", "base64", "file"]
    context: str = ""


BYTES: dict[tuple[str, str], Bytes] = {
    ("branding", "logo"): Bytes("file"),
    ("chat_file", "content"): Bytes("file", "chat_file:{message_id}:content"),
    ("chat_file", "name"): Bytes("text", "chat_file:{message_id}:name"),
    ("chat_message", "text"): Bytes("text", "chat_message:{id}:text"),
    ("hidden_utterance", "reason"): Bytes("text", "utterance:{utterance_id}:reason"),
    ("meeting_minutes", "text"): Bytes("json", "meeting_minutes:{meeting_id}:text"),
    ("talkspurt", "audio"): Bytes("base64", "talkspurt:{id}:audio"),
    ("utterance", "text"): Bytes("text", "utterance:{id}:text"),
    ("utterance", "words"): Bytes("json", "utterance:{id}:words"),
    ("utterance_version", "text"): Bytes("text", "utterance:{utterance_id}:version:{number}"),
    ("voice_name", "name"): Bytes("text", "voice:{participant_id}:{voice}:name"),
}
LEFT_OUT: dict[str, str] = {
    "account.password_hash": "a secret: people choose a password anew, or sign in elsewhere",
    "account_word": "made again from the accounts",
    "api_key.digest": "a secret: an imported key opens nothing, make another in its place",
    "kept_answer": "answers to repeated requests, good for a day and for this host",
    "mailed_link": "secrets of an hour or a few days: links are asked for anew",
    "meeting.stems_version": "the words are indexed anew",
    "meeting.wrapped_key": "a secret: a new key is made for each meeting",
    "outgoing_letter": "letters that this host is about to send",
    "recovery_code": "secrets: authenticators are set up anew",
    "room_callback": "good for minutes, and for this host",
    "second_factor": "secrets: authenticators are set up anew",
    "session": "secrets: people sign in anew",
    "utterance_stem": "an index under the meetings' keys, made again from the words",
    "webhook": "events that this host is about to tell",
}
"""Tables, and columns of the others, that do not leave: and why."""


def file_name(table: str, key: str, name: str = "") -> str:
    """Where the file of a row lies, with the ending of its name, where that is a plain one."""
    ending = _ENDING.search(name)
    return f"files/{table}/{key}{ending[0] if ending else ''}"


_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
