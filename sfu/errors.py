"""The errors of the media side.

SfuError
├── SdpError         an offer that is not acceptable, in a sentence
│   └── SdpTooLarge      it is larger than we read: another try would not change that
├── ChannelClosed    no open data channel of that label
│   └── ReaderTooSlow    it was closed just now: too much was waiting
├── MessageTooLong   a data message above the 64 kB the client was told of
└── CoreError        a command the core refused: our own mistake
"""


class SfuError(Exception):
    """Something is wrong on the media side."""

    code = "media_error"


class SdpError(SfuError):
    """The offer is not acceptable; the argument says why in a sentence fit for the client."""

    code = "invalid_offer"


class SdpTooLarge(SdpError):  # noqa: N818 - the fault is the name
    """The offer is larger than any client needs, or has too much of something."""

    code = "offer_too_large"


class ChannelClosed(SfuError):  # noqa: N818 - the state is the name
    """The peer has no open data channel of that label."""

    code = "channel_closed"


class ReaderTooSlow(ChannelClosed):
    """The peer does not read what it is sent: its data channel was closed."""

    code = "reader_too_slow"


class MessageTooLong(SfuError):  # noqa: N818 - the fault is the name
    """The data message is longer than 64 kB."""

    code = "message_too_long"


class CoreError(SfuError):
    """The core refused a command."""

    code = "core_refused"
