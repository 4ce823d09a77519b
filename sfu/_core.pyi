"""The media core: threads which own the media ports and every packet.

Methods queue a command for the media thread or copy a snapshot. None blocks, none calls back, and a
command that names a peer, publication or subscription which is gone changes nothing. Numbers out of
range raise OverflowError, or CoreError of `sfu.errors` with a sentence.
"""

from typing import final

from sfu.events import CoreEvent

__all__ = ["Core"]

@final
class Core:
    """A media thread. Identifiers are chosen by the caller and never used twice.

    A peer, what it publishes and what it subscribes to are known to one thread only.
    """

    @staticmethod
    def start(host: str, ports: list[int], tcp_port: int | None = None) -> list[Core]:
        """Bind the UDP ports and start a thread for each; port 0 takes any.

        With a `tcp_port` clients of every thread may connect there instead (ICE-TCP, RFC 6544):
        datagrams in frames of RFC 4571. A host of "::" takes IPv4 too. Raises OSError when an
        address cannot be bound, CoreError when `host` is no IP address.
        """

    def port(self) -> int:
        """The UDP port which is bound: this thread's."""

    def tcp_port(self) -> int | None:
        """The TCP port which is bound for all threads, if one was wanted."""

    def fileno(self) -> int:
        """An eventfd that is readable when `drain` has something."""

    def drain(self) -> list[CoreEvent]:
        """Take the events which happened since the last call, oldest first.

        Raises RuntimeError when the thread has died, which is a bug in it.
        """

    def counters(self) -> dict[str, int]:
        """Totals since the start: packets, bytes, feedback, and drops by their reason."""

    def close(self) -> None:
        """Stop the thread and free its ports; commands after it do nothing."""

    def add_peer(self, peer: int, ufrag: str, pwd: str) -> None:
        """Know a peer by our own ICE credentials (RFC 8445 §5.3)."""

    def set_ice(self, peer: int, ufrag: str, pwd: str, remote_ufrag: str) -> None:
        """Accept checks for `ufrag:remote_ufrag`.

        With other credentials than before it is an ICE restart: the old ones keep working until a
        check with the new ones validates a pair.
        """

    def send_dtls(self, peer: int, datagram: bytes) -> None:
        """Send a DTLS datagram to the peer's selected pair; dropped without one."""

    def set_keys(self, peer: int, profile: str, receive: bytes, send: bytes) -> None:
        """Start SRTP with master key ‖ master salt for each direction (RFC 5764 §4.2).

        `profile` is "SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM" or "SRTP_AES128_CM_SHA1_80";
        raises CoreError for another one or a key of the wrong length.
        """

    def set_formats(
        self,
        peer: int,
        extensions: list[tuple[str, int]],
        payload_types: list[tuple[int, str, int, int]],
    ) -> None:
        """What the peer's bundle negotiated.

        Extensions are (uri, id); payload types (pt, codec in lower case, clock rate, and which one
        it repairs or repeats or -1).
        Raises CoreError for an id outside 1 to 255 or a payload type outside 0 to 127.
        """

    def remove_peer(self, peer: int) -> None:
        """Forget the peer, what it published and what it subscribed to."""

    def publish(
        self,
        publication: int,
        peer: int,
        mid: str,
        video: bool,
        rids: list[str],
        ssrcs: list[int],
        rtx_ssrcs: list[int],
    ) -> None:
        """Expect a track from `peer` in section `mid`.

        `rids` are its simulcast layers, lowest first, or empty. `ssrcs` are those of the SDP: as
        many as layers, in their order, and `rtx_ssrcs` those of their retransmissions; what is
        missing is learned from the mid and rid extensions.
        """

    def unpublish(self, publication: int) -> None:
        """End a publication and every subscription to it."""

    def subscribe(
        self,
        subscription: int,
        publication: int,
        peer: int,
        mid: str,
        ssrc: int,
        rtx_ssrc: int,
        payload_types: list[tuple[int, int]],
    ) -> None:
        """Forward a publication to `peer` in its section `mid`, as `ssrc`.

        `payload_types` pairs the publisher's with the subscriber's; packets of another are dropped.
        A second pair that leads to the subscriber's RED (RFC 2198) lets audio repeat earlier audio.
        `rtx_ssrc` 0 repairs losses by repeating packets instead of by RTX (RFC 4588).
        """

    def set_layer(self, subscription: int, spatial: int, temporal: int) -> None:
        """The highest layer wanted, from 0; spatial -1 pauses. At first there is no limit.

        Spatial counts the simulcast layers, or the layers inside the only stream (VP9, AV1 SVC).
        """

    def set_demand(self, peer: int, demand: int) -> None:
        """What the peer would be sent if it fitted, in bit/s; 0: nothing is held back.

        While it is above the estimate the core tries out whether more fits.
        """

    def set_missing(self, subscription: int, layers: int) -> None:
        """So many layers of what the subscription wants do not fit: that lowers its score."""

    def unsubscribe(self, subscription: int) -> None:
        """Stop forwarding to this subscription."""

    def tap(self, publication: int, on: bool) -> None:
        """Report the packets of an audio publication as AudioFrame, in order of arrival."""

    def set_floor(self, publication: int, floor: int, most: int) -> None:
        """Let a microphone compete with the others of its floor, for good.

        While 20 or more that are not muted do, only the `most` loudest are forwarded; 0: all.
        """

    def set_muted(self, publication: int, muted: bool) -> None:
        """The publisher sends nothing, or only silence: nothing is expected of the publication."""

    def request_key_frame(self, publication: int) -> None:
        """Ask the publisher for a key frame of every active layer, at most every 500 ms."""

    def ping(self) -> None:
        """Ask for a `Pong`."""
