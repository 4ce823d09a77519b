import pytest

from sfu import sdp

LOCAL = sdp.Local(
    ufrag="server",
    pwd="s" * 32,
    fingerprint=sdp.Fingerprint("sha-256", ":".join(["CD"] * 32)),
    candidates=(sdp.Candidate("192.0.2.1", 7882),),
    session=7,
    version=3,
)
VP8 = sdp.Codec(120, "VP8", 90000, 0)
OPUS = sdp.Codec(109, "opus", 48000, 2, "stereo=1")
VIDEO = sdp.Sent("PA_a|TR_b", "TR_b", 1001, 1002, VP8.format)
AUDIO = sdp.Sent("PA_a|TR_c", "TR_c", 1003, 0, OPUS.format)

DATA = """v=0
o=- 7 3 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE {bundle}
a=ice-lite
a=extmap-allow-mixed
a=msid-semantic: WMS *
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:0
a=sctp-port:5000
a=max-message-size:65536
{transport}
a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host
a=end-of-candidates
"""
TRANSPORT = f"""a=ice-ufrag:server
a=ice-pwd:{"s" * 32}
a=fingerprint:sha-256 {":".join(["CD"] * 32)}
a=setup:passive"""
VIDEO_SECTION = """m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=mid:1
a=sendonly
a=msid:PA_a|TR_b TR_b
a=ssrc-group:FID 1001 1002
a=ssrc:1001 cname:PA_a|TR_b
a=ssrc:1001 msid:PA_a|TR_b TR_b
a=ssrc:1002 cname:PA_a|TR_b
a=ssrc:1002 msid:PA_a|TR_b TR_b
a=rtcp-mux
a=rtcp-rsize
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 transport-cc
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
{transport}
"""
CLOSED_AUDIO_SECTION = """m=audio 0 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:2
a=inactive
"""


def golden(*parts: str, bundle: str) -> str:
    text = "".join(parts).format(bundle=bundle, transport=TRANSPORT)
    return text.replace("\n", "\r\n")


def sendings(*sent: sdp.Sent | None) -> list[sdp.Sending]:
    types = sdp.PayloadTypes()
    video, audio = types.codecs("video", VP8), types.codecs("audio", OPUS)
    return [
        sdp.Sending("video", "1", video, sent[0]),
        sdp.Sending("audio", "2", audio, sent[1]),
    ]


def test_first_offer_has_data_channels_only() -> None:
    assert sdp.offer(LOCAL, []) == golden(DATA, bundle="0")


def test_offer_says_what_is_sent_and_what_no_longer() -> None:
    text = sdp.offer(LOCAL, sendings(VIDEO, None))
    assert text == golden(DATA, VIDEO_SECTION, CLOSED_AUDIO_SECTION, bundle="0 1")


def test_offer_can_be_read_again() -> None:
    parsed = sdp.parse(sdp.offer(LOCAL, sendings(VIDEO, AUDIO)), is_answer=True)
    assert [(one.mid, one.kind, one.usable) for one in parsed.sections] == [
        ("0", "application", True),
        ("1", "video", True),
        ("2", "audio", True),
    ]
    assert [one.track for one in parsed.sections] == ["", "TR_b", "TR_c"]


@pytest.mark.rule(178, 203, client="raw")
def test_each_format_has_payload_types_of_its_own_for_good() -> None:
    types = sdp.PayloadTypes()
    baseline = sdp.Codec(102, "H264", 90000, 0, "packetization-mode=1;profile-level-id=42e01f")
    high = sdp.Codec(104, "H264", 90000, 0, "packetization-mode=1;profile-level-id=64001f")
    asked = [("audio", OPUS), ("video", VP8), ("video", baseline), ("video", high)]
    numbers = [[c.payload_type for c in types.codecs(*one)] for one in asked]
    assert numbers == [[111], [96, 97], [125, 107], [100, 101]]
    assert [[c.payload_type for c in types.codecs(*one)] for one in asked] == numbers
    assert types.known(VP8.format) == types.codecs("video", VP8)


def test_formats_that_find_no_payload_type_are_none() -> None:
    types = sdp.PayloadTypes()
    profiles = [sdp.Codec(98, "VP9", 90000, 0, f"profile-id={number}") for number in range(60)]
    made = [types.codecs("video", codec) for codec in profiles]
    numbers = [codec.payload_type for codecs in made for codec in codecs]
    assert len(numbers) == len(set(numbers))
    assert all(35 <= number < 64 or 96 <= number < 128 for number in numbers)
    assert made[-1] == ()
