"""Accounts as people meet them: letters, links, authenticators, an identity provider."""

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests import post
from tests.auth.test_factors import code_at
from tests.browser.letters import Letters
from tests.browser.server import Server, running_server
from tests.browser.visitor import Visitor
from tests.identity.idp import Idp, running_idp
from tests.processes import free_ports
from visio.views.state import clock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

PASSWORD = "une phrase de passe choisie"


LOOKS: dict[str, ViewportSize] = {
    "fr": {"width": 320, "height": 640},
    "en": {"width": 1280, "height": 800},
}


@pytest.fixture(scope="module")
def idp() -> Iterator[Idp]:
    with running_idp("keycloak") as idp:
        yield idp


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, letters: Letters, idp: Idp) -> Iterator[Server]:
    """A server in earnest: with mail and a provider, and more demanded of administrators."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "master").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    more = {**post.settings(letters.office), **idp.settings(folder)}
    port, media_port = more.pop("port"), free_ports(1)[0]
    with running_server(
        folder,
        f"sqlite+aiosqlite:///{folder / 'visio.db'}",
        ports=(port, media_port),
        VISIO_DEMO="false",
        VISIO_SECRET_KEY=secrets.token_urlsafe(48),
        VISIO_MASTER_KEY_FILE=str(folder / "master"),
        **{f"VISIO_{name.upper()}": str(value) for name, value in more.items()},
    ) as server:
        yield server


@pytest.fixture
def visit(chromium: Browser, house: Server, idp: Idp) -> Iterator[Callable[[str], Visitor]]:
    """Open a browser for somebody; in the end none may have complained."""
    with ExitStack() as contexts:
        visitors: list[Visitor] = []

        def open_context(language: str) -> Visitor:
            context = chromium.new_context(
                base_url=house.url,
                locale={"fr": "fr-FR", "en": "en-GB"}[language],
                viewport=LOOKS[language],
                permissions=["clipboard-write", "clipboard-read"],
            )
            contexts.callback(context.close)
            visitors.append(Visitor(context, house.url, language, also=(idp.issuer,)))
            return visitors[-1]

        yield open_context
        assert [visitor.complaints for visitor in visitors] == [[] for _ in visitors]


def choose_password(person: Visitor, password: str = PASSWORD) -> None:
    person.field("password.new").fill(password)
    person.field("password.again").fill(password)


def own_password(person: Visitor) -> Locator:
    """The field for it: a section of the page has the same name."""
    return person.page.locator("input[autocomplete=current-password]")


def set_up_factor(person: Visitor) -> list[str]:
    """From the field for the password on; the recovery codes."""
    own_password(person).fill(PASSWORD)
    person.button("factor.begin").click()
    picture = person.page.get_by_alt_text(person.text("factor.picture"))
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    person.is_accessible()
    secret = (person.page.locator(".secret").text_content() or "").replace(" ", "")
    person.field("factor.code").fill("000000")
    person.button("factor.confirm").click()
    person.shows("problems.wrong_code.title")
    person.field("factor.code").fill(code_at(secret, clock()))
    person.button("factor.confirm").click()
    person.shows("factor.keep")
    person.is_accessible()
    codes = person.page.locator(".recovery-codes code").all_text_contents()
    person.button("factor.kept").click()
    return codes


def sign_in(person: Visitor, email: str, password: str) -> None:
    person.go("/login")
    person.field("account.email").fill(email)
    person.field("account.password").fill(password)
    person.button("account.signIn").click()


def test_an_administrator_starts_and_invites_who_forgets_the_password(
    visit: Callable[[str], Visitor], house: Server, letters: Letters
) -> None:
    root, given = visit("fr"), house.add_account("root@x.fr", "Ro", "--administrator")
    sign_in(root, "root@x.fr", given)
    root.field("password.given").fill(given)
    choose_password(root)
    root.button("password.save").click()
    root.shows("factor.required")
    root.is_accessible()
    root.go("/")
    root.shows("factor.required")
    assert len(set_up_factor(root)) == 8
    root.shows("home.greeting", name="Ro")

    email = "ada@x.fr"
    root.post("/api/v1/accounts", {"email": email, "name": "Ada", "language": "en"})
    link = letters.link()
    invited = visit("en")
    invited.go(link)
    invited.shows("link.invitation", name="Ada", email=email)
    assert "#" not in invited.page.url
    invited.is_accessible()
    choose_password(invited)
    invited.button("link.save").click()
    invited.shows("link.done")
    invited.is_accessible()
    invited.link("account.signIn").last.click()
    invited.link("account.forgotten").click()
    invited.shows("forgotten.lead")
    invited.is_accessible()
    invited.field("account.email").fill(email)
    invited.button("forgotten.ask").click()
    invited.shows("forgotten.sent")
    invited.is_accessible()

    again = letters.link()
    invited.go("/")
    invited.go(again)
    choose_password(invited, "une autre phrase de passe")
    invited.button("link.save").click()
    invited.shows("link.done")
    for spent in (link, again):
        invited.go("/")
        invited.go(spent)
        invited.shows("problems.link_spent.title")
    invited.is_accessible()
    sign_in(invited, email, "une autre phrase de passe")
    invited.shows("home.greeting", name="Ada")


def test_an_account_is_made_safer_on_its_page(
    visit: Callable[[str], Visitor], house: Server
) -> None:
    email = "bob@x.fr"
    person, given = visit("en"), house.add_account(email, "Bob")
    sign_in(person, email, given)
    person.field("password.given").fill(given)
    choose_password(person)
    person.button("password.save").click()
    # The menu is there before, too, and would close again when the page changes.
    person.shows("home.greeting", name="Bob")
    person.button("account.menu", name="Bob").click()
    person.page.get_by_role("menuitem", name=person.text("account.security")).click()
    person.shows("factor.off")
    person.is_accessible()
    person.button("factor.setUp").click()
    codes = set_up_factor(person)
    person.shows("factor.on")

    elsewhere = visit("fr")
    sign_in(elsewhere, email, PASSWORD)
    elsewhere.field("factor.code").fill("123456")
    elsewhere.is_accessible()
    elsewhere.button("account.signIn").click()
    elsewhere.shows("problems.wrong_code.title")
    elsewhere.field("factor.code").fill(codes[0])
    elsewhere.button("account.signIn").click()
    elsewhere.shows("home.greeting", name="Bob")

    person.button("account.signOthersOut").click()
    person.shows("account.signedOthersOut")
    elsewhere.go("/account")
    elsewhere.shows("account.welcome")

    person.button("factor.renew").click()
    person.field("factor.code").fill(codes[1])
    person.button("factor.renew").click()
    person.shows("factor.keep")
    fresh = person.page.locator(".recovery-codes code").all_text_contents()
    assert not set(fresh) & set(codes)
    person.button("factor.kept").click()

    person.button("password.change").click()
    person.field("password.current").fill(PASSWORD)
    choose_password(person, "une autre phrase de passe")
    person.is_accessible()
    person.button("common.save").click()
    person.shows("password.changed")

    person.button("factor.remove").click()
    own_password(person).fill("une autre phrase de passe")
    person.field("factor.code").fill(fresh[0])
    person.is_accessible()
    person.button("factor.remove").click()
    person.shows("factor.off")


def test_the_provider_signs_in_and_out(visit: Callable[[str], Visitor], idp: Idp) -> None:
    idp.know(eve={"email": "eve@x.fr", "email_verified": True, "name": "Eve X"})
    person = visit("fr")
    person.go("/login?next=/account")
    person.link("account.withProvider", provider="Ministry").click()
    at_provider(person.page, "nobody")
    person.shows("problems.sign_in_failed.title")
    person.is_accessible()

    person.go("/login?next=/account")
    person.link("account.withProvider", provider="Ministry").click()
    at_provider(person.page, "eve")
    person.shows("account.elsewhere")
    person.is_accessible()
    person.button("account.menu", name="Eve X").click()
    person.page.get_by_role("menuitem", name=person.text("account.signOut")).click()
    person.page.get_by_role("button", name="Leave").click()
    person.shows("welcome.title")
    person.link("account.signIn").first.wait_for()
    assert person.page.url.startswith(person.url)


def at_provider(page: Page, login: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_role("button", name="login").click()
