import gzip
from pathlib import Path

import pytest

from tests.callers import House
from visio.views import page

pytestmark = pytest.mark.one_database

HTML = {"Accept": "text/html,*/*"}


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built client, small."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Visio</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(page, "DIST", folder)
    return folder


@pytest.mark.parametrize("path", ["/", "/abc-defg-hij", "/meetings/1", "/not-a-room/at/all"])
async def test_any_address_is_a_page_of_the_client(house: House, dist: Path, path: str) -> None:
    answer = await house.anonymous().get(path, **HTML)
    assert (answer.status, answer.body) == (200, b"<title>Visio</title>")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_assets_are_kept_for_ever_and_the_rest_is_asked_for(house: House, dist: Path) -> None:
    asset = await house.anonymous().get("/assets/index-abc.js")
    assert (asset.status, asset.body) == (200, b"1")
    assert "immutable" in asset.headers["Cache-Control"]
    icon = await house.anonymous().get("/favicon.svg")
    assert icon.headers["Content-Type"] == "image/svg+xml"
    assert icon.headers["Cache-Control"] == "no-cache"


async def test_browsers_get_the_compressed_copy(house: House, dist: Path) -> None:
    (dist / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(b"1"))
    asset = await house.anonymous().get("/assets/index-abc.js", **{"Accept-Encoding": "br, gzip"})
    assert (asset.body, asset.headers["Content-Encoding"]) == (b"1", "gzip")
    assert asset.headers["Content-Type"].endswith("/javascript")
    assert "Accept-Encoding" in asset.headers["Vary"]


def test_the_build_compresses() -> None:
    assets = page.DIST / "assets"
    scripts = [file for file in assets.glob("*.js") if file.stat().st_size > 1000]
    assert scripts
    for script in scripts:
        for ending in (".br", ".gz"):
            copy = script.with_name(script.name + ending)
            assert copy.stat().st_size < script.stat().st_size


@pytest.mark.parametrize("path", ["/assets/absent.js", "/absent.png", "/rtc", "/settings/regions"])
async def test_what_is_no_page_and_no_file_is_not_found(
    house: House, dist: Path, path: str
) -> None:
    assert (await house.anonymous().get(path, Accept="*/*")).status == 404


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt"],
)
async def test_nothing_outside_the_client_is_served(house: House, dist: Path, path: str) -> None:
    answer = await house.anonymous().raw("GET", path)
    assert b"secret" not in answer


async def test_livekit_clients_find_the_server_from_any_origin(house: House, dist: Path) -> None:
    for method in ("GET", "HEAD"):
        answer = await house.anonymous().ask(method, "/", Accept="*/*")
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_without_a_built_client_the_page_says_so(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "DIST", tmp_path / "absent")
    answer = await house.anonymous().get("/", **HTML)
    assert b"not built" in answer.body
    assert b"make run" in answer.body
