"""Somebody at a browser: pages, words by their keys, and what the browser complains of."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

WEB = Path(__file__).parents[2] / "visio/web"
AXE = (WEB / "node_modules/axe-core/axe.min.js").read_text()
PATIENCE = 30_000
"""Milliseconds that an expected thing may take on a machine that also builds."""


expect.set_options(timeout=PATIENCE)


class Visitor:
    """One person's browser context with one page, in one language."""

    def __init__(
        self, context: BrowserContext, url: str, language: str, also: tuple[str, ...] = ()
    ) -> None:
        """`also` are the other sites that may be asked for something."""
        self.context = context
        self.url = url
        self.language = language
        self._sites = (url, *also, "blob:", "data:")
        self.complaints: list[str] = []
        self._words = json.loads((WEB / f"src/locales/{language}.json").read_text())
        context.set_default_timeout(PATIENCE)
        context.expose_function("complain", self._complain)
        context.add_init_script(_REPORT_POLICY)
        context.on("request", self._check_origin)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def text(self, key: str, **values: object) -> str:
        """What the interface says for a key of its locale."""
        found: Any = self._words
        for part in key.split("."):
            found = found[part]
        return re.sub(r"\{\{(\w+)\}\}", lambda hole: str(values[hole[1]]), str(found))

    def go(self, path: str) -> None:
        self.page.goto(path)

    def button(self, key: str, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.text(key, **values), exact=True)

    def link(self, key: str, **values: object) -> Locator:
        return self.page.get_by_role("link", name=self.text(key, **values), exact=True)

    def field(self, key: str, **values: object) -> Locator:
        return self.page.get_by_label(self.text(key, **values), exact=True)

    def shows(self, key: str, **values: object) -> None:
        """Wait until the words of `key` are on the page."""
        expect(self.page.get_by_text(self.text(key, **values), exact=True).first).to_be_visible()

    def is_accessible(self, *, menu: bool = False) -> None:
        """Fail with what axe finds on the page once nothing fades in or out.

        What is still half transparent has not the contrast it will have. An open menu hides the
        rest of the page, so that axe's habits about a page's structure have nothing to look at:
        only WCAG's own rules are applied to it.
        """
        self.comes_to_rest()
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        report = self.page.evaluate("(options) => axe.run(options)", _WCAG if menu else _ALL)
        found = [
            f"{broken['id']}: {node['html'][:200]} {node['failureSummary']}"
            for broken in report["violations"]
            for node in broken["nodes"]
            # Wherever the focus or the mouse is, a tooltip lies outside the landmarks.
            if not (broken["id"] == "region" and 'role="tooltip"' in node["html"])
        ]
        assert not found, "\n".join([self.page.url, *found])

    def comes_to_rest(self) -> None:
        """Wait until nothing fades in or out."""
        self.page.wait_for_function(_IS_AT_REST)

    def sees_all_across(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
        )

    def sign_in(self, email: str, password: str) -> None:
        """Through the API: the page has a test of its own."""
        answer = self.post("/api/v1/session", {"email": email, "password": password})
        assert answer["account"]["must_change_password"] is False

    def make_room(self, title: str, access: str = "public") -> str:
        """Its slug."""
        return str(self.post("/api/v1/rooms", {"title": title, "access": access})["slug"])

    def ticket(self, slug: str, name: str) -> str:
        """An access token for a guest of that name."""
        return str(self.post(f"/api/v1/rooms/{slug}/join", {"name": name})["token"])

    def join(self, slug: str, name: str = "") -> None:
        self.go(f"/{slug}")
        if name:
            self.field("prejoin.name").fill(name)
        self.button("prejoin.join").click()
        self.button("call.leave").wait_for()

    def tile(self, name: str) -> Locator:
        """The tile of somebody in the meeting."""
        return self.page.locator(".tile").filter(has_text=name)

    def sees(self, name: str) -> None:
        """Wait for a moving picture of somebody."""
        video = self.tile(name).locator("video")
        video.wait_for()
        self.page.wait_for_function("video => video.videoWidth > 0", arg=video.element_handle())

    def hears(self, voices: int) -> None:
        """Wait until that many others' voices play."""
        self.page.wait_for_function(
            "voices => [...document.querySelectorAll('audio')]"
            ".filter((audio) => !audio.paused && audio.srcObject?.active).length === voices",
            arg=voices,
        )

    def post(self, path: str, data: dict[str, Any]) -> Any:
        """Ask the API as a page would; the answer, which must not be a refusal."""
        answer = self.context.request.post(path, data=data, headers={"Origin": self.url})
        assert answer.ok, answer.text()
        return answer.json()

    def _complain(self, complaint: str) -> None:
        self.complaints.append(complaint)

    def _check_origin(self, request: Request) -> None:
        if not request.url.startswith(self._sites):
            self.complaints.append(f"asked {request.url}")


# What is about to come is hidden by react-aria until it is ready to (its useEnterAnimation).
_IS_AT_REST = """() =>
  !document.querySelector("[data-entering], [data-exiting], [data-rac][style*='opacity: 0']") &&
  document.getAnimations().every((animation) =>
    animation.playState !== "running" ||
    animation.effect.getComputedTiming().endTime === Infinity)"""
_ALL = {"resultTypes": ["violations"]}
_WCAG = {**_ALL, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_REPORT_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  complain(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
