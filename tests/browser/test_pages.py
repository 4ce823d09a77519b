import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

narrow_and_wide = pytest.mark.parametrize(
    ("language", "size"), [("fr", (320, 640)), ("en", (1280, 800))], ids=["narrow", "wide"]
)
"""320 px is also what is left of 1280 at a zoom of 400 % (WCAG 2.2, 1.4.10); French is longer."""


@narrow_and_wide
def test_pages_of_a_stranger_are_accessible(
    visit: Visit, account: tuple[str, str], language: str, size: tuple[int, int]
) -> None:
    host = visit(language)
    host.sign_in(*account)
    slug = host.make_room("Comité")

    stranger = visit(language, *size)
    for path, key in [
        ("/", "welcome.title"),
        ("/login", "account.welcome"),
        ("/no/such/page", "notFound.title"),
        ("/no-such-room", "lobby.closedDoor"),
        ("/meetings/no-such-meeting", "meetings.unknown"),
        (f"/{slug}", "prejoin.nameHint"),
    ]:
        stranger.go(path)
        stranger.shows(key)
        stranger.is_accessible()
        assert stranger.sees_all_across(), path
        expect(stranger.link("connectionTest.link")).to_have_count(1)
    assert stranger.page.locator("html").get_attribute("lang") == language


@narrow_and_wide
def test_pages_of_somebody_signed_in_are_accessible(
    visit: Visit, account: tuple[str, str], language: str, size: tuple[int, int]
) -> None:
    person = visit(language, *size)
    person.sign_in(*account)
    person.go("/")
    person.shows("rooms.mine")
    person.is_accessible()

    person.button("rooms.create").first.click()
    person.field("rooms.title").fill("Équipe")
    person.is_accessible()
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_text(person.text("access.public.title")).click()
    dialog.get_by_role("button", name=person.text("rooms.create")).click()
    person.shows("rooms.ready")
    person.is_accessible()

    person.link("rooms.enter").click()
    person.button("prejoin.join").wait_for()
    person.is_accessible()
    assert person.sees_all_across()


def test_both_themes_are_readable_on_pages_and_in_the_call(
    visit: Visit, account: tuple[str, str]
) -> None:
    person = visit()
    person.sign_in(*account)
    slug = person.make_room("Comité")
    for theme in ("light", "dark"):
        person.go("/")
        person.page.evaluate(f"localStorage.setItem('visio.theme', '{theme}')")
        person.page.reload()
        person.shows("rooms.mine")
        expect(person.page.locator("html")).to_have_css("color-scheme", theme)
        person.is_accessible()
        person.join(slug)
        person.shows("call.alone")
        person.is_accessible()


def test_the_language_is_changed_in_place_and_kept(visit: Visit) -> None:
    person = visit("fr")
    person.go("/")
    person.button("preferences.title").click()
    person.page.get_by_role("menu").wait_for()
    person.is_accessible(menu=True)
    person.page.get_by_role("menuitemradio", name="English").click()
    expect(person.page.locator("html")).to_have_attribute("lang", "en")
    person.page.reload()
    expect(person.page.locator("html")).to_have_attribute("lang", "en")


def test_a_one_time_password_is_replaced_before_anything_else(visit: Visit, server: Server) -> None:
    given = server.add_account("nouvelle@example.org", "Nouvelle Personne")
    person = visit()
    person.go("/")
    person.link("account.signIn").first.click()
    person.field("account.email").fill("nouvelle@example.org")
    person.field("account.password").fill("not this one, surely")
    person.button("account.signIn").click()
    person.shows("problems.invalid_credentials.title")
    person.is_accessible()

    person.field("account.password").fill(given)
    person.button("account.signIn").click()
    person.shows("password.title")
    person.is_accessible()
    person.go("/")
    person.shows("password.title")

    person.field("password.given").fill(given)
    person.field("password.new").fill("une autre phrase de passe")
    person.field("password.again").fill("une autre phrase de passe")
    person.button("password.save").click()
    person.shows("home.greeting", name="Nouvelle")

    person.button("account.menu", name="Nouvelle Personne").click()
    person.page.get_by_role("menuitem", name=person.text("account.signOut")).click()
    person.shows("welcome.title")


