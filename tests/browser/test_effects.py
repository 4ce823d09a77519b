"""What is done to a person's picture and voice before anybody else sees or hears them."""

import shutil
import struct
import wave
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from livekit.protocol.rtc import SignalRequest, SimulateScenario
from playwright.sync_api import Playwright, expect

from tests.browser.chromium import ARGUMENTS
from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

RATE = 48_000


def test_nobody_sees_the_room_behind_a_person_who_hid_it(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    guest = visit("en", 320, 640)
    guest.join(slug, "Ali")
    guest.page.evaluate(_WATCH, "Camille Martin")

    host.go(f"/{slug}")
    mirror = host.page.locator(".preview-picture video")
    host.page.wait_for_function(_SHOWS, arg=[mirror.element_handle(), "green"])
    choose(host, "dawn")
    host.page.wait_for_function(_SHOWS, arg=[mirror.element_handle(), "blue"])
    host.is_accessible()
    host.page.keyboard.press("Escape")
    host.button("prejoin.join").click()
    guest.page.wait_for_function(_HAS_SEEN, arg="blue")
    assert guest.page.evaluate("watched.green ?? 0") == 0

    choose_in_call(host, "none")
    guest.page.wait_for_function(_HAS_SEEN, arg="green")


@pytest.mark.long
def test_a_background_put_on_during_the_meeting_hides_the_camera_until_it_is_there(
    visit: Visit, host: Visitor
) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en")
    guest.join(slug, "Ali")
    guest.sees("Camille Martin")
    guest.page.evaluate(_WATCH, "Camille Martin")
    guest.page.wait_for_function(_HAS_SEEN, arg="green")
    choose_in_call(host, "dawn")
    guest.page.wait_for_function(_HAS_SEEN, arg="blue")
    guest.page.evaluate("watched = {}")

    host.button("media.cameraOff").click()
    expect(guest.tile("Camille Martin").locator(".avatar")).to_be_visible()
    host.button("media.cameraOn").click()
    guest.page.wait_for_function(_HAS_SEEN, arg="blue")
    assert guest.page.evaluate("watched.green ?? 0") == 0


@pytest.mark.long
@pytest.mark.parametrize(("language", "width"), [("fr", 320), ("en", 1280)])
def test_ones_own_picture_stays_in_the_browser(
    visit: Visit, host: Visitor, tmp_path: Path, language: str, width: int
) -> None:
    person = visit(language, width, 740)
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.method))
    person.go(f"/{host.make_room('Comité')}")
    person.button("effects.title").click()
    picture = tmp_path / "mine.png"
    picture.write_bytes(png(64, 48, (230, 20, 20)))
    with person.page.expect_file_chooser() as chooser:
        person.button("effects.takeOwn").click()
    chooser.value.set_files(picture)
    person.shows("effects.choices.own")
    mirror = person.page.locator(".effects-mirror video")
    person.page.wait_for_function(_SHOWS, arg=[mirror.element_handle(), "red"])
    person.is_accessible()
    assert person.sees_all_across()
    assert set(asked) == {"GET"}

    person.page.reload()
    mirror = person.page.locator(".preview-picture video")
    mirror.wait_for()
    person.page.wait_for_function(_SHOWS, arg=[mirror.element_handle(), "red"])

    with person.page.expect_file_chooser() as chooser:
        person.button("effects.title").click()
        person.button("effects.anotherOwn").click()
    picture.write_bytes(b"no picture")
    chooser.value.set_files(picture)
    person.shows("effects.refused")
    person.is_accessible()
    person.button("effects.dropOwn").click()
    person.button("effects.takeOwn").wait_for()


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_effect_that_fails_takes_the_camera_with_it(
    visit: Visit, host: Visitor, language: str
) -> None:
    slug = host.make_room("Comité")
    guest = visit(language, 320, 740)
    guest.page.route("**/*.tflite", lambda route: route.fulfill(status=404))
    guest.go(f"/{slug}")
    guest.page.locator(".preview-picture video").wait_for()
    choose(guest, "blurStrong")
    guest.shows("effects.problems.failed")
    guest.is_accessible()
    guest.page.keyboard.press("Escape")
    guest.shows("prejoin.cameraOff")
    guest.field("prejoin.name").fill("Ali")
    guest.is_accessible()
    guest.button("prejoin.join").click()
    guest.button("media.cameraOn").click()
    guest.button("media.cameraOff").wait_for()
    choose_in_call(guest, "blurStrong")
    guest.shows("effects.problems.failed")
    guest.button("media.cameraOn").wait_for()
    assert guest.sees_all_across()


