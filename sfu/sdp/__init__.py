from sfu.sdp.answering import MAX_MESSAGE_SIZE, answer, preferred
from sfu.sdp.description import (
    Candidate,
    Codec,
    Extension,
    Fingerprint,
    Local,
    Offer,
    Section,
    Sent,
)
from sfu.sdp.parsing import parse

__all__ = [
    "MAX_MESSAGE_SIZE",
    "Candidate",
    "Codec",
    "Extension",
    "Fingerprint",
    "Local",
    "Offer",
    "Section",
    "Sent",
    "answer",
    "parse",
    "preferred",
]
