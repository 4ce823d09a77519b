from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from livekit import rtc
from playwright.sync_api import expect

from tests.browser.conftest import Run, Visit
from tests.livekit.caller import called

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
def speak_encrypted(run: Run) -> Iterator[Callable[[str, str], Callable[[], None]]]:
    """Have somebody come with that address and token whose microphone only they can decrypt.

    Returns what makes them leave, which they do in the end.
    """
    stack = AsyncExitStack()
    keys = rtc.KeyProviderOptions(shared_key=b"a passphrase of theirs")

    async def come(url: str, token: str) -> None:
        (bot,) = await stack.enter_async_context(
            called(url, token, encryption=rtc.E2EEOptions(key_provider_options=keys))
        )
        await bot.speak(440)

    def speak(url: str, token: str) -> Callable[[], None]:
        run(come(url, token))
        return lambda: run(stack.aclose())

    yield speak
    run(stack.aclose())


def test_who_encrypts_end_to_end_is_said_not_to_be_transcribed(
    visit: Visit,
    account: tuple[str, str],
    speak_encrypted: Callable[[str, str], Callable[[], None]],
) -> None:
    host, guest = visit("fr"), visit("en")
    host.sign_in(*account)
    slug = host.make_room("Comité")
    host.join(slug)
    guest.join(slug, "Ali")
    leave = speak_encrypted(host.url.replace("http", "ws"), guest.ticket(slug, "Zoé"))

    for person in (host, guest):
        person.button("panels.transcript").click()
    host.page.get_by_text(host.text("transcript.switch"), exact=True).click()
    for person in (host, guest):
        person.button("consent.no").click()
        notice = person.page.locator(".transcript-settings")
        expect(notice).to_contain_text(person.text("transcript.encrypted.text", names="Zoé"))
        expect(person.page.locator(".pill")).to_contain_text(
            person.text("transcript.encrypted.title")
        )
        person.is_accessible()
        # Each other, and not the noise that the encrypted one would be.
        person.hears(1)
        person.page.locator("#panel-button-people").click()
        row = person.page.locator(".people-list li").filter(has_text="Zoé")
        expect(row).to_contain_text(person.text("people.consent.encrypted"))

    leave()
    for person in (host, guest):
        expect(person.page.locator(".pill")).to_contain_text(person.text("transcript.banner"))
