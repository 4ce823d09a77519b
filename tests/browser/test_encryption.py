from contextlib import AsyncExitStack

import pytest
from livekit import rtc
from playwright.sync_api import expect

from tests.browser.conftest import Run, Visit
from tests.browser.server import Server
from tests.livekit.caller import called

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def test_who_encrypts_end_to_end_is_said_not_to_be_transcribed(
    visit: Visit, account: tuple[str, str], server: Server, run: Run
) -> None:
    host, guest = visit("fr"), visit("en")
    host.sign_in(*account)
    slug = host.make_room("Comité")
    host.join(slug)
    guest.join(slug, "Ali")
    shared = rtc.KeyProviderOptions(shared_key=b"a passphrase of theirs")
    encryption = rtc.E2EEOptions(key_provider_options=shared)
    stack, url = AsyncExitStack(), server.url.replace("http", "ws")
    bots = called(url, guest.ticket(slug, "Zoé"), encryption=encryption)
    (bot,) = run(stack.enter_async_context(bots))
    run(bot.speak(440))

    for person in (host, guest):
        person.button("panels.transcript").click()
    host.page.get_by_text(host.text("transcript.switch"), exact=True).click()
    for person in (host, guest):
        person.button("consent.no").click()
        person.shows("transcript.encrypted.text", names="Zoé")
        expect(person.page.locator(".pill")).to_contain_text(
            person.text("transcript.encrypted.title")
        )
        person.is_accessible()
        # Each other, and not the noise that the encrypted one would be.
        person.hears(1)
    host.page.locator("#panel-button-people").click()
    row = host.page.locator(".people-list li").filter(has_text="Zoé")
    expect(row).to_contain_text(host.text("people.consent.encrypted"))

    run(stack.aclose())
    expect(host.page.locator(".pill")).to_contain_text(host.text("transcript.banner"))
