from visio.documents.formats import FORMATS, Format, kind_of, write
from visio.documents.transcript import Language, Passage, Present, Transcript, voice

__all__ = [
    "FORMATS",
    "Format",
    "Language",
    "Passage",
    "Present",
    "Transcript",
    "kind_of",
    "voice",
    "write",
]
