import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def test_a_guest_meets_the_host_by_the_link_alone(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    host.shows("call.alone")
    guest = visit("en")
    guest.join(slug, "Ali")

    for one, other in ((host, "Ali"), (guest, "Camille Martin")):
        one.sees(other)
        one.hears(1)
        one.is_accessible()

    guest.button("media.mute").click()
    expect(host.tile("Ali")).to_contain_text(host.text("call.micOff"))
    guest.button("media.cameraOff").click()
    expect(host.tile("Ali").locator(".avatar")).to_be_visible()
    guest.button("media.cameraOn").click()
    host.sees("Ali")
    guest.button("media.unmute").click()
    expect(host.tile("Ali")).to_contain_text(host.text("call.micOn"))

    guest.button("call.leave").click()
    expect(host.tile("Ali")).to_be_hidden()
    guest.shows("ended.title")
    expect(guest.page.get_by_role("main")).to_contain_text("Camille Martin")
    guest.is_accessible()

    guest.button("ended.rejoin").click()
    expect(guest.page.get_by_role("heading", level=1)).to_be_focused()
    guest.button("prejoin.join").click()
    host.sees("Ali")


def test_three_people_see_and_hear_each_other(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    people = {"Camille Martin": host, "Ali": visit("en"), "Zoé": visit("fr", 360, 740)}
    people["Ali"].join(slug, "Ali")
    people["Zoé"].join(slug, "Zoé")
    for name, person in people.items():
        for other in people.keys() - {name}:
            person.sees(other)
        person.hears(2)
    people["Zoé"].is_accessible()
    expect(people["Zoé"].button("call.leave")).to_be_in_viewport(ratio=1)
    expect(people["Zoé"].tile("Ali")).to_be_in_viewport(ratio=1)
    people["Ali"].button("call.leave").click()
    for name in ("Camille Martin", "Zoé"):
        expect(people[name].page.locator(".tile")).to_have_count(2)


def test_a_shared_screen_is_shown_to_the_others(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en")
    guest.join(slug, "Ali")
    host.button("share.start").click()
    host.shows("share.mine")
    host.is_accessible()
    guest.shows("share.of", name="Camille Martin")
    screen = guest.page.locator(".share video")
    screen.wait_for()
    guest.page.wait_for_function("video => video.videoWidth > 0", arg=screen.element_handle())
    guest.is_accessible()
    host.button("share.stop").last.click()
    expect(screen).to_be_hidden()


def test_nobody_is_transcribed_before_their_yes(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en")
    guest.join(slug, "Ali")
    expect(guest.tile("Camille Martin")).to_be_visible()

    guest.button("panels.transcript").click()
    guest.shows("transcript.off.title")
    assert guest.page.get_by_role("switch").count() == 0
    host.button("panels.transcript").click()
    host.page.get_by_text(host.text("transcript.switch"), exact=True).click()

    for person in (host, guest):
        person.shows("consent.question")
        expect(person.page.locator(".pill")).to_be_visible()
        person.is_accessible()
        person.page.keyboard.press("Escape")
        person.shows("consent.question")
    host.button("consent.yes").click()
    guest.button("consent.no").click()
    host.shows("consent.given")
    host.shows("consent.after.keep")
    guest.shows("consent.withheld")
    guest.is_accessible()

    host.page.locator("#panel-button-people").click()
    row = host.page.locator(".people-list li").filter(has_text="Ali")
    expect(row).to_contain_text(host.text("people.consent.refused"))
    host.is_accessible()
    guest.button("consent.give").click()
    expect(row).to_contain_text(host.text("people.consent.granted"))
    guest.button("consent.withdraw").click()
    expect(row).to_contain_text(host.text("people.consent.refused"))

    host.button("panels.transcript").click()
    host.page.get_by_text(host.text("transcript.switch"), exact=True).click()
    expect(guest.page.locator(".pill")).to_be_hidden()


def test_settings_and_shortcuts_are_accessible(host: Visitor) -> None:
    host.go(f"/{host.make_room('Comité')}")
    three_share_the_microphone(host)
    host.button("prejoin.join").click()
    for key in ("settings.title", "shortcuts.title"):
        host.button("call.more").click()
        host.page.get_by_role("menu").wait_for()
        host.is_accessible(menu=True)
        host.page.get_by_role("menuitem", name=host.text(key)).click()
        dialog = host.page.get_by_role("dialog", name=host.text(key))
        dialog.wait_for()
        if key == "settings.title":
            how_it_is_encrypted_is_said(host)
            expect(people_at_the_microphone(host, "prejoin.peopleCount_other", 3)).to_be_visible()
        host.is_accessible()
        host.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


def three_share_the_microphone(host: Visitor) -> None:
    """Said before joining, by keyboard."""
    host.page.get_by_text(host.text("prejoin.shared"), exact=True).click()
    people_at_the_microphone(host, "prejoin.peopleUnknown").press("Enter")
    three = host.text("prejoin.peopleCount_other", count=3)
    host.page.get_by_role("option", name=three, exact=True).press("Enter")
    people_at_the_microphone(host, "prejoin.peopleCount_other", 3).wait_for()
    host.is_accessible()


def people_at_the_microphone(host: Visitor, key: str, count: int = 0) -> Locator:
    """The choice of how many there are, while it is this one."""
    name = f"{host.text(key, count=count)} {host.text('prejoin.people')}"
    return host.page.get_by_role("button", name=name, exact=True)


def how_it_is_encrypted_is_said(host: Visitor) -> None:
    host.shows("settings.notQuantumSafe")
    expect(host.page.locator(".encryption .details")).to_have_text(
        re.compile(r"^DTLSv1\.[23] · \w+ · [\w-]*GCM[\w-]* · [\w-]*AEAD_AES_\w+GCM$", re.IGNORECASE)
    )


def test_a_meeting_needs_no_mouse(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en")
    guest.go(f"/{slug}")
    guest.field("prejoin.name").wait_for()
    _tab_to(guest, "prejoin.name")
    guest.page.keyboard.type("Ali")
    guest.page.keyboard.press("Enter")
    guest.button("call.leave").wait_for()

    expect(guest.button("media.mute")).to_be_enabled()
    guest.page.keyboard.press("Control+d")
    guest.button("media.unmute").wait_for()
    guest.page.keyboard.press("Control+Shift+H")
    guest.button("hands.lower").wait_for()
    expect(guest.button("media.cameraOff")).to_be_enabled()
    guest.page.keyboard.press("Control+e")
    guest.button("media.cameraOn").wait_for()

    _tab_to(guest, "panels.chat")
    guest.page.keyboard.press("Enter")
    _tab_to(guest, "chat.message")
    guest.page.keyboard.type("Typed")
    guest.page.keyboard.press("Enter")
    expect(guest.page.locator(".chat-line")).to_contain_text("Typed")
    guest.page.keyboard.press("Escape")

    _tab_to(guest, "share.start")
    guest.page.keyboard.press("Enter")
    guest.shows("share.mine")
    _tab_to(guest, "panels.transcript")
    guest.page.keyboard.press("Enter")
    guest.shows("transcript.off.title")

    _tab_to(guest, "call.leave")
    guest.page.keyboard.press("Enter")
    guest.shows("ended.title")


def test_the_end_screen_leads_to_the_transcript_even_for_a_guest(
    visit: Visit, host: Visitor
) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    host.button("panels.transcript").click()
    host.page.get_by_text(host.text("transcript.switch"), exact=True).click()
    host.button("consent.no").click()
    guest = visit("en")
    guest.join(slug, "Ali")
    guest.button("consent.no").click()
    guest.button("call.leave").click()
    guest.link("ended.transcript").click()
    expect(guest.page).to_have_url(re.compile(r"/meetings/[0-9a-f-]{36}$"))
    expect(guest.page.get_by_role("heading", name="Comité")).to_be_visible()
    guest.shows("transcript.empty")
    guest.is_accessible()


def _tab_to(visitor: Visitor, key: str) -> None:
    """Press Tab until the control of that name has the focus: a trap or a lost one fails."""
    name = visitor.text(key)
    for _ in range(40):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate(_NAME_IN_FOCUS) == name:
            return
    raise AssertionError(f"{name} is out of reach of the keyboard")


_NAME_IN_FOCUS = """() => {
  const { activeElement: element } = document;
  const labels = [...(element.labels ?? [])].map((label) => label.innerText);
  return element.ariaLabel ?? labels[0] ?? element.innerText;
}"""
