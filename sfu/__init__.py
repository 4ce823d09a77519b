from sfu.addresses import everywhere, own_addresses, seen_address
from sfu.errors import (
    ChannelClosed,
    MessageTooLong,
    ReaderTooSlow,
    SdpError,
    SdpTooLarge,
    SfuError,
)
from sfu.events import (
    AudioFrame,
    ChannelOpened,
    Connected,
    DataReceived,
    Disconnected,
    DisconnectReason,
    Handshake,
    PeerEvent,
    Quality,
    StreamPaused,
    StreamResumed,
)
from sfu.peer import Answer, Peer
from sfu.sections import SectionsNeeded
from sfu.server import Sfu, ThreadUse
from sfu.subscriber import Offer, Subscriber
from sfu.tracks import Floor, Publication, Subscription

__all__ = [
    "Answer",
    "AudioFrame",
    "ChannelClosed",
    "ChannelOpened",
    "Connected",
    "DataReceived",
    "DisconnectReason",
    "Disconnected",
    "Floor",
    "Handshake",
    "MessageTooLong",
    "Offer",
    "Peer",
    "PeerEvent",
    "Publication",
    "Quality",
    "ReaderTooSlow",
    "SdpError",
    "SdpTooLarge",
    "SectionsNeeded",
    "Sfu",
    "SfuError",
    "StreamPaused",
    "StreamResumed",
    "Subscriber",
    "Subscription",
    "ThreadUse",
    "everywhere",
    "own_addresses",
    "seen_address",
]
