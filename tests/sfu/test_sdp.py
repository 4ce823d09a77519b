import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu import sdp
from sfu.errors import SdpError
from tests.sfu.offers import NAMES, captured, offer, section

LOCAL = sdp.Local(
    ufrag="server",
    pwd="s" * 32,
    fingerprint=sdp.Fingerprint("sha-256", ":".join(["CD"] * 32)),
    candidates=(
        sdp.Candidate("192.0.2.1", 7882),
        sdp.Candidate("2001:db8::1", 7882),
        sdp.Candidate("192.0.2.1", 7881, "tcp"),
    ),
    session=7,
    version=3,
)
SENT = sdp.Sent("PA_a|TR_b", "TR_b", 1001, 1002, ("vp8", "90000", "0"))


def answered(text: str, sending: dict[str, sdp.Sent] | None = None, **prefer: str) -> str:
    return sdp.answer(sdp.parse(text), LOCAL, sending or {}, prefer)


def sections(text: str) -> list[list[str]]:
    """The lines of each m-section."""
    return [body.rstrip().split("\r\n") for body in re.split(r"\r\n(?=m=)", text)[1:]]


def by_mid(text: str) -> dict[str, list[str]]:
    return {
        next(line[6:] for line in lines if line.startswith("a=mid:")): lines
        for lines in sections(text)
    }


def payload_types(lines: list[str]) -> list[str]:
    return lines[0].split()[3:]


# Reading


@pytest.mark.parametrize("name", NAMES)
def test_every_section_of_a_real_client_is_usable(name: str) -> None:
    parsed = sdp.parse(captured(name))

    assert all(one.usable for one in parsed.sections)
    assert [one.mid for one in parsed.sections] == list(parsed.bundle)
    assert parsed.extmap_allow_mixed


@pytest.mark.parametrize(
    ("name", "mid", "published"),
    [
        ("rust-sdk-publish", "7", ("audio", (), 1, "937d467b-e5f9-454e-a973-b973208cf5ab")),
        ("rust-sdk-publish", "8", ("video", ("h", "q"), 0, "20db209d-e065-4e19-943d-19ef60eada26")),
        ("chromium-156-later", "9", ("audio", (), 1, "88fe4c7f-f204-496b-99e7-34cc141dcee7")),
        (
            "chromium-156-later",
            "10",
            ("video", ("q", "h", "f"), 0, "15caddd9-17c4-4729-a392-cdec5a9676b3"),
        ),
    ],
)
def test_published_tracks_are_read(
    name: str, mid: str, published: tuple[str, tuple[str, ...], int, str]
) -> None:
    (found,) = (one for one in sdp.parse(captured(name)).sections if one.mid == mid)

    assert found.sends
    assert (found.kind, found.rids, len(found.ssrcs), found.track) == published


def test_the_ssrcs_of_retransmissions_are_told_apart() -> None:
    lines = ("ssrc-group:FID 11 12", "ssrc:11 cname:x", "ssrc:12 cname:x")
    parsed = sdp.parse(offer(section("video", "0", *lines, direction="sendonly")))

    assert parsed.sections[0].ssrcs == (11,)
    assert parsed.sections[0].rtx_ssrcs == (12,)


