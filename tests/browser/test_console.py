"""The console as administrators of the instance meet it."""

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, expect

from tests.browser.conftest import PASSWORD, Visit, settle
from tests.browser.server import Server
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

ROOT = "root@example.org"


@pytest.fixture(scope="module")
def root(server: Server, chromium: Browser) -> str:
    """The address of an administrator, whose password is PASSWORD."""
    return settle(server, chromium, ROOT, "Rose Racine", "--administrator")[0]


def looked_at(person: Visitor) -> None:
    """The page is accessible and fits, on a wide screen and on a narrow one."""
    for width, height in ((320, 640), (1280, 800)):
        person.page.set_viewport_size({"width": width, "height": height})
        person.is_accessible()
        assert person.sees_all_across(), (person.page.url, width)


def row(person: Visitor, name: str) -> Locator:
    return person.page.get_by_role("row").filter(has_text=name)


def test_an_administrator_runs_the_instance_from_the_console(
    visit: Visit, account: tuple[str, str], root: str
) -> None:
    host = visit("en")
    host.sign_in(*account)
    slug = host.make_room("Comité de direction")
    host.go("/admin")
    host.shows("admin.refused")
    looked_at(host)

    person = visit("fr")
    person.sign_in(root, PASSWORD)
    person.go("/")
    person.button("account.menu", name="Rose Racine").click()
    person.page.get_by_role("menuitem", name=person.text("account.console")).click()
    person.shows("admin.live.none")
    looked_at(person)
    meetings_are_watched_and_ended(visit, person, slug, "Comité de direction")
    the_service_gets_another_look(visit("en"), person)
    the_policy_rules_what_others_may_choose(host, person)
    it_is_all_there_in_english(visit("en"), root)


def meetings_are_watched_and_ended(visit: Visit, person: Visitor, slug: str, title: str) -> None:
    guests = {name: visit("en") for name in ("Zoé", "Anaïs")}
    for name, guest in guests.items():
        guest.join(slug, name)
    # The list comes by itself.
    person.page.get_by_role("link", name=title).click()
    zoe = row(person, "Zoé")
    expect(zoe).to_contain_text(person.text("admin.live.by.guest"))
    expect(zoe).to_contain_text(person.text("admin.live.qualities.excellent"))
    expect(zoe).to_contain_text(person.text("admin.live.sources.microphone"))
    looked_at(person)

    person.button("admin.live.name").click()
    expect(person.page.get_by_role("row").nth(1)).to_contain_text("Zoé")
    person.field("admin.live.searchPeople").fill("anais")
    expect(zoe).to_be_hidden()
    with person.page.expect_download() as download:
        person.link("admin.csv").click()
    table = download.value.path().read_text("utf-8-sig")
    assert "Anaïs,guest,guest," in table

    person.button("admin.live.remove", name="Anaïs").click()
    person.shows("admin.live.removeText")
    looked_at(person)
    person.button("people.remove").click()
    person.field("admin.live.searchPeople").fill("")
    expect(zoe).to_be_visible()
    expect(row(person, "Anaïs")).to_be_hidden()
    expect(guests["Anaïs"].button("call.leave")).to_be_hidden()

    person.button("admin.live.end").click()
    person.shows("admin.live.endText")
    dialog = person.page.get_by_role("alertdialog")
    dialog.get_by_role("button", name=person.text("admin.live.end")).click()
    person.shows("admin.live.over")
    looked_at(person)
    expect(guests["Zoé"].button("call.leave")).to_be_hidden()


