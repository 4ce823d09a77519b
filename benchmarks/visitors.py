"""People with our page, in browsers that have never been here."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page

from tests.browser.server import Server

WORDS = json.loads((Path(__file__).parents[1] / "visio/web/src/locales/fr.json").read_text())


@asynccontextmanager
async def visitor(
    browser: Browser,
    server: Server,
    script: Path | None = None,
    size: tuple[int, int] = (1280, 800),
) -> AsyncIterator[Page]:
    """Somebody's page; the script is put into it before its own."""
    context = await browser.new_context(
        base_url=server.url,
        locale="fr-FR",
        viewport={"width": size[0], "height": size[1]},
        permissions=["camera", "microphone"],
    )
    context.set_default_timeout(PATIENCE * 1000)
    if script:
        await context.add_init_script(path=script)
    yield await context.new_page()
    await context.close()


async def join(page: Page, slug: str, name: str) -> None:
    """Look into the mirror, and go in."""
    await page.goto(f"/{slug}")
    await page.get_by_label(text("prejoin.name"), exact=True).fill(name)
    await page.locator(".preview-picture video").wait_for()
    await page.wait_for_load_state("networkidle")
    await button(page, "prejoin.join").click()
    await button(page, "call.leave").wait_for()


def button(page: Page, key: str) -> Locator:
    return page.get_by_role("button", name=text(key), exact=True)


def text(key: str) -> str:
    group, name = key.split(".")
    return str(WORDS[group][name])


PATIENCE = 60
"""Seconds."""
