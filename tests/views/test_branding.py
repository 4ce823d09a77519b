import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.callers import Caller, House
from tests.test_logos import SVG, chunk, png
from visio import logos
from visio.views import page

pytestmark = pytest.mark.one_database

LOOK = "/api/v1/branding"
HTML = {"Accept": "text/html,*/*"}
DRAWING = f'<svg {SVG} onload="alert(1)"><path d="M0 0h9v9z"/></svg>'.encode()


def draft(**more: Any) -> dict[str, Any]:
    return {
        "name": "Préfecture & co",
        "accent": "#6a1b9a",
        "links": [
            {"url": "https://example.org/legal", "fr": "Mentions légales", "en": "Legal notice"}
        ],
        "footer_fr": "République française",
        "footer_en": "French Republic",
        "logo": base64.b64encode(DRAWING).decode(),
        **more,
    }


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a built client."""
    folder = tmp_path / "dist"
    folder.mkdir()
    monkeypatch.setattr(page, "DIST", folder)
    text = (
        '<head><meta name="theme-color" content="#000091" />'
        '<link rel="icon" href="/assets/favicon-x.svg" type="image/svg+xml" />'
        "<title>Visio</title></head>"
    )
    (folder / "index.html").write_text(text)
    return text


async def config(house: House) -> Any:
    return (await house.anonymous().get("/api/v1/config")).json


async def test_a_look_is_shown_to_everybody_at_once(house: House, root: Caller) -> None:
    assert (await root.put(LOOK, draft())).status == 204
    told = await config(house)
    look = told["branding"]
    assert told["name"] == look["name"] == "Préfecture & co"
    assert look == {
        "id": look["id"],
        "name": "Préfecture & co",
        "logo": f"/branding/{look['id']}/logo",
        "links": draft()["links"],
        "footer_fr": "République française",
        "footer_en": "French Republic",
    }
    css = await house.anonymous().get(f"/branding/{look['id']}/colours.css")
    assert css.headers["Content-Type"].startswith("text/css")
    assert "immutable" in css.headers["Cache-Control"]
    assert b":root{--accent:#6a1b9a;" in css.body
    assert b':root[data-theme="dark"]{--accent:#' in css.body


async def test_the_logo_is_clean_and_runs_nothing(house: House, root: Caller) -> None:
    await root.put(LOOK, draft())
    logo = await house.anonymous().get((await config(house))["branding"]["logo"])
    assert logo.body == b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"></path></svg>'
    assert logo.headers["Content-Type"] == "image/svg+xml"
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    policy = logo.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def test_the_page_has_the_look_before_any_script_runs(
    house: House, root: Caller, index: str
) -> None:
    plain = (await house.anonymous().get("/", **HTML)).body
    assert plain == index.encode()
    name = "</script><script>alert(1)</script>"
    await root.put(LOOK, draft(name=name))
    branding = (await config(house))["branding"]
    answer = await house.anonymous().get("/any-room", **HTML)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    body = answer.body.decode()
    assert "<title>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>" in body
    assert f'<link rel="icon" href="{branding["logo"]}">' in body
    assert 'content="#6a1b9a"' in body
    assert f'<link rel="stylesheet" href="/branding/{branding["id"]}/colours.css">' in body
    data = re.search(r'id="branding">(.*?)</script>', body)
    assert data
    assert json.loads(data[1]) == branding
    assert body.count("alert(1)") == 2  # the title's and the data's, both only words


async def test_each_change_is_undone_with_one_request(house: House, root: Caller) -> None:
    await root.put(LOOK, draft(name="One"))
    first = (await root.get(LOOK)).json
    await root.put(LOOK, draft(name="Two", logo="", accent=""))
    second = (await config(house))["branding"]
    assert (second["name"], second["logo"]) == ("Two", None)
    assert (await root.ask("DELETE", LOOK)).status == 204
    assert (await root.get(LOOK)).json == first
    assert (await root.ask("DELETE", LOOK)).status == 204
    assert (await config(house))["name"] == "Visio"
    assert (await root.ask("DELETE", LOOK)).code == "nothing_to_undo"
    # What is gone is not served any more.
    assert (await house.anonymous().get(f"/branding/{second['id']}/colours.css")).status == 404


async def test_old_looks_do_not_heap_up(house: House, root: Caller) -> None:
    for number in range(25):
        await root.put(LOOK, {"name": f"Look {number}"})
    undone = 0
    while (await root.ask("DELETE", LOOK)).status == 204:
        undone += 1
    assert undone == 20


async def test_a_draft_is_looked_at_without_being_in_force(house: House, root: Caller) -> None:
    seen = (await root.post(f"{LOOK}/preview", draft())).json
    assert seen["light"]["accent"] == "#6a1b9a"
    assert seen["light"].keys() == seen["dark"].keys()
    assert seen["faults"] == []
    kind, _, data = seen["logo"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"alert" not in base64.b64decode(data)
    assert (await config(house))["branding"]["id"] is None


async def test_what_cannot_be_read_is_refused_with_the_reason(house: House, root: Caller) -> None:
    seen = (await root.post(f"{LOOK}/preview", draft(accent="#ffdd00"))).json
    assert seen["faults"] == [{"theme": "light", "contrast": 1.1}]
    answer = await root.put(LOOK, draft(accent="#ffdd00"))
    assert answer.code == "contrast_too_low"
    assert answer.json["detail"] == "light theme: 1.1, at least 4.5 is needed"
    dark = await root.put(LOOK, draft(accent_dark="#000091"))
    assert "dark theme" in dark.json["detail"]
    assert (await config(house))["branding"]["id"] is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": ""}, "invalid_fields"),
        ({"name": "x" * 61}, "invalid_fields"),
        ({"name": "evil \u202e name"}, "invalid_fields"),
        ({"accent": "red"}, "invalid_fields"),
        ({"accent": "#6a1b9a;}body{display:none"}, "invalid_fields"),
        ({"accent": "", "accent_dark": "#ffffff"}, "invalid_fields"),
        ({"links": [{"url": "javascript:alert(1)", "fr": "x", "en": "x"}]}, "invalid_fields"),
        ({"links": [{"url": "https://example.org", "fr": "x"}]}, "invalid_fields"),
        ({"links": draft()["links"] * 9}, "invalid_fields"),
        ({"footer_fr": "x" * 501}, "invalid_fields"),
        ({"logo": "!"}, "logo_unusable"),
        ({"logo": "É"}, "logo_unusable"),
        ({"logo": base64.b64encode(b"GIF89a").decode()}, "logo_unusable"),
        ({"logo": base64.b64encode(b" " * 33_000).decode()}, "logo_unusable"),
        ({"logo": "A" * 70_000}, "too_large"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_no_look_is_refused(root: Caller, more: dict[str, object], code: str) -> None:
    assert (await root.put(LOOK, draft(**more))).code == code


async def test_a_logo_may_be_as_large_as_it_says(house: House, root: Caller) -> None:
    padding = logos.LARGEST - len(png(chunk(b"IDAT")))
    full = png(chunk(b"IDAT", bytes(padding)))
    assert len(full) == logos.LARGEST
    assert (await root.put(LOOK, draft(logo=base64.b64encode(full).decode()))).status == 204
    served = await house.anonymous().get((await config(house))["branding"]["logo"])
    assert (served.body, served.headers["Content-Type"]) == (full, "image/png")
