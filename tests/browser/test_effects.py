"""What is done to a person's picture and voice before anybody else sees or hears them."""

import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
def host(visit: Visit, account: tuple[str, str]) -> Visitor:
    """Camille, in French, signed in."""
    host = visit("fr")
    host.sign_in(*account)
    return host


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
    guest.is_accessible()
    guest.field("prejoin.name").fill("Ali")
    guest.button("prejoin.join").click()
    guest.button("media.cameraOn").click()
    guest.button("media.cameraOff").wait_for()
    choose_in_call(guest, "blurStrong")
    guest.button("media.cameraOn").wait_for()
    guest.shows("effects.problems.failed")
    guest.is_accessible()


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