@pytest.mark.parametrize(
    ("lines", "layers", "ssrcs"),
    [
        (("ssrc:5 cname:x", "ssrc-group:SIM 5 3 9"), (5, 3, 9), (5, 3, 9)),
        (("ssrc-group:FID 5 6", "ssrc-group:SIM 5 3", "ssrc:3 cname:x"), (5, 3), (5, 3)),
        (("ssrc-group:SIM 1 2 3 4", "ssrc:8 cname:x"), (1, 2, 3), (1, 2, 3, 8)),
        (("ssrc-group:SIM 5", "ssrc:5 cname:x"), (), (5,)),
        (("ssrc-group:SIM 5 6", "ssrc-group:FID 5 6", "ssrc:5 cname:x"), (), (5,)),
        (("ssrc-group:SIM", "ssrc:5 cname:x"), (), (5,)),
        (("ssrc-group:SIM 0 x 99999999999 5 5", "ssrc:5 cname:x"), (), (5,)),
        (("rid:a send", "rid:b send", "simulcast:send a;b", "ssrc-group:SIM 5 6"), (), ()),
    ],
)
@pytest.mark.rule(184, client="raw")
def test_old_clients_tell_their_layers_by_ssrcs(
    lines: tuple[str, ...], layers: tuple[int, ...], ssrcs: tuple[int, ...]
) -> None:
    parsed = sdp.parse(offer(section("video", "0", *lines, direction="sendonly")))

    assert parsed.sections[0].simulcast_ssrcs == layers
    assert parsed.sections[0].ssrcs == ssrcs


@pytest.mark.rule(183, client="raw")
def test_paused_layers_count_and_alternatives_do_not() -> None:
    lines = ("rid:a send", "rid:b send", "rid:c send", "simulcast:send a;~b,c")
    parsed = sdp.parse(offer(section("video", "0", *lines, direction="sendonly")))

    assert parsed.sections[0].rids == ("a", "b")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begin"),
        ("v=0\r\n", "ice-ufrag"),
        (offer(section("audio", "0"), section("audio", "0")), "mid 0"),
        (offer(section("audio", "a" * 17)), "mid"),
        (offer(section("audio", "0")).replace("a=ice-pwd:pppp", "a=ice-pwd:p pp"), "ice-pwd"),
        (offer(section("audio", "0")).replace("ufrag:abcd", "ufrag:a"), "ice-ufrag"),
        (offer(section("audio", "0")).replace("sha-256", "md5"), "fingerprint"),
        (offer(section("audio", "0", "setup:passive")), "DTLS client"),
        (offer(section("audio", "0"), section("audio", "1")).replace("BUNDLE", "LS"), "bundled"),
        (offer(section("audio", "0", "ssrc:4294967296 cname:x")), "32-bit"),
        (offer(section("video", "0", *(f"rid:{i} send" for i in range(5)))), "4 layers"),
        (offer(section("audio", "0", "mid:\x07")), "control"),
        (
            offer(section("video", "0"), section("video", "1").replace("96 VP8", "96 VP9")),
            "payload type 96",
        ),
        (
            offer(
                section("audio", "0", "extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid"),
                section("audio", "1", "extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
            ),
            "extension id 1",
        ),
        (offer(section("application", "0"), section("application", "1")), "data channels"),
    ],
)
def test_a_bad_offer_is_refused_with_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(SdpError, match=reason) as refused:
        sdp.parse(text)

    assert str(refused.value).endswith(".")


