"""Debian's Firefox with fake devices, driven over WebDriver BiDi (W3C), which it speaks itself."""

import asyncio
import itertools
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.processes import Running

PATIENCE = 120.0
"""Seconds that an expected thing may take on a machine that also builds."""


@contextmanager
def running_firefox(profile: Path) -> Iterator[str]:
    """A Firefox with a fresh profile in that folder; the address of its BiDi socket."""
    profile.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(v)});" for name, v in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    process = subprocess.Popen(
        ["firefox-esr", "--headless", "--remote-debugging-port=0", "--profile", str(profile)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        yield running.line(_LISTENING, PATIENCE).split(_LISTENING)[1] + "/session"


@asynccontextmanager
async def opened_tab(socket: str, language: str = "fr-FR") -> AsyncIterator["Tab"]:
    """The only tab of a session."""
    async with opened_session(socket) as bidi, new_tab(bidi, language) as tab:
        yield tab


@asynccontextmanager
async def opened_session(socket: str) -> AsyncIterator["BiDi"]:
    """A session with it, which has one at a time."""
    async with ClientSession() as http, http.ws_connect(socket, max_msg_size=0) as wire:
        bidi = BiDi(wire)
        try:
            await bidi.ask("session.new", capabilities={})
            try:
                yield bidi
            finally:
                await bidi.ask("session.end")
        finally:
            await bidi.close()


@asynccontextmanager
async def new_tab(bidi: "BiDi", language: str = "fr-FR") -> AsyncIterator["Tab"]:
    """A tab that shares nothing with the others."""
    user = (await bidi.ask("browser.createUserContext"))["userContext"]
    await bidi.ask("emulation.setLocaleOverride", locale=language, userContexts=[user])
    tab = await bidi.ask("browsingContext.create", type="window", userContext=user)
    await bidi.ask("session.subscribe", events=["log.entryAdded"], userContexts=[user])
    try:
        yield Tab(bidi, tab["context"])
    finally:
        await bidi.ask("browser.removeUserContext", userContext=user)


class BiDi:
    """The protocol: commands that are answered, and what the browser logs meanwhile."""

    def __init__(self, wire: ClientWebSocketResponse) -> None:
        self.logged: list[dict[str, Any]] = []
        self._wire = wire
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def ask(self, method: str, **params: Any) -> Any:
        """The result of a command.

        Raises:
            AssertionError: the browser cannot; with what it says of that.
        """
        number = next(self._ids)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        await self._wire.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE):
            told = await answer
        assert told["type"] == "success", f"{method}: {told['error']}: {told['message']}"
        return told["result"]

    async def close(self) -> None:
        """Read no more."""
        self._reading.cancel()
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        async for message in self._wire:
            if message.type is not WSMsgType.TEXT:
                continue
            told = message.json()
            if told["type"] == "event":
                self.logged.append(told["params"])
            elif not (answer := self._asked.pop(told["id"])).done():
                answer.set_result(told)


class Tab:
    """One page: what a test does and reads there."""

    def __init__(self, bidi: BiDi, context: str) -> None:
        self._bidi = bidi
        self._context = context

    @property
    def complaints(self) -> list[str]:
        """What was thrown and not caught, or logged as an error."""
        return [
            entry["text"]
            for entry in self._bidi.logged
            if (entry["source"]["context"], entry["level"]) == (self._context, "error")
        ]

    async def goto(self, url: str) -> None:
        """Load a page."""
        await self._bidi.ask(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """What a JavaScript function returns, or what its promise is kept with; both are JSON."""
        told = await self._call(
            f"async (told) => JSON.stringify((await ({function})(told)) ?? null)", argument
        )
        return json.loads(told["value"])

    async def _call(self, function: str, argument: Any) -> Any:
        """BiDi's description of what a JavaScript function's promise is kept with."""
        told = await self._bidi.ask(
            "script.callFunction",
            functionDeclaration=f"async (told) => ({function})(JSON.parse(told))",
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        assert told["type"] == "success", told["exceptionDetails"]["text"]
        return told["result"]

    async def wait_for_function(self, function: str, arg: Any = None) -> None:
        """Wait until a JavaScript function, asked again and again, says yes."""
        await self.evaluate(
            f"""async (told) => {{
              while (!(await ({function})(told))) {{
                await new Promise((after) => setTimeout(after, 50));
              }}
            }}""",
            arg,
        )

    async def find(self, role: str, name: str) -> dict[str, Any]:
        """The element of that role and name, once it is shown.

        BiDi's search by accessibility would hold a page that shows a camera for ten seconds.
        """
        told = await self._call(_FIND, {"selector": _SELECTORS[role], "name": name})
        return {"type": "element", "element": {"sharedId": told["sharedId"]}}

    async def click(self, role: str, name: str) -> None:
        """Click in the middle of an element."""
        origin = await self.find(role, name)
        press = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}
        mouse = {"type": "pointer", "id": "mouse", "actions": [move, *press]}
        await self._bidi.ask("input.performActions", context=self._context, actions=[mouse])

    async def fill(self, name: str, text: str) -> None:
        """Put a text into a text field at once, as pasting does; single keys take seconds."""
        await self.click("textbox", name)
        await self.evaluate("(text) => document.execCommand('insertText', false, text)", text)


_SELECTORS = {"button": "button", "heading": "h1, h2, h3", "textbox": "input"}
_FIND = """async ({ selector, name }) => {
  const labels = (element) => [...(element.labels ?? [])].map((label) => label.textContent);
  const names = (element) => [element.ariaLabel ?? element.textContent, ...labels(element)];
  const isIt = (element) =>
    element.checkVisibility() &&
    // French is shown with blanks at which no line breaks.
    names(element).some((text) => text.replaceAll("\u00a0", " ").trim() === name);
  for (;;) {
    const found = [...document.querySelectorAll(selector)].find(isIt);
    if (found) return found;
    await new Promise((after) => setTimeout(after, 50));
  }
}"""

_LISTENING = "WebDriver BiDi listening on "

_PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.audio.fake_frequency": 880,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # Nothing is fetched that a test did not ask for.
    "media.gmp-manager.updateEnabled": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}
