"""What every JoinResponse says of this server (protocol §2.2)."""

from livekit.protocol import models, rtc

from visio.room import CODECS

SERVER = rtc.JoinResponse(
    # The reference's version: strict semver, and below what promises VP9 simulcast (protocol §1.7).
    server_version="1.13.5",
    server_info=models.ServerInfo(version="1.13.5", protocol=17),
    # Seconds; an interval of 0 ends the Rust SDK's process (protocol §1.6).
    ping_interval=5,
    ping_timeout=15,
    enabled_publish_codecs=[models.Codec(mime=mime) for mime in CODECS],
)
