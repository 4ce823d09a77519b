import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def asks(guest: Visitor, slug: str, name: str) -> None:
    """Somebody asks to be let in."""
    guest.go(f"/{slug}")
    guest.field("prejoin.name").fill(name)
    guest.button("prejoin.ask").click()


def notice(host: Visitor) -> Locator:
    """What tells a host that somebody waits."""
    return host.page.get_by_role("group", name=host.text("lobby.title"))


def row(host: Visitor, name: str) -> Locator:
    """Somebody in the people panel."""
    return host.page.locator(".people-list li").filter(has_text=name)


def acts(host: Visitor, name: str, key: str) -> None:
    """Choose something from somebody's menu."""
    row(host, name).get_by_role("button", name=host.text("people.actions", name=name)).click()
    host.page.get_by_role("menuitem", name=host.text(key), exact=True).click()


def is_offered(person: Visitor, name: str, key: str) -> bool:
    """Whether something is in somebody's menu, in which everybody finds the pin."""
    row(person, name).get_by_role("button", name=person.text("people.actions", name=name)).click()
    items = person.page.get_by_role("menuitem")
    items.filter(has_text=person.text("stage.pin")).wait_for()
    offered = items.filter(has_text=person.text(key)).count() > 0
    person.page.keyboard.press("Escape")
    items.first.wait_for(state="hidden")
    return offered


def more(host: Visitor, key: str) -> None:
    host.button("call.more").click()
    host.page.get_by_role("menuitem", name=host.text(key), exact=True).click()


def toggle(host: Visitor, key: str) -> None:
    """Use a switch of the open dialog."""
    host.page.locator(".dialog").get_by_text(host.text(key), exact=True).click()


def dialog_is_accessible(person: Visitor) -> None:
    """Look at the open dialog once it no longer fades in: half seen, it has little contrast."""
    person.page.locator(".scrim").evaluate(
        "async (scrim) => { await Promise.all("
        "scrim.getAnimations({ subtree: true }).map(({ finished }) => finished)) }"
    )
    person.is_accessible()