BOMBS = {
    "candidates": offer(section("audio", "0", *["candidate:1 1 udp 1 192.0.2.1 9 typ host"] * 65)),
    "m-lines": offer(*(section("audio", str(i)) for i in range(401))),
    "SSRC lines": offer(section("audio", "0", *(f"ssrc:{i} cname:x" for i in range(1, 1202)))),
    "lines": offer(section("audio", "0", *["x"] * 20_001)),
    "512 kB": offer(section("audio", "0", "x" * 512 * 1024)),
    "4096 characters": offer(section("audio", "0", "x" * 5000)),
    "8000 lines": offer(section("audio", "0", *["x"] * 8001)),
    "SSRC groups": offer(section("audio", "0", *["ssrc-group:FID 1 2"] * 601)),
    "64 groups": offer(section("audio", "0", *["group:LS 0"] * 65)),
    "800 fingerprints": offer(section("audio", "0", *["fingerprint:sha-256 AB"] * 801)),
    "400 simulcasts": offer(section("video", "0", *["simulcast:send a"] * 401)),
    "1200 rids": offer(section("video", "0", *["rid:a recv"] * 1201)),
    "96 formats": offer(section("video", "0").replace("96 97", " ".join(map(str, range(97))))),
    "2000 different": offer(
        *(section("video", str(i), *[f"rtcp-fb:{i} x"] * 350) for i in range(6))
    ),
    "400 lines": offer(section("audio", "0", *["rtcp-fb:1 x"] * 401)),
    "16 ways": offer(*(section("audio", str(i), f"fmtp:111 x={i}") for i in range(17))),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_is_refused(what: str) -> None:
    with pytest.raises(SdpError, match=what):
        sdp.parse(BOMBS[what])


def test_the_largest_offer_within_the_caps_is_read() -> None:
    full = offer(*(section("video", str(i), "ssrc:1 cname:x") for i in range(400)))

    assert len(sdp.parse(full).sections) == 400


def test_an_m_line_that_is_a_format_is_refused() -> None:
    """Found by `make fuzz`."""
    with pytest.raises(SdpError, match="malformed m-line"):
        sdp.parse(offer("m=a=rtpmap:96 VP8/90000\r\n", section("video", "0")))


LINES = st.sampled_from(
    sorted(
        {line for name in NAMES for line in captured(name).split("\r\n")}
        | {"a=rid:~", "a=simulcast:send ;;,", "a=ssrc-group:FID", "a=group:", "m=", "m=audio"}
        | {"a=extmap:16 urn:ietf:params:rtp-hdrext:sdes:mid", "a=fmtp:97 apt=97", "a=bundle-only"}
        | {"a=rtpmap:0 opus/0/0", "a=rtpmap:96 H264/1", "a=fmtp:96 profile-level-id="}
    )
)


@pytest.mark.parametrize("line", ["rtpmap:96 VP8/9999999999", "rtpmap:96 VP8/90001"])
def test_a_clock_that_no_codec_has_is_not_supported(line: str) -> None:
    text = offer(section("video", "0").replace("rtpmap:96 VP8/90000", line))

    assert 96 not in [codec.payload_type for codec in sdp.parse(text).codecs]


def test_a_repair_of_no_payload_type_repairs_nothing() -> None:
    text = offer(section("video", "0").replace("apt=96", "apt=9999999999"))

    assert [codec.associated for codec in sdp.parse(text).codecs] == [-1, -1]


@given(st.lists(st.one_of(LINES, st.text()), max_size=60))
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    try:
        parsed = sdp.parse("\r\n".join(["v=0", *lines, ""]))
    except SdpError:
        return
    sdp.answer(parsed, LOCAL, {}, {})


@given(st.sampled_from(NAMES), st.lists(st.integers(0, 400), max_size=8), st.data())
def test_a_damaged_offer_is_read_or_refused(name: str, at: list[int], data: st.DataObject) -> None:
    lines = captured(name).split("\r\n")
    for position in at:
        lines[position % len(lines)] = data.draw(LINES)
    try:
        parsed = sdp.parse("\r\n".join(lines))
    except SdpError:
        return
    assert sdp.answer(parsed, LOCAL, {}, {}).count("\r\nm=") == len(parsed.sections)


@given(st.binary(max_size=2000))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SdpError):
        sdp.parse("v=0\n" + data.decode("latin-1"))


