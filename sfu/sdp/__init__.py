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
from sfu.sdp.offering import DATA_MID, FIRST_MEDIA_MID, PayloadTypes, Sending, offer
from sfu.sdp.parsing import parse

__all__ = [
    "DATA_MID",
    "FIRST_MEDIA_MID",
    "MAX_MESSAGE_SIZE",
    "Candidate",
    "Codec",
    "Extension",
    "Fingerprint",
    "Local",
    "Offer",
    "PayloadTypes",
    "Section",
    "Sending",
    "Sent",
    "answer",
    "offer",
    "parse",
    "preferred",
]
