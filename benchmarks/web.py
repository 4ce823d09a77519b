"""What our page costs a browser: its size, its way into a meeting, and a meeting of 49 cameras.

The server is `visio serve`; people are Chromiums with our page. First the page before a meeting is
fetched by a browser that has never been here, and everything that it asks for is weighed as it came
over the wire until it is at rest; the meeting's own code comes in advance later, or with the focus
on the form. Then somebody looks into the mirror and joins a person who is there, 20 times: the
times are those from the click to the first frame of that person.

At last `benchmarks.room` fills a room: two Chromiums and 47 clients of ours with a camera each.
The longest task is that of the main threads of both pages in CPU time, as Chromium traced it while
the last cameras and 151 people without media come, some speak and some leave. The frames a second
are those which the tiles of the 47 show, on average, on the page that has all 49 on the screen.

Ends with status 1 and a sentence when the page before a meeting is heavier than 300 KiB, half of
the joins take longer than 600 ms, or a task takes more than 50 ms of CPU.
"""

import asyncio
import json
import shutil
import statistics
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from benchmarks.room import KEY, SECRET, fill
from benchmarks.visitors import PATIENCE, button, join, visitor
from tests.browser.chromium import ARGUMENTS
from tests.browser.server import Server, running_server
from tests.databases import open_folder

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
        longest, fps = await fill(browser, server, _room(server))
        _tell("longest task of a main thread", f"{longest:.0f} ms of CPU")
        _tell("shown on each of 49 tiles", f"{fps:.1f} frames a second")
        await browser.close()
    return {
        "bundle_kib": weight,
        "first_frame_p50_ms": p50,
        "first_frame_p95_ms": p95,
        "longest_task_ms": longest,
        "fps_49": fps,
    }


def missed(figures: dict[str, float]) -> list[str]:
    """What is beyond its bound."""
    bounds = {"bundle_kib": 300, "first_frame_p50_ms": 600, "longest_task_ms": 50}
    return [
        f"{name} is {figures[name]:.0f}, at most {bound} is wanted."
        for name, bound in bounds.items()
        if figures[name] > bound
    ]


async def _weigh(browser: Browser, server: Server, slug: str) -> float:
    """KiB that come over the wire until nothing is asked for any more."""
    async with visitor(browser, server) as page:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Network.enable")
        lengths: list[float] = []
        devtools.on("Network.loadingFinished", lambda it: lengths.append(it["encodedDataLength"]))
        await page.goto(f"/{slug}", wait_until="networkidle")
        await button(page, "prejoin.join").wait_for()
        return sum(lengths) / 1024


async def _join_again_and_again(browser: Browser, server: Server, slug: str) -> list[float]:
    """Milliseconds from the click to the first frame, of somebody who has been here before."""
    times = []
    async with visitor(browser, server, PROBE) as host, visitor(browser, server, PROBE) as guest:
        await join(host, slug, "Anne")
        for _ in range(JOINS):
            await join(guest, slug, "Luc")
            _, seen = await guest.evaluate(f"probe.arrival({PATIENCE * 1000})")
            times.append(seen)
            await button(guest, "call.leave").click()
            await button(guest, "ended.rejoin").wait_for()
    return times


def _room(server: Server) -> str:
    return server.add_room("Mesure", HOST)


def _tell(what: str, figure: str) -> None:
    print(f"{what:<40}{figure}", flush=True)


def main() -> int:
    with open_folder() as folder:
        database = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
        with running_server(
            folder, database, VISIO_LIVEKIT_KEYS=json.dumps({KEY: SECRET})
        ) as server:
            server.add_account(HOST, "Host")
            figures = asyncio.run(measure(server))
    for fault in (faults := missed(figures)):
        print(fault)
    print(json.dumps({name: round(figure, 1) for name, figure in figures.items()}))
    return 1 if faults else 0


HOST = "host@example.org"
JOINS = 20

if __name__ == "__main__":
    sys.exit(main())
