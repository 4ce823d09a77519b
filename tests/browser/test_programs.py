"""API keys and the audit as administrators of the instance meet them in the console."""

import json

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import Visit, in_both_languages, settle
from tests.browser.server import Server
from tests.browser.test_console import looked_at, row
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture(scope="module")
def keeper(server: Server, chromium: Browser) -> tuple[str, str]:
    """Address and password of an administrator."""
    return settle(server, chromium, "garde@example.org", "Rose Racine", "--administrator")


@in_both_languages
def test_keys_are_made_and_revoked_and_the_audit_tells(
    visit: Visit, chromium: Browser, server: Server, keeper: tuple[str, str], language: str
) -> None:
    person = visit(language)
    person.sign_in(*keeper)
    person.go("/admin")
    person.link("admin.keys.title").click()
    key = a_key_is_made(person, f"Salle {language}")
    assert uses(chromium, server, key, f"Conseil {language}") == 201
    it_is_renamed_and_revoked(person, language)
    assert uses(chromium, server, key, "X") == 401
    a_service_is_kept_out(person, f"Salle {language}")
    the_audit_is_looked_through(person, keeper[0], f"Conseil {language}")
    the_chain_is_verified(person)


def a_key_is_made(person: Visitor, service: str) -> str:
    person.link("admin.keys.services").click()
    person.button("admin.keys.makeService").click()
    person.field("admin.keys.name").fill(service)
    person.button("common.save").click()
    person.page.get_by_role("dialog").wait_for(state="detached")
    looked_at(person)
    person.button("admin.keys.makeFor", name=service).click()
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_label(person.text("admin.keys.name"), exact=True).fill("Portier")
    submit = dialog.get_by_role("button", name=person.text("admin.keys.make"), exact=True)
    submit.click()
    expect(dialog.get_by_text(person.text("admin.keys.oneAtLeast"))).to_be_visible()
    right(person, "rooms_write").press("Space")
    right(person, "rooms_read").press("Space")
    looked_at(person)
    submit.click()
    person.shows("admin.keys.once")
    looked_at(person)
    text = str(dialog.locator("code").first.text_content())
    person.button("admin.keys.copy").click()
    person.shows("common.copied")
    assert person.page.evaluate("navigator.clipboard.readText()") == text
    person.button("admin.keys.kept").click()
    dialog.wait_for(state="detached")
    assert text not in person.page.content()
    return text


def right(person: Visitor, word: str) -> Locator:
    name = person.text(f"admin.keys.scopes.{word}.title")
    return person.page.get_by_role("checkbox", name=name)


def uses(chromium: Browser, server: Server, key: str, title: str) -> int:
    """What a program gets that shows this key."""
    context = chromium.new_context(base_url=server.url)
    bearer = {"Authorization": f"Bearer {key}"}
    answer = context.request.post("/api/v1/rooms", data={"title": title}, headers=bearer)
    context.close()
    return answer.status


def it_is_renamed_and_revoked(person: Visitor, language: str) -> None:
    person.link("admin.keys.keys").click()
    person.field("admin.keys.search").fill(f"salle {language}")
    line = row(person, "Portier")
    expect(line).to_contain_text(person.text("admin.keys.scopes.rooms_write.title"))
    expect(line).not_to_contain_text(person.text("admin.keys.never"))
    looked_at(person)
    person.button("admin.keys.renameNamed", name="Portier").click()
    person.field("admin.keys.name").fill("Gardien")
    person.button("common.save").click()
    person.button("admin.keys.revokeNamed", name="Gardien").click()
    person.shows("admin.keys.revokeText")
    person.button("admin.keys.revoke").click()
    revoked = person.text("admin.keys.states.revoked", day="").strip()
    expect(row(person, "Gardien")).to_contain_text(revoked)
    expect(person.button("admin.keys.revokeNamed", name="Gardien")).to_be_hidden()
    with person.page.expect_download() as download:
        person.link("admin.csv").click()
    assert f"Gardien,Salle {language},rooms:read rooms:write" in (
        download.value.path().read_text("utf-8-sig")
    )
    person.field("admin.keys.search").fill("nothing of that name")
    person.shows("admin.nothing")
    looked_at(person)


def a_service_is_kept_out(person: Visitor, service: str) -> None:
    person.link("admin.keys.services").click()
    person.button("admin.keys.disableNamed", name=service).click()
    person.button("admin.keys.disable").click()
    expect(row(person, service)).to_contain_text(person.text("admin.keys.disabled"))
    person.button("admin.keys.enableNamed", name=service).click()
    person.button("admin.keys.enable").click()
    expect(row(person, service)).to_contain_text(person.text("admin.keys.enabled"))


def the_audit_is_looked_through(person: Visitor, address: str, title: str) -> None:
    person.link("admin.audit.title").click()
    what = person.text("admin.audit.things.account", name=title.replace("Conseil", "Salle"))
    sentence = person.text("admin.audit.says.account_enabled", who="Rose Racine", what=what)
    expect(person.page.get_by_text(sentence)).to_be_visible()
    looked_at(person)
    person.field("admin.audit.person").fill("nobody@example.org")
    person.button("admin.audit.ask").click()
    person.shows("problems.address_unknown.title")
    person.field("admin.audit.person").fill(address)
    person.page.get_by_role("button", name=person.text("admin.audit.anyAct")).click()
    person.page.get_by_role("option", name=person.text("admin.audit.acts.key_revoked")).click()
    person.button("admin.audit.ask").click()
    lines = person.page.get_by_role("row")
    revoked = person.text("admin.audit.things.key", name="Gardien")
    said = person.text("admin.audit.says.key_revoked", who="Rose Racine", what=revoked)
    expect(lines.nth(1)).to_contain_text(said)
    with person.page.expect_download() as download:
        person.link("admin.audit.jsonl").click()
    rows = [json.loads(one) for one in download.value.path().read_text().splitlines()]
    assert {one["act"] for one in rows} == {"key.revoked"}
    person.page.locator("summary").first.click()
    looked_at(person)
    person.button("admin.audit.allOfObject").first.click()
    made = person.text("admin.audit.says.key_made", who="Rose Racine", what=revoked)
    expect(person.page.get_by_text(made)).to_be_visible()
    person.button("admin.audit.clear").click()
    place = person.text("admin.audit.things.room", name=title)
    program = person.text("admin.audit.by.key", name="Gardien")
    created = person.text("admin.audit.says.room_created", who=program, what=place)
    expect(person.page.get_by_text(created)).to_be_visible()


def the_chain_is_verified(person: Visitor) -> None:
    person.button("admin.audit.verify").click()
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_role("button", name=person.text("admin.audit.verifyNow")).click()
    person.shows("admin.audit.holds")
    end = str(dialog.locator("code").text_content())
    dialog.get_by_label(person.text("admin.audit.noted"), exact=True).fill(
        f"{end.partition(':')[0]}:{'0' * 64}"
    )
    dialog.get_by_role("button", name=person.text("admin.audit.verifyNow")).click()
    person.shows("admin.audit.broken")
    person.shows("admin.audit.faults.changed", number=end.partition(":")[0])
    looked_at(person)