# Answering


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.rule(164, client="raw")
def test_an_answer_has_the_sections_of_its_offer(name: str) -> None:
    offered, ours = sections(captured(name)), sections(answered(captured(name)))

    assert [lines[0].split()[0] for lines in ours] == [lines[0].split()[0] for lines in offered]
    for mine, theirs in zip(ours, offered, strict=True):
        assert [line for line in mine if line.startswith("a=mid:")] == [
            line for line in theirs if line.startswith("a=mid:")
        ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.rule(177, 179, 194, client="raw")
def test_an_answer_says_of_codecs_and_extensions_only_what_the_offer_said(name: str) -> None:
    said = set(captured(name).split("\r\n"))
    told = ("a=extmap", "a=rtpmap", "a=rtcp-fb", "a=fmtp")
    for mine, theirs in zip(
        sections(answered(captured(name))), sections(captured(name)), strict=True
    ):
        assert set(payload_types(mine)) <= set(payload_types(theirs))
        began = re.compile(";?x-google-start-bitrate=800$")
        copied = {began.sub("", line) for line in mine if line.startswith(told)}
        invented = {line for line in copied if not line.endswith(" ")} - said
        ours = ("a=fmtp:111 ", "a=rtcp-fb:111 nack")
        assert all(line.startswith(ours) for line in invented)


def test_video_begins_with_more_than_libwebrtc_would() -> None:
    """Also where the codec has no parameters of its own; repetitions have only theirs."""
    told = answered(captured("chromium-156-publish"))
    for name in ("VP8", "H264", "VP9", "AV1"):
        numbers = re.findall(rf"a=rtpmap:([0-9]+) {name}/90000", told)
        assert numbers
        for number in numbers:
            parameters = re.findall(rf"a=fmtp:{number} (.*)", told)
            last = {one.strip().split(";")[-1] for one in parameters}
            assert last == {"x-google-start-bitrate=800"}
    assert not re.search(r"a=fmtp:[0-9]+ apt=[0-9]+;", told)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.rule(202, client="raw")
def test_one_payload_type_is_described_the_same_everywhere(name: str) -> None:
    described: dict[str, set[tuple[str, ...]]] = {}
    for lines in sections(answered(captured(name))):
        for number in payload_types(lines):
            mine = (line for line in lines if re.match(rf"a=(rtpmap|fmtp|rtcp-fb):{number} ", line))
            described.setdefault(number, set()).add(tuple(mine))

    assert all(len(ways) == 1 for ways in described.values())


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [(("goog-remb",), ["goog-remb"]), (("goog-remb", "transport-cc"), ["transport-cc"])],
)
def test_only_a_client_that_does_not_report_estimates_itself(
    offered: tuple[str, ...], accepted: list[str]
) -> None:
    lines = [f"rtcp-fb:96 {kind}" for kind in offered]
    (answer,) = sections(answered(offer(section("video", "0", *lines))))
    told = [line.split()[-1] for line in answer if line.startswith("a=rtcp-fb:96 ")]
    assert [kind for kind in told if kind != "pli"] == accepted


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.rule(181, client="raw")
def test_what_we_do_not_know_is_not_repeated(name: str) -> None:
    text = answered(captured(name))

    for word in ("goog-sped", "sctp-init", "ice-options", "rtcp-xr", "ulpfec", "goog-remb"):
        assert word not in text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.rule(179, 180, client="raw")
def test_an_unused_section_keeps_its_place_and_all_its_codecs(name: str) -> None:
    for mid, lines in by_mid(answered(captured(name))).items():
        if "a=inactive" in lines:
            assert lines[0].split()[1] == "9"
            assert any(" opus/" in line or " VP8/" in line for line in lines), mid
            assert any("sdes:mid" in line for line in lines)


@pytest.mark.rule(82, 163, 176, client="raw")
def test_the_transport_is_ours_and_the_client_begins_dtls() -> None:
    text = answered(captured("chromium-156-publish"))

    assert "a=ice-lite\r\n" in text
    assert "a=extmap-allow-mixed\r\n" in text
    assert "a=group:BUNDLE 0 1 2 3 4 5 6 7 8\r\n" in text
    for lines in sections(text):
        assert {"a=ice-ufrag:server", "a=setup:passive"} <= set(lines)


