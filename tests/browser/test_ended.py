"""What somebody sees who has just left a meeting."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_chat import PATCH
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def is_told(person: Visitor, key: str) -> None:
    """The heading says why it is over, and has the focus: a screen reader begins there."""
    heading = person.page.get_by_role("heading", level=1)
    expect(heading).to_have_text(person.text(key))
    expect(heading).to_be_focused()
    person.is_accessible()
    assert person.sees_all_across()


def test_who_leaves_is_told_what_remains_and_whether_it_goes_on(
    visit: Visit, host: Visitor
) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    host.page.evaluate(PATCH, [f"/api/v1/rooms/{slug}", {"chat_kept": True}])
    guest = visit("en", 320, 640)
    guest.join(slug, "Ali")
    host.button("panels.chat").click()
    host.field("chat.message").fill("À relire avant jeudi")
    host.page.keyboard.press("Enter")
    expect(host.page.locator(".chat-line")).to_contain_text("À relire")
    guest.button("call.leave").click()
    guest.shows("ended.messages_one", count=1)
    is_told(guest, "ended.title")
    main = guest.page.get_by_role("main")
    expect(main).to_contain_text("Camille Martin")
    goes_on = guest.text("ended.goesOn", **{"from": "00:00"}).split("00:00")[1]
    expect(main).to_contain_text(goes_on)

    host.button("call.more").click()
    host.page.get_by_role("menuitem", name=host.text("call.end"), exact=True).click()
    dialog = host.page.get_by_role("alertdialog")
    dialog.get_by_role("button", name=host.text("call.end"), exact=True).click()
    host.shows("ended.made")
    is_told(host, "endings.room_closed_by_hosts.title")
    expect(host.button("ended.rejoin")).to_have_count(0)
    own = host.page.locator(".account-button .avatar").get_attribute("class")
    there = host.page.locator(".ended-people li").filter(has_text="Camille Martin")
    expect(there.locator(".avatar")).to_have_class(str(own))
    expect(host.link("common.backHome")).to_be_visible()
