"""Offers: the captured ones, and small ones written for a test."""

from pathlib import Path

CAPTURED = Path(__file__).parent.parent / "fixtures" / "offers"

NAMES = sorted(path.stem for path in CAPTURED.glob("*.sdp"))


def captured(name: str) -> str:
    return (CAPTURED / f"{name}.sdp").read_bytes().decode()


def section(kind: str, mid: str, *lines: str, direction: str = "recvonly", port: int = 9) -> str:
    """One m-section with the codecs of a small client; `lines` come last, without `a=`."""
    if kind == "application":
        head = [f"m=application {port} UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:5000"]
    elif kind == "audio":
        head = [f"m=audio {port} UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2"]
    else:
        head = [
            f"m=video {port} UDP/TLS/RTP/SAVPF 96 97",
            "a=rtpmap:96 VP8/90000",
            "a=rtcp-fb:96 nack pli",
            "a=rtpmap:97 rtx/90000",
            "a=fmtp:97 apt=96",
        ]
    media = [] if kind == "application" else [f"a={direction}", "a=rtcp-mux"]
    return "".join(
        f"{line}\r\n" for line in [*head, f"a=mid:{mid}", *media, *(f"a={line}" for line in lines)]
    )


def offer(*sections: str, ufrag: str = "abcd", bundle: str | None = None) -> str:
    """A whole offer of these sections on one transport."""
    mids = [
        line.removeprefix("a=mid:")
        for text in sections
        for line in text.split("\r\n")
        if line.startswith("a=mid:")
    ]
    group = " ".join(mids) if bundle is None else bundle
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
        f"a=group:BUNDLE {group}\r\na=extmap-allow-mixed\r\n"
        f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{'p' * 24}\r\n"
        f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\na=setup:actpass\r\n" + "".join(sections)
    )