@pytest.mark.rule(99, client="raw")
def test_each_announced_address_is_a_candidate_and_tcp_comes_last() -> None:
    candidates = [
        line for line in sections(answered(captured("rust-sdk-join")))[0] if "candidate" in line
    ]

    assert [line.split()[2:3] + line.split()[4:] for line in candidates[:3]] == [
        ["udp", "192.0.2.1", "7882", "typ", "host"],
        ["udp", "2001:db8::1", "7882", "typ", "host"],
        ["tcp", "192.0.2.1", "7881", "typ", "host", "tcptype", "passive"],
    ]
    priorities = [int(line.split()[3]) for line in candidates[:3]]
    assert priorities == sorted(set(priorities), reverse=True)
    assert candidates[3:] == ["a=end-of-candidates"]


@pytest.mark.parametrize(
    ("name", "mid", "rids"),
    [("chromium-156-later", "10", "q;h;f"), ("rust-sdk-publish", "8", "h;q")],
)
@pytest.mark.rule(183, 186, client="raw")
def test_simulcast_is_accepted_in_the_order_of_the_offer(name: str, mid: str, rids: str) -> None:
    lines = by_mid(answered(captured(name)))[mid]

    assert "a=recvonly" in lines
    assert f"a=simulcast:recv {rids}" in lines
    assert [line for line in lines if line.startswith("a=rid:")] == [
        f"a=rid:{rid} recv" for rid in rids.split(";")
    ]


@pytest.mark.rule(185, client="raw")
def test_what_is_sent_to_us_is_repeated_by_rtx() -> None:
    lines = by_mid(answered(captured("chromium-156-later")))["10"]

    assert payload_types(lines)[:2] == ["96", "97"]
    assert "a=fmtp:97 apt=96" in lines
    assert any("repaired-rtp-stream-id" in line for line in lines)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.rule(196, client="raw")
def test_lost_audio_is_repeated_though_no_client_offers_to(name: str) -> None:
    for lines in sections(answered(captured(name))):
        if lines[0].startswith("m=audio"):
            assert "a=rtcp-fb:111 nack" in lines


@pytest.mark.parametrize(
    ("mime", "order"),
    [("", ["111", "63"]), ("audio/opus", ["111", "63"]), ("audio/red", ["63", "111"])],
)
@pytest.mark.rule(199, client="raw")
def test_redundant_audio_is_put_first_for_those_who_shall_send_it(
    mime: str, order: list[str]
) -> None:
    cid = "88fe4c7f-f204-496b-99e7-34cc141dcee7"
    lines = by_mid(answered(captured("chromium-156-later"), **{cid: mime}))["9"]

    assert payload_types(lines) == order
    assert {"a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111"} <= set(lines)


@pytest.mark.parametrize("parameters", ["", "a=fmtp:63 111/110\r\n", "a=fmtp:63 112/112\r\n"])
def test_redundancy_of_what_we_do_not_know_is_left_out(parameters: str) -> None:
    audio = section("audio", "0", direction="sendonly")
    audio = audio.replace("SAVPF 111", "SAVPF 111 63")
    parsed = sdp.parse(offer(audio + "a=rtpmap:63 red/48000/2\r\n" + parameters))

    assert [codec.name for codec in sdp.preferred(parsed.sections[0])] == ["opus"]


def test_a_section_of_nothing_but_repair_is_rejected() -> None:
    audio = "m=audio 9 UDP/TLS/RTP/SAVPF 63\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 63/63\r\n"
    text = offer(audio + "a=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n")

    assert not sdp.parse(text).sections[0].usable


@pytest.mark.rule(77, 172, 185, 186, client="raw")
def test_what_we_send_is_named_by_msid_and_ssrcs() -> None:
    lines = by_mid(answered(captured("chromium-156-join"), {"3": SENT}))["3"]

    assert "a=sendonly" in lines
    assert "a=msid:PA_a|TR_b TR_b" in lines
    assert "a=ssrc-group:FID 1001 1002" in lines
    assert "a=ssrc:1002 msid:PA_a|TR_b TR_b" in lines


