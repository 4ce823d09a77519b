import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
def host(visit: Visit, account: tuple[str, str]) -> Visitor:
    """Camille, in French, signed in."""
    host = visit("fr")
    host.sign_in(*account)
    return host


def test_a_layout_is_chosen_and_kept(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en", 360, 740)
    guest.join(slug, "Ali")
    guest.sees("Camille Martin")
    assert width_of(guest, "Camille Martin") == width_of(guest, "Ali")

    guest.button("stage.view").press("Enter")
    guest.page.get_by_role("menu").wait_for()
    guest.is_accessible(menu=True)
    choose(guest, "speaker")
    guest.is_accessible()
    assert width_of(guest, "Camille Martin") > 2 * width_of(guest, "Ali")
    assert guest.sees_all_across()

    guest.join(slug, "Ali")
    guest.sees("Camille Martin")
    assert width_of(guest, "Camille Martin") > 2 * width_of(guest, "Ali")


def choose(visitor: Visitor, layout: str) -> None:
    """In the open menu, by keyboard."""
    name = visitor.text(f"stage.layouts.{layout}")
    visitor.page.get_by_role("menuitemradio", name=name, exact=True).press("Enter")


def width_of(visitor: Visitor, name: str) -> float:
    """Of a tile that has come to rest."""
    visitor.page.wait_for_function("() => !document.querySelector('.tile')?.getAnimations().length")
    box = visitor.tile(name).bounding_box()
    assert box
    return box["width"]
