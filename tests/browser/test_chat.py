import re

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def write(person: Visitor, text: str) -> None:
    person.page.locator("#chat-message").fill(text)
    person.page.locator("#chat-message").press("Enter")


def give(person: Visitor, name: str, content: bytes) -> None:
    file = FilePayload(name=name, mimeType="application/pdf", buffer=content)
    person.page.locator("input[type=file]").set_input_files(file)


def line(person: Visitor, text: str) -> Locator:
    return person.page.locator(".chat-line").filter(has_text=text)


def test_the_chat_of_a_meeting(visit: Visit, account: tuple[str, str]) -> None:
    host = visit("fr")
    host.sign_in(*account)
    slug = host.make_room("Comité")
    host.join(slug)
    host.button("panels.chat").click()
    host.shows("chat.erased")
    field = host.page.locator("#chat-message")
    field.press_sequentially("**Ordre du jour** : https://example.org/a.")
    field.press("Shift+Enter")
    field.press_sequentially("- `un`")
    field.press("Enter")
    expect(line(host, "Ordre du jour").locator("strong").nth(1)).to_have_text("Ordre du jour")
    expect(line(host, "Ordre du jour").locator("li code")).to_have_text("un")

    # Who comes late, on a phone, reads it, and is not told that it is new.
    late = visit("en", 320, 640)
    late.join(slug, "Ali")
    late.button("call.more").click()
    late.page.get_by_role("menuitem", name=late.text("panels.chat")).click()
    link = line(late, "Ordre du jour").get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.org/a")
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert late.sees_all_across()
    late.is_accessible()

    # To one alone.
    host.page.get_by_role("button", name=host.text("chat.everyone")).click()
    host.page.get_by_role("option", name="Ali").click()
    expect(host.field("chat.privateMessage", name="Ali")).to_be_visible()
    write(host, "Entre nous")
    private = line(late, "Entre nous")
    expect(private).to_contain_text(late.text("chat.privateTo", name="Ali"))
    expect(late.page.get_by_role("status").filter(has_text="Entre nous")).to_have_count(1)
    late.is_accessible()
    host.shows("chat.readByOne", name="Ali")
    host.is_accessible()

    # A file, to be saved and not shown; what it is not is refused.
    give(host, "Annexe.pdf", b"%PDF-1.7")
    with late.page.expect_download() as saving:
        late.button("chat.take", name="Annexe.pdf").click()
    assert saving.value.suggested_filename == "Annexe.pdf"
    assert saving.value.path().read_bytes() == b"%PDF-1.7"
    give(host, "Annexe.pdf", b"<script>boom()</script>")
    host.shows("chat.failed.file_refused")
    host.is_accessible()
    late.is_accessible()
    assert late.sees_all_across()
    host.button("chat.discard").click()
    expect(field).to_be_focused()

    # What comes while the panel is closed is unread.
    host.page.keyboard.press("Escape")
    expect(host.button("panels.chat")).to_be_focused()
    write(late, "**Oups**")
    expect(host.page.locator(".toast").filter(has_text="Oups")).not_to_contain_text("*")
    unread = host.button("panels.chatUnread_one", count=1)
    unread.click()
    host.shows("chat.new")
    expect(host.page.locator(".toast").filter(has_text="Oups")).to_have_count(0, timeout=2_000)

    # A host closes it for the others, and takes back what they wrote.
    answer = line(host, "Oups")
    answer.get_by_role("button").click()
    host.page.get_by_role("menuitem", name=host.text("chat.delete")).click()
    for person in (host, late):
        expect(line(person, "Oups")).to_have_count(0)
    host.page.evaluate(PATCH, [f"/api/v1/rooms/{slug}", {"chat": "hosts", "chat_kept": True}])
    late.shows("chat.closed.hosts")
    host.shows("chat.kept")

    # The page of the meeting has it afterwards.
    late.button("panels.close").click()
    late.button("call.leave").click()
    late.link("ended.chat").click()
    expect(late.page).to_have_url(re.compile("/meetings/"))
    expect(line(late, "Ordre du jour")).to_be_visible()
    expect(line(late, "Entre nous")).to_contain_text(late.text("chat.privateTo", name="Ali"))
    late.is_accessible()


@pytest.mark.long
def test_a_message_that_did_not_arrive_is_sent_again(
    visit: Visit, account: tuple[str, str]
) -> None:
    host = visit("fr", 320, 640)
    host.sign_in(*account)
    slug = host.make_room("Comité")
    host.join(slug)
    host.button("call.more").click()
    host.page.get_by_role("menuitem", name=host.text("panels.chat")).click()
    host.page.route("**/messages", lambda route: route.fulfill(status=503, body="{}"))
    write(host, "Bonjour")
    host.shows("chat.failed.other")
    assert host.sees_all_across()
    host.is_accessible()
    host.page.unroute("**/messages")
    host.button("chat.retry").click()
    expect(host.page.get_by_text(host.text("chat.failed.other"))).to_have_count(0)
    expect(line(host, "Bonjour").get_by_role("button")).to_have_count(1)


PATCH = """async ([path, body]) => {
  const headers = { "Content-Type": "application/json" };
  const options = { method: "PATCH", headers, body: JSON.stringify(body) };
  if (!(await fetch(path, options)).ok) throw new Error("refused");
}"""