@pytest.mark.rule(203, client="raw")
def test_what_we_send_has_its_codec_and_its_retransmission_first() -> None:
    parsed = sdp.parse(captured("chromium-156-join"))
    vp9 = next(codec for codec in parsed.codecs if codec.payload_type == 98)
    sent = sdp.Sent("PA_a|TR_b", "TR_b", 1, 2, vp9.format)
    lines = by_mid(sdp.answer(parsed, LOCAL, {"3": sent}, {}))["3"]

    assert payload_types(lines)[:2] == ["98", "99"]


@pytest.mark.parametrize(
    ("mime", "first"), [("", "96"), ("video/VP9", "98"), ("video/h264", "108"), ("video/av1", "45")]
)
@pytest.mark.rule(200, client="raw")
def test_the_preferred_codec_comes_first(mime: str, first: str) -> None:
    video = captured("chromium-156-join").replace("a=mid:3\r\na=recvonly", "a=mid:3\r\na=sendonly")
    text = video.replace("a=mid:3\r\n", "a=mid:3\r\na=msid:s cam\r\n")

    assert payload_types(by_mid(answered(text, cam=mime))["3"])[0] == first


@pytest.mark.rule(198, client="raw")
def test_opus_may_be_silent_in_every_section() -> None:
    text = answered(captured("rust-sdk-later"))

    assert set(re.findall(r"a=fmtp:111 .*", text)) == {
        "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r"
    }


@pytest.mark.rule(182, client="raw")
def test_the_data_section_tells_the_longest_message() -> None:
    lines = by_mid(answered(captured("rust-sdk-join")))["6"]

    assert lines[0] == "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
    assert {"a=sctp-port:5000", "a=max-message-size:65536"} <= set(lines)


@pytest.mark.parametrize(
    "unusable",
    [
        section("audio", "1").replace("opus", "PCMU"),
        section("audio", "1").replace("a=rtcp-mux\r\n", ""),
        section("audio", "1", port=0),
        section("text", "1").replace("m=video", "m=text"),
    ],
)
@pytest.mark.rule(180, client="raw")
def test_an_unusable_section_is_rejected_out_of_the_bundle(unusable: str) -> None:
    text = answered(offer(section("audio", "0"), unusable))

    assert sections(text)[1][0].split()[1] == "0"
    assert "a=group:BUNDLE 0\r\n" in text


def test_a_section_outside_the_bundle_is_rejected() -> None:
    text = answered(offer(section("audio", "0"), section("audio", "1"), bundle="0"))

    assert [lines[0].split()[1] for lines in sections(text)] == ["9", "0"]


def test_a_bundle_only_section_is_usable_at_port_0() -> None:
    text = answered(offer(section("audio", "0"), section("audio", "1", "bundle-only", port=0)))

    assert [lines[0].split()[1] for lines in sections(text)] == ["9", "9"]


# Comparing codecs


@pytest.mark.parametrize(
    ("name", "mine", "other", "same"),
    [
        ("VP8", "", "x-google-start-bitrate=1000", True),
        ("H264", "packetization-mode=1;profile-level-id=42e01f", "", False),
        (
            "H264",
            "packetization-mode=1;profile-level-id=42e01f",
            "profile-level-id=42E034; packetization-mode=1",
            True,
        ),
        ("H264", "packetization-mode=1;profile-level-id=42e01f", "profile-level-id=42e01f", False),
        ("VP9", "", "profile-id=0", True),
        ("VP9", "profile-id=2", "profile-id=0", False),
        ("AV1", "level-idx=5;profile=0;tier=0", "", True),
    ],
)
@pytest.mark.rule(201, client="raw")
def test_formats_are_equal_when_one_decodes_the_other(
    name: str, mine: str, other: str, same: bool
) -> None:
    formats = [sdp.Codec(96, name, 90000, 0, text).format for text in (mine, other)]

    assert (formats[0] == formats[1]) is same