def test_a_room_is_renamed_and_deleted(visit: Visit, account: tuple[str, str]) -> None:
    person = visit()
    person.sign_in(*account)
    person.make_room("Ancien nom")
    person.go("/")
    person.button("rooms.actions", title="Ancien nom").click()
    person.page.get_by_role("menuitem", name=person.text("rooms.edit")).click()
    person.field("rooms.title").fill("Nouveau nom")
    person.button("common.save").click()

    person.button("rooms.actions", title="Nouveau nom").click()
    person.page.get_by_role("menuitem", name=person.text("rooms.delete")).click()
    person.shows("rooms.deleteText")
    person.is_accessible()
    person.button("rooms.delete").click()
    expect(person.button("rooms.actions", title="Nouveau nom")).to_be_hidden()


def test_a_pasted_link_leads_to_the_room(visit: Visit, account: tuple[str, str]) -> None:
    host = visit()
    host.sign_in(*account)
    slug = host.make_room("Comité de lecture")
    guest = visit("en")
    guest.go("/")
    guest.field("join.invited").fill(f"{guest.url}/{slug}?from=mail")
    guest.button("join.action").click()
    expect(guest.page.get_by_role("heading", name="Comité de lecture")).to_be_visible()


def test_a_refused_camera_is_explained_and_does_not_keep_anybody_out(
    visit: Visit, account: tuple[str, str]
) -> None:
    host = visit()
    host.sign_in(*account)
    slug = host.make_room("Comité")
    guest = visit("en")
    guest.context.add_init_script(
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('Permission denied', 'NotAllowedError'))"
    )
    guest.go(f"/{slug}")
    guest.shows("deviceProblems.denied.title", device=guest.text("deviceNames.both"))
    guest.is_accessible()
    guest.field("prejoin.name").fill("Ali")
    guest.button("prejoin.join").click()
    guest.button("call.leave").wait_for()
    guest.button("media.unmute").click()
    guest.shows("deviceProblems.denied.title", device=guest.text("deviceNames.microphone"))


def test_one_joins_from_a_phone_without_scrolling(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    guest = visit("fr", 360, 740)
    guest.go(f"/{slug}")
    expect(guest.button("prejoin.join")).to_be_in_viewport(ratio=1)
    guest.is_accessible()
    # The button does not lie over what a keyboard has come to.
    guest.page.locator(".join-form input[type=checkbox]").focus()
    boxes = [guest.page.locator(".join-form .checkbox"), guest.button("prejoin.join")]
    checkbox, button = (one.bounding_box() for one in boxes)
    assert checkbox
    assert button
    assert checkbox["y"] + checkbox["height"] <= button["y"]


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
def test_main_screens_can_be_used_at_400_percent(
    visit: Visit, account: tuple[str, str], language: str
) -> None:
    """What is left of 1280 by 1024, wherever in a meeting one is."""
    person = visit(language, 320, 256)
    person.sign_in(*account)
    slug = person.make_room("Comité")
    person.go("/")
    person.shows("rooms.mine")
    is_usable(person)
    person.go(f"/{slug}")
    person.button("prejoin.join").wait_for()
    is_usable(person)
    person.join(slug)
    is_usable(person)
    for panel in ("people", "chat", "transcript"):
        person.button("call.more").click()
        person.page.get_by_role("menuitem", name=person.text(f"panels.{panel}")).click()
        person.page.locator("aside.panel").wait_for()
        is_usable(person)
        person.page.keyboard.press("Escape")
    person.button("call.leave").click()
    person.shows("ended.title")
    is_usable(person)


def is_usable(person: Visitor) -> None:
    person.is_accessible()
    assert person.sees_all_across()