@pytest.mark.long
def test_a_voice_is_heard_without_the_noise_around_it(
    visit: Visit, host: Visitor, playwright: Playwright, server: Server, tmp_path: Path
) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    with speaking(playwright, server, tmp_path, noisy_speech()) as guest:
        guest.go(f"/{slug}")
        guest.field("prejoin.name").fill("Ali")
        guest.button("prejoin.join").click()
        host.hears(1)
        noise, voice = host.page.evaluate(_LISTEN)
        guest.button("call.more").press("Enter")
        guest.page.get_by_role("menuitem", name=guest.text("effects.title")).press("Enter")
        with guest.page.expect_response("**/rnnoise*.wasm"):
            guest.page.get_by_role("switch", name=guest.text("effects.noise")).press("Space")
        guest.is_accessible()
        # What was buffered meanwhile is heard out first.
        host.page.evaluate(_LISTEN)
        quieter, voice_kept = host.page.evaluate(_LISTEN)
        assert quieter < noise / 2
        assert voice_kept > 10 * quieter
        assert voice_kept > voice / 10
        assert guest.complaints == []


@pytest.mark.long
def test_noise_suppression_that_fails_leaves_the_voice(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en", 320, 740)
    guest.page.route("**/rnnoise*.wasm", lambda route: route.fulfill(status=404))
    guest.go(f"/{slug}")
    guest.button("effects.title").press("Enter")
    guest.page.get_by_role("switch", name=guest.text("effects.noise")).press("Space")
    guest.page.keyboard.press("Escape")
    guest.field("prejoin.name").fill("Ali")
    guest.button("prejoin.join").click()
    guest.shows("toasts.noise.title")
    guest.is_accessible()
    host.hears(1)


def test_nothing_leaves_microphone_or_camera_before_the_person_joins(
    visit: Visit, host: Visitor
) -> None:
    slug = host.make_room("Comité")
    guest = visit("en", 320, 740)
    sent: list[str] = []
    guest.page.on("websocket", lambda socket: sent.append(socket.url))
    guest.page.on("request", lambda request: sent.extend([request.url] * bool(request.post_data)))
    guest.context.add_init_script(_COUNT_CONNECTIONS)
    guest.go(f"/{slug}")
    guest.page.locator(".preview-picture video").wait_for()
    guest.page.wait_for_function(_METER_MOVES)
    guest.button("hearing.test").press("Enter")
    guest.shows("hearing.played")
    guest.field("prejoin.name").fill("Ali")
    guest.is_accessible()
    assert guest.sees_all_across()
    assert (sent, guest.page.evaluate("connections")) == ([], 0)

    guest.button("prejoin.join").click()
    guest.button("call.leave").wait_for()
    assert len(sent) > 1
    assert guest.page.evaluate("connections") > 0


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
def test_who_cannot_be_heard_is_told_before_joining(
    host: Visitor, playwright: Playwright, server: Server, tmp_path: Path, language: str
) -> None:
    slug = host.make_room("Comité")
    silence = np.zeros(RATE, np.int16)
    with speaking(playwright, server, tmp_path, silence, language) as guest:
        guest.go(f"/{slug}")
        guest.shows("silence.title")
        guest.is_accessible()
        assert guest.sees_all_across()


@pytest.mark.long
def test_who_wants_less_gets_less_and_finds_the_way_back(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en", 320, 740)
    guest.join(slug, "Ali")
    guest.sees("Camille Martin")
    host.sees("Ali")
    video = guest.tile("Camille Martin").locator("video")

    choose_network(guest, "saving")
    guest.shows("bandwidth.chosen.saving")
    guest.is_accessible()
    assert guest.sees_all_across()
    guest.page.wait_for_function("video => video.videoWidth <= 320", arg=video.element_handle())

    choose_network(guest, "audio")
    guest.shows("bandwidth.chosen.audio")
    expect(guest.tile("Camille Martin").locator(".avatar")).to_be_visible()
    expect(host.tile("Ali").locator(".avatar")).to_be_visible()
    guest.hears(1)
    host.button("share.start").click()
    guest.shows("bandwidth.shareOff")
    guest.is_accessible()

    guest.button("bandwidth.back").click()
    expect(guest.button("bandwidth.back")).to_be_hidden()
    screen = guest.page.locator(".share video")
    screen.wait_for()
    guest.page.wait_for_function("video => video.videoWidth > 0", arg=screen.element_handle())
    host.button("share.stop").last.click()
    guest.sees("Camille Martin")


@pytest.mark.long
def test_a_weak_network_is_spared_by_itself(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en", 320, 740)
    guest.context.add_init_script(_KEEP_SOCKET)
    guest.join(slug, "Ali")
    visit("fr").join(slug, "Zoé")
    # One picture is never held back, so that it takes two.
    for name in ("Camille Martin", "Zoé"):
        guest.sees(name)
    # From now on the server takes it that no more than this fits on the way to the guest.
    weak = SignalRequest(simulate=SimulateScenario(subscriber_bandwidth=20_000))
    guest.page.evaluate(_SEND, list(weak.SerializeToString()))
    guest.shows("bandwidth.weak.saving")
    guest.hears(2)
    guest.is_accessible()
    expect(host.button("bandwidth.back")).to_be_hidden()


def test_a_device_that_goes_is_replaced_or_missed_aloud(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    guest = visit("en", 320, 740)
    guest.context.add_init_script(_KEEP_DEVICES)
    guest.go(f"/{slug}")
    guest.page.locator(".preview-picture video").wait_for()
    guest.page.evaluate(_UNPLUG, "video")
    guest.page.wait_for_function(_TWO_ARE_OPEN)
    guest.page.locator(".preview-picture video").wait_for()
    guest.field("prejoin.name").fill("Ali")
    guest.button("prejoin.join").click()
    expect(guest.button("media.cameraOff")).to_be_enabled()

    guest.page.evaluate(_FORGET_DEVICES)
    guest.page.evaluate(_UNPLUG, "video")
    guest.shows("deviceProblems.missing.title", device=guest.text("deviceNames.camera"))
    guest.button("media.cameraOn").wait_for()
    guest.is_accessible()


def choose_network(visitor: Visitor, choice: str) -> None:
    """By keyboard, from the menu."""
    title = visitor.text("bandwidth.title")
    visitor.button("call.more").press("Enter")
    visitor.page.get_by_role("menuitem", name=title).press("Enter")
    name = visitor.text(f"bandwidth.choices.{choice}.title")
    visitor.page.get_by_role("dialog", name=title).get_by_role("radio", name=name).press("Space")
    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("Escape")


@contextmanager
def speaking(
    playwright: Playwright,
    server: Server,
    folder: Path,
    sound: npt.NDArray[np.int16],
    language: str = "fr",
) -> Iterator[Visitor]:
    """Somebody at a narrow browser of their own, whose microphone hears that over and over."""
    microphone = folder / "microphone.wav"
    with wave.open(str(microphone), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=[*ARGUMENTS, f"--use-file-for-fake-audio-capture={microphone}"],
    )
    context = browser.new_context(
        base_url=server.url,
        locale={"fr": "fr-FR", "en": "en-GB"}[language],
        viewport={"width": 320, "height": 740},
        permissions=["camera", "microphone"],
    )
    yield Visitor(context, server.url, language)
    browser.close()


def noisy_speech() -> npt.NDArray[np.int16]:
    """Two seconds of a voice, two of a noise that comes and goes, as of keys."""
    words = [np.repeat(recording(name), 3) for name in ("001", "002")]
    noise = np.random.default_rng(1).normal(0, 2500, 2 * RATE)
    noise *= np.sin(np.arange(len(noise)) / RATE * 2 * np.pi * 4) > 0
    return np.concatenate([*words, noise]).astype(np.int16)


def recording(name: str) -> npt.NDArray[np.int16]:
    with wave.open(f"/usr/share/pocketsphinx/test/data/cards/{name}.wav") as file:
        return np.frombuffer(file.readframes(-1), np.int16)


def choose(visitor: Visitor, background: str) -> None:
    """Open the effects before the meeting and choose one by keyboard."""
    visitor.button("effects.title").press("Enter")
    _choose(visitor, background)


def choose_in_call(visitor: Visitor, background: str) -> None:
    visitor.button("call.more").press("Enter")
    visitor.page.get_by_role("menuitem", name=visitor.text("effects.title")).press("Enter")
    _choose(visitor, background)
    visitor.page.keyboard.press("Escape")


def _choose(visitor: Visitor, background: str) -> None:
    name = visitor.text(f"effects.choices.{background}")
    visitor.page.get_by_role("radio", name=name, exact=True).press("Space")


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + bytes(colour) * width) * height
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


# The colour of a picture's upper left corner: Chromium's fake camera is green there, dawn is blue.
_COLOUR = """
  const colourOf = (video) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const brush = canvas.getContext("2d");
    brush.drawImage(video, video.videoWidth * 0.05, video.videoHeight * 0.05, 8, 8, 0, 0, 1, 1);
    const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
    const most = Math.max(red, green, blue);
    if (most < 40) return "black";
    return most === red ? "red" : most === green ? "green" : "blue";
  };"""
_SHOWS = f"""([video, colour]) => {{{_COLOUR}
  return video.readyState > 1 && colourOf(video) === colour;
}}"""
# Counts the frames of somebody's tile by colour, from the first on.
_WATCH = f"""(name) => {{{_COLOUR}
  window.watched = {{}};
  const look = () => {{
    const tiles = [...document.querySelectorAll(".tile")];
    const video = tiles.find((tile) => tile.textContent.includes(name))?.querySelector("video");
    if (video?.readyState > 1) {{
      const colour = colourOf(video);
      watched[colour] = (watched[colour] ?? 0) + 1;
    }}
    requestAnimationFrame(look);
  }};
  look();
}}"""
_HAS_SEEN = "(colour) => window.watched[colour] > 0"
# Six seconds of what is heard: how loud half of it is at most, and how loud its loudest moments.
_LISTEN = """async () => {
  const audio = [...document.querySelectorAll("audio")].find((one) => one.srcObject?.active);
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(audio.srcObject).connect(analyser);
  await context.resume();
  const samples = new Float32Array(analyser.fftSize);
  const levels = [];
  for (const end = performance.now() + 6000; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    analyser.getFloatTimeDomainData(samples);
    levels.push(Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
  }
  await context.close();
  levels.sort((one, other) => one - other);
  const at = (part) => levels[Math.floor(part * (levels.length - 1))];
  return [at(0.5), at(0.95)];
}"""
_METER_MOVES = """() =>
  Number(document.querySelector("[role^=meter]")?.getAttribute("aria-valuenow")) > 0"""
_COUNT_CONNECTIONS = """
window.connections = 0;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...options) {
    super(...options);
    connections += 1;
  }
};"""
_KEEP_SOCKET = """window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.signalling = this; }
}"""
_SEND = "(bytes) => signalling.send(new Uint8Array(bytes))"
_KEEP_DEVICES = """
window.opened = [];
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (constraints) {
  const stream = await open.call(this, constraints);
  opened.push(...stream.getTracks());
  return stream;
};"""
_FORGET_DEVICES = """() => {
  MediaDevices.prototype.getUserMedia = async () => {
    throw new DOMException("Requested device not found", "NotFoundError");
  };
}"""
_UNPLUG = """(kind) => {
  const track = opened.findLast((one) => one.kind === kind);
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
_TWO_ARE_OPEN = "() => opened.filter((track) => track.readyState === 'live').length === 2"
