"""What our page costs a browser: its size, and its way into a meeting.

The server is `visio serve`; people are Chromiums with our page. First the page before a meeting is
fetched by a browser that has never been here, and everything that it asks for is weighed as it came
over the wire. Then somebody joins 20 times a person who is there: the times are those from the
click to the first frame of that person.

Ends with status 1 and a sentence when the page before a meeting is heavier than 300 KiB, or half of
the joins take longer than 600 ms.
"""

import asyncio
import json
import shutil
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from tests.browser.chromium import ARGUMENTS
from tests.browser.server import Server, running_server
from tests.databases import open_folder

WORDS = json.loads((Path(__file__).parents[1] / "visio/web/src/locales/fr.json").read_text())
PROBE = Path(__file__).parents[1] / "tests/smoke/probe.js"


async def measure(server: Server) -> dict[str, float]:
    """All figures, by their names in JSON."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        weight = await _weigh(browser, server, _room(server))
        _tell("the page before a meeting", f"{weight:.0f} KiB")
        times = await _join_again_and_again(browser, server, _room(server))
        p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        _tell(f"{JOINS} joins to the first frame", f"p50 {p50:.0f} ms, p95 {p95:.0f} ms")
        await browser.close()
    return {
        "bundle_kib": weight,
        "first_frame_p50_ms": p50,
        "first_frame_p95_ms": p95,
    }


def missed(figures: dict[str, float]) -> list[str]:
    """What is beyond its bound."""
    bounds = {"bundle_kib": 300, "first_frame_p50_ms": 600}
    return [
        f"{name} is {figures[name]:.0f}, at most {bound} is wanted."
        for name, bound in bounds.items()
        if figures[name] > bound
    ]


async def _weigh(browser: Browser, server: Server, slug: str) -> float:
    """KiB that come over the wire until nothing is asked for any more."""
    async with _visitor(browser, server) as page:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Network.enable")
        lengths: list[float] = []
        devtools.on("Network.loadingFinished", lambda it: lengths.append(it["encodedDataLength"]))
        await page.goto(f"/{slug}", wait_until="networkidle")
        await _button(page, "prejoin.join").wait_for()
        return sum(lengths) / 1024


async def _join_again_and_again(browser: Browser, server: Server, slug: str) -> list[float]:
    """Milliseconds from the click to the first frame, of somebody who has been here before."""
    times = []
    async with _visitor(browser, server) as host, _visitor(browser, server) as guest:
        await _join(host, slug, "Anne")
        for _ in range(JOINS):
            await _join(guest, slug, "Luc")
            _, seen = await guest.evaluate(f"probe.arrival({PATIENCE * 1000})")
            times.append(seen)
            await _button(guest, "call.leave").click()
            await _button(guest, "ended.rejoin").wait_for()
    return times


@asynccontextmanager
async def _visitor(browser: Browser, server: Server) -> AsyncIterator[Page]:
    """A page of a browser that has never been here."""
    context = await browser.new_context(
        base_url=server.url,
        locale="fr-FR",
        viewport={"width": 1280, "height": 800},
        permissions=["camera", "microphone"],
    )
    context.set_default_timeout(PATIENCE * 1000)
    await context.add_init_script(path=PROBE)
    yield await context.new_page()
    await context.close()


async def _join(page: Page, slug: str, name: str) -> None:
    await page.goto(f"/{slug}")
    await page.get_by_label(_text("prejoin.name"), exact=True).fill(name)
    await _button(page, "prejoin.join").click()
    await _button(page, "call.leave").wait_for()


def _room(server: Server) -> str:
    return server.add_room("Mesure", HOST)


def _button(page: Page, key: str) -> Locator:
    return page.get_by_role("button", name=_text(key), exact=True)


def _text(key: str) -> str:
    group, name = key.split(".")
    return str(WORDS[group][name])


def _tell(what: str, figure: str) -> None:
    print(f"{what:<40}{figure}", flush=True)


def main() -> int:
    with open_folder() as folder:
        database = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
        with running_server(folder, database) as server:
            server.add_account(HOST, "Host")
            figures = asyncio.run(measure(server))
    for fault in (faults := missed(figures)):
        print(fault)
    print(json.dumps({name: round(figure, 1) for name, figure in figures.items()}))
    return 1 if faults else 0


HOST = "host@example.org"
JOINS = 20
PATIENCE = 60
"""Seconds."""

if __name__ == "__main__":
    sys.exit(main())