def test_a_guest_on_a_phone_waits_for_a_host_and_is_let_in(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité", access="restricted")
    guest = visit("en", 360, 740)
    guest.go(f"/{slug}")
    guest.shows("lobby.closedDoor")
    guest.is_accessible()
    asks(guest, slug, "Ali")
    guest.shows("lobby.absent.title")
    guest.is_accessible()
    assert guest.sees_all_across()
    expect(guest.page.get_by_text("Comité")).to_have_count(0)

    host.join(slug)
    guest.shows("lobby.asked.title")
    expect(notice(host)).to_contain_text("Ali")
    expect(notice(host)).to_contain_text(host.text("lobby.kind.guest"))
    host.is_accessible()
    notice(host).get_by_role("button", name=host.text("lobby.admit"), exact=True).click()
    guest.button("call.leave").wait_for()
    expect(notice(host)).to_be_hidden()
    host.sees("Ali")
    guest.sees("Camille Martin")


def test_two_hosts_see_who_waits_and_one_answer_is_enough(
    visit: Visit, host: Visitor, server: Server
) -> None:
    slug = host.make_room("Comité", access="restricted")
    other = second_host(visit, host, server, slug)
    for one in (host, other):
        one.join(slug)
    guests = {name: visit("en") for name in ("Ali", "Zoé")}
    for name, guest in guests.items():
        asks(guest, slug, name)
        guest.shows("lobby.asked.title")
    host.button("lobby.show").click()
    other.button("lobby.show").click()
    for one in (host, other):
        for name in guests:
            expect(row(one, name)).to_contain_text(one.text("lobby.kind.guest"))
        one.is_accessible()

    host.field("lobby.message").fill("Encore cinq minutes")
    host.button("lobby.send").click()
    for guest in guests.values():
        expect(guest.page.get_by_text("Encore cinq minutes")).to_be_visible()
        guest.is_accessible()
    other.shows("lobby.told", message="Encore cinq minutes")

    other.button("lobby.denyNamed", name="Zoé").click()
    guests["Zoé"].shows("problems.lobby_denied.title")
    guests["Zoé"].is_accessible()
    expect(row(host, "Zoé")).to_be_hidden()
    host.button("lobby.admitNamed", name="Ali").click()
    guests["Ali"].button("call.leave").wait_for()
    for one in (host, other):
        expect(one.page.locator(".waiting-people")).to_be_hidden()

    guests["Zoé"].button("prejoin.ask").click()
    other.button("lobby.banNamed", name="Zoé").click()
    guests["Zoé"].shows("problems.lobby_denied.title")
    guests["Zoé"].button("prejoin.ask").click()
    expect(guests["Zoé"].button("prejoin.ask")).to_be_visible()
    expect(row(host, "Zoé")).to_be_hidden()


def test_who_waits_is_told_when_the_host_leaves_and_may_stop_waiting(
    visit: Visit, host: Visitor
) -> None:
    slug = host.make_room("Comité", access="restricted")
    host.join(slug)
    guest = visit("en")
    asks(guest, slug, "Ali")
    guest.shows("lobby.asked.title")
    host.button("call.leave").click()
    guest.shows("lobby.absent.title")
    host.button("ended.rejoin").click()
    host.button("prejoin.join").click()
    guest.shows("lobby.asked.title")
    guest.button("lobby.giveUp").click()
    expect(notice(host)).to_be_hidden()
    expect(guest.button("prejoin.ask")).to_be_visible()


def test_a_wrong_link_looks_like_a_closed_room(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Secret", access="restricted")
    for address in (slug, "no-such-room"):
        stranger = visit("fr")
        asks(stranger, address, "Eve")
        stranger.shows("lobby.absent.title")
        expect(stranger.page.get_by_role("heading", level=1)).to_have_text(address)


def test_rules_take_effect_on_those_inside_at_once(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en")
    guest.join(slug, "Ali")
    host.sees("Ali")

    more(host, "rules.title")
    host.page.get_by_role("dialog", name=host.text("rules.title")).wait_for()
    dialog_is_accessible(host)
    toggle(host, "rules.camera")
    expect(guest.button("media.noCamera")).to_be_disabled()
    expect(host.tile("Ali").locator("video")).to_have_count(0)
    toggle(host, "rules.locked")
    guest.shows("call.locked")
    guest.is_accessible()
    late = visit("en")
    late.go(f"/{slug}")
    late.field("prejoin.name").fill("Zoé")
    late.button("prejoin.join").click()
    late.shows("problems.room_locked.title")
    toggle(host, "rules.locked")
    expect(guest.page.get_by_text(guest.text("call.locked"), exact=True)).to_be_hidden()
    late.button("prejoin.join").click()
    late.button("call.leave").wait_for()
    expect(late.button("media.noCamera")).to_be_disabled()
    toggle(host, "rules.camera")
    guest.button("media.cameraOn").click()
    toggle(host, "rules.transcribing")
    host.page.keyboard.press("Escape")
    host.sees("Ali")
    host.button("panels.transcript").click()
    host.shows("transcript.never")
    host.is_accessible()


def test_a_host_mutes_promotes_removes_and_ends(
    visit: Visit, host: Visitor, server: Server
) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    given = server.add_account("dominique@example.org", "Dominique Petit")
    member, guest = visit("fr"), visit("en")
    own_password(member, "dominique@example.org", given)
    member.join(slug)
    guest.join(slug, "Ali")
    host.page.locator("#panel-button-people").click()

    acts(host, "Ali", "people.mute")
    guest.button("media.unmute").wait_for()
    guest.button("media.unmute").click()
    host.button("people.muteAll").click()
    for one in (member, guest):
        one.button("media.unmute").wait_for()
    expect(host.button("media.mute")).to_be_visible()

    member.page.locator("#panel-button-people").click()
    assert not is_offered(member, "Ali", "people.remove")
    acts(host, "Dominique Petit", "people.make.administrator")
    for one in (host, member):
        expect(row(one, "Dominique Petit")).to_contain_text(one.text("roles.administrator"))

    acts(member, "Ali", "people.remove")
    member.shows("people.removeTitle", name="Ali")
    dialog_is_accessible(member)
    member.button("people.remove").click()
    guest.shows("endings.removed.title")

    more(host, "call.end")
    host.shows("call.endText")
    dialog_is_accessible(host)
    host.button("call.end").click()
    for one in (host, member):
        one.shows("endings.room_closed_by_hosts.title")


def test_members_and_rules_are_kept_on_the_rooms_page(
    visit: Visit, account: tuple[str, str], server: Server
) -> None:
    server.add_account("claude@example.org", "Claude Roy")
    person = visit("fr", 360, 740)
    person.sign_in(*account)
    person.make_room("Équipe du lundi", access="restricted")
    person.go("/")
    person.button("rooms.actions", title="Équipe du lundi").click()
    person.page.get_by_role("menuitem", name=person.text("members.title")).click()
    person.shows("members.of", title="Équipe du lundi")
    person.field("members.email").fill("claude@example.org")
    person.button("members.add").click()
    expect(person.page.get_by_text("Claude Roy", exact=True)).to_be_visible()
    dialog_is_accessible(person)
    assert person.sees_all_across()
    person.field("members.email").fill("nobody@example.org")
    person.button("members.add").click()
    person.shows("problems.address_unknown.title")
    person.button("members.remove", name="Claude Roy").click()
    expect(person.page.get_by_text("Claude Roy", exact=True)).to_be_hidden()
    person.button("members.remove", name="Camille Martin").click()
    person.shows("problems.last_owner.title")
    person.page.keyboard.press("Escape")

    person.button("rooms.actions", title="Équipe du lundi").click()
    person.page.get_by_role("menuitem", name=person.text("rooms.edit")).click()
    person.field("rules.most").wait_for()
    dialog_is_accessible(person)
    toggle(person, "rules.microphone")
    person.field("rules.most").fill("12")
    person.field("rules.retention").fill("7")
    person.button("common.save").click()
    expect(person.page.get_by_role("dialog")).to_be_hidden()
    person.button("rooms.actions", title="Équipe du lundi").click()
    person.page.get_by_role("menuitem", name=person.text("rooms.edit")).click()
    expect(person.field("rules.most")).to_have_value("12")
    expect(person.field("rules.retention")).to_have_value("7")
    expect(person.field("rules.microphone")).not_to_be_checked()


def test_a_room_gets_a_chosen_name_in_its_link(visit: Visit, account: tuple[str, str]) -> None:
    person = visit("fr")
    person.sign_in(*account)
    person.go("/")
    person.button("rooms.create").first.click()
    person.field("rooms.title").fill("Revue de code")
    person.field("rooms.slug").fill("revue-de-code")
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_role("button", name=person.text("rooms.create")).click()
    person.shows("rooms.ready")
    person.link("rooms.enter").click()
    expect(person.page).to_have_url(re.compile("/revue-de-code$"))


def own_password(person: Visitor, email: str, given: str) -> None:
    """Sign in with a one-time password, and replace it."""
    headers = {"Origin": person.url}
    signed_in = person.context.request.post(
        "/api/v1/session", data={"email": email, "password": given}, headers=headers
    )
    changed = person.context.request.put(
        "/api/v1/session/password",
        data={"current": given, "new": "une phrase de passe à soi"},
        headers=headers,
    )
    assert (signed_in.status, changed.status) == (200, 204)


def second_host(visit: Visit, host: Visitor, server: Server, slug: str) -> Visitor:
    """Another person who decides for the room."""
    email = "maxime@example.org"
    other = visit("fr")
    own_password(other, email, server.add_account(email, "Maxime Leroy"))
    added = host.context.request.post(
        f"/api/v1/rooms/{slug}/members",
        data={"email": email, "role": "administrator"},
        headers={"Origin": host.url},
    )
    assert added.status == 204
    return other