def the_service_gets_another_look(stranger: Visitor, person: Visitor) -> None:
    stranger.go("/")
    person.link("admin.branding.title").click()
    person.field("admin.branding.name").fill("Préfecture & co")
    person.field("admin.branding.accent").fill("#ffdd00")
    person.shows("admin.branding.faint.light")
    expect(person.button("common.save")).to_be_disabled()
    person.field("admin.branding.accent").fill("#6a1b9a")
    with person.page.expect_file_chooser() as chooser:
        person.button("admin.branding.chooseLogo").click()
    chooser.value.set_files(LOGO)
    person.button("admin.branding.addLink").click()
    person.field("admin.branding.linkFr").fill("Mentions légales")
    person.field("admin.branding.linkEn").fill("Legal notice")
    person.field("admin.branding.linkUrl").fill("https://example.org/legal")
    person.field("admin.branding.footer_fr").fill("Le pied de page")
    person.field("admin.branding.footer_en").fill("The footer")
    for theme in ("light", "dark"):
        preview = person.page.get_by_role("group", name=person.text(f"themes.{theme}"))
        expect(preview.locator("img")).to_have_js_property("complete", True)
    looked_at(person)
    assert accent_of(person) == "#000091"
    person.button("common.save").click()
    person.shows("admin.branding.saved")
    person.page.wait_for_function(f"() => {ACCENT} === '#6a1b9a'")

    # Before any script has run: nothing flashes.
    stranger.page.route("**/*.js", lambda route: route.abort())
    stranger.page.reload()
    assert stranger.page.title() == "Préfecture & co"
    assert accent_of(stranger) == "#6a1b9a"
    stranger.page.unroute("**/*.js")
    for theme in ("dark", "light"):
        stranger.page.evaluate(f"localStorage.setItem('visio.theme', '{theme}')")
        stranger.page.reload()
        stranger.shows("welcome.title")
        assert stranger.page.locator(".logo img").evaluate("image => image.naturalWidth") > 0
        looked_at(stranger)
    english = stranger.page.locator("html").get_attribute("lang") == "en"
    words = ("Legal notice", "The footer") if english else ("Mentions légales", "Le pied de page")
    footer = stranger.page.get_by_role("contentinfo")
    expect(footer.get_by_role("link", name=words[0])).to_be_visible()
    expect(footer).to_contain_text(words[1])

    person.button("admin.branding.undo").click()
    person.shows("admin.branding.undone")
    expect(person.field("admin.branding.name")).to_have_value("Visio")
    person.page.wait_for_function(f"() => {ACCENT} === '#000091'")
    stranger.page.reload()
    expect(stranger.page).to_have_title(f"{stranger.text('home.title')} · Visio")


def the_policy_rules_what_others_may_choose(host: Visitor, person: Visitor) -> None:
    person.link("admin.policy.title").click()
    public = person.page.get_by_role("checkbox", name=person.text("access.public.title"))
    expect(public).to_be_checked()
    looked_at(person)
    public.press("Space")
    person.field("admin.policy.most").fill("7")
    person.button("common.save").click()
    person.shows("admin.policy.saved")

    host.go("/")
    host.button("rooms.create").first.click()
    dialog = host.page.get_by_role("dialog")
    expect(dialog.get_by_text(host.text("access.trusted.title"))).to_be_visible()
    expect(dialog.get_by_text(host.text("access.public.title"))).to_be_hidden()

    public.press("Space")
    person.field("admin.policy.most").fill("0")
    person.page.get_by_role("radio", name=person.text("admin.policy.by.administrators")).press(
        "Space"
    )
    person.button("common.save").click()
    person.shows("admin.policy.saved")
    host.go("/")
    host.shows("rooms.mine")
    expect(host.button("rooms.create")).to_be_hidden()

    person.page.get_by_role("radio", name=person.text("admin.policy.by.everybody")).press("Space")
    person.button("common.save").click()
    person.shows("admin.policy.saved")


def it_is_all_there_in_english(person: Visitor, root: str) -> None:
    person.sign_in(root, PASSWORD)
    for path, key in (
        ("/admin", "admin.live.none"),
        ("/admin/branding", "admin.branding.name"),
        ("/admin/policy", "admin.policy.most"),
    ):
        person.go(path)
        person.shows(key)
        person.is_accessible()


def accent_of(person: Visitor) -> str:
    return str(person.page.evaluate(ACCENT))


ACCENT = "getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()"
LOGO: FilePayload = {
    "name": "logo.svg",
    "mimeType": "image/svg+xml",
    "buffer": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9">'
    b'<path d="M0 0h9v9z" fill="#6a1b9a"/></svg>',
}
