"""A meeting without a pointer: wherever one is, the focus is there and can be seen."""

import pytest
from playwright.sync_api import TimeoutError as Waited
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long, pytest.mark.one_database]


class Keyboard:
    """Of a person who has nothing else; after each key the focus must show."""

    def __init__(self, person: Visitor) -> None:
        self._person = person

    def press(self, *keys: str) -> None:
        for key in keys:
            self._person.page.keyboard.press(key)
            self.sees_the_focus()

    def tab_to(self, key: str, *, back: bool = False, **values: object) -> None:
        """Until the control of that name has the focus: a trap or a lost one fails."""
        name = self._person.text(key, **values)
        passed = [self._person.page.evaluate(_NAME)]
        while passed[-1] != name and len(passed) < _FAR:
            self.press("Shift+Tab" if back else "Tab")
            passed.append(self._person.page.evaluate(_NAME))
        if passed[-1] == name:
            return
        raise AssertionError(f"{name} is out of reach, among {passed}")

    def choose(self, key: str) -> None:
        """In the menu that is open."""
        name = self._person.text(key)
        for _ in range(_FAR):
            if self._person.page.evaluate(_NAME) == name:
                self._person.page.keyboard.press("Enter")
                return
            self.press("ArrowDown")
        raise AssertionError(f"{name} is not in the menu")

    def sees_the_focus(self) -> None:
        """It is on something, in view, not covered, and marked."""
        try:
            self._person.page.wait_for_function(_FOCUS_SHOWS)
        except Waited:
            where = self._person.page.evaluate("document.activeElement.outerHTML")
            raise AssertionError(f"The focus is not seen on {where[:300]}") from None


@pytest.mark.parametrize(
    ("language", "width", "height"), [("fr", 1280, 800), ("en", 320, 640)], ids=["wide", "narrow"]
)
def test_a_meeting_is_held_by_keyboard_alone(
    visit: Visit, host: Visitor, language: str, width: int, height: int
) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit(language, width, height)
    keys = Keyboard(guest)
    joins(guest, keys, slug)
    narrow = width < 768
    mutes(guest, keys, host)
    writes(guest, keys, host, narrow=narrow)
    if not narrow:
        shares(guest, keys, host)
    answers_and_sees_captions(guest, keys, host)
    leaves(guest, keys)


def joins(guest: Visitor, keys: Keyboard, slug: str) -> None:
    guest.go(f"/{slug}")
    guest.field("prejoin.name").wait_for()
    keys.tab_to("prejoin.name")
    guest.page.keyboard.type("Ali")
    keys.press("Tab")
    keys.tab_to("prejoin.join")
    guest.page.keyboard.press("Enter")
    guest.button("call.leave").wait_for()
    expect(guest.button("media.mute")).to_be_enabled()


def mutes(guest: Visitor, keys: Keyboard, host: Visitor) -> None:
    keys.tab_to("media.mute")
    keys.press("Enter")
    guest.button("media.unmute").wait_for()
    expect(host.tile("Ali")).to_contain_text(host.text("call.micOff"))
    keys.press("Enter")
    expect(host.tile("Ali")).to_contain_text(host.text("call.micOn"))
    keys.tab_to("media.cameraOff")
    keys.press("Enter")
    expect(host.tile("Ali").locator(".avatar")).to_be_visible()


def writes(guest: Visitor, keys: Keyboard, host: Visitor, *, narrow: bool) -> None:
    if narrow:
        keys.tab_to("call.more")
        guest.page.keyboard.press("Enter")
        keys.choose("panels.chat")
    else:
        keys.tab_to("panels.chat")
        keys.press("Enter")
    keys.tab_to("chat.message")
    guest.page.keyboard.type("Bonjour")
    keys.press("Enter")
    expect(guest.page.locator(".chat-line")).to_contain_text("Bonjour")
    host.button("panels.chatUnread_one", count=1).click()
    expect(host.page.locator(".chat-line")).to_contain_text("Bonjour")
    keys.press("Escape")
    expect(guest.page.locator("aside.panel")).to_have_count(0)
    expect(guest.button("call.more" if narrow else "panels.chat")).to_be_focused()


def shares(guest: Visitor, keys: Keyboard, host: Visitor) -> None:
    keys.tab_to("share.start", back=True)
    keys.press("Enter")
    host.shows("share.of", name="Ali")
    keys.sees_the_focus()
    guest.shows("share.mine")
    # Away from the bar's own: that of the tile goes with the share, and the focus must not.
    keys.press("Shift+Tab")
    keys.tab_to("share.stop", back=True)
    keys.press("Enter")
    expect(host.page.locator(".share")).to_have_count(0)
    keys.sees_the_focus()


def answers_and_sees_captions(guest: Visitor, keys: Keyboard, host: Visitor) -> None:
    host.button("panels.transcript").click()
    host.page.get_by_text(host.text("transcript.switch"), exact=True).click()
    host.button("consent.no").click()
    guest.shows("consent.question")
    keys.sees_the_focus()
    keys.tab_to("consent.yes")
    guest.page.keyboard.press("Enter")
    expect(guest.page.locator(".dialog")).to_have_count(0)
    keys.tab_to("call.more")
    guest.page.keyboard.press("Enter")
    keys.choose("captions.show")
    guest.page.get_by_role("log", name=guest.text("captions.title")).wait_for(state="attached")
    keys.sees_the_focus()
    guest.page.keyboard.press("Enter")
    keys.choose("settings.title")
    guest.page.locator(".dialog").wait_for()
    keys.press("ArrowRight", "ArrowRight", "ArrowDown", "Tab")
    guest.page.keyboard.press("Escape")
    expect(guest.page.locator(".dialog")).to_have_count(0)
    expect(guest.button("call.more")).to_be_focused()


def leaves(guest: Visitor, keys: Keyboard) -> None:
    keys.tab_to("call.leave")
    guest.page.keyboard.press("Enter")
    title = guest.page.get_by_role("heading", name=guest.text("ended.title"))
    expect(title).to_be_focused()
    keys.sees_the_focus()
    keys.tab_to("ended.rejoin")
    # On to another page, which is begun from its top.
    guest.page.keyboard.press("Enter")
    guest.button("prejoin.join").wait_for()


_FAR = 60
"""Keys until something is out of reach."""
_NAME = """() => {
  const { activeElement: element } = document;
  const labels = [...(element.labels ?? [])].map((label) => label.innerText);
  return (element.ariaLabel ?? labels[0] ?? element.innerText).trim();
}"""
# The mark may be that of what is around it, or beside it: the input of a switch is not seen itself.
_FOCUS_SHOWS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return false;
  const marked = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  };
  const label = element.closest("label");
  const around = [element, element.parentElement, label, ...(label?.querySelectorAll("*") ?? [])];
  if (!around.filter(Boolean).some(marked)) return false;
  const seen = around.find((one) => one?.getBoundingClientRect().width > 2);
  const { left, top, right, bottom } = seen.getBoundingClientRect();
  const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  const there = document.elementFromPoint(x, y);
  return Boolean(there) && (seen.contains(there) || there.contains(seen));
}"""
