import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio import colours
from visio.colours import LEAST, palettes

HEXES = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ((0, 0, 0), (255, 255, 255), 21.0),
        ((255, 255, 255), (255, 255, 255), 1.0),
        ((0x77, 0x77, 0x77), (255, 255, 255), 4.48),
        ((0, 0, 0x91), (255, 255, 255), 15.0),
    ],
)
def test_the_contrast_is_that_of_wcag(
    one: colours.Colour, other: colours.Colour, ratio: float
) -> None:
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.1)
    assert colours.contrast(other, one) == colours.contrast(one, other)


@pytest.mark.parametrize("accent", ["#000091", "#6a1b9a", "#8b0000", "#00563b", "#000000"])
def test_dark_accents_are_read_in_both_themes(accent: str) -> None:
    found = palettes(accent)
    assert found.faults == ()
    assert found.light["accent"] == accent
    assert found.light.keys() == found.dark.keys()


@pytest.mark.parametrize("accent", ["#ffdd00", "#ff8800", "#8b8bff", "#ffffff", "#808080"])
def test_faint_accents_are_faults_of_the_light_theme(accent: str) -> None:
    (fault,) = palettes(accent).faults
    assert fault.theme == "light"
    assert 1 <= fault.contrast < LEAST


def test_an_own_accent_of_the_dark_theme_is_taken_as_it_is() -> None:
    found = palettes("#000091", "#ffdd00")
    assert (found.dark["accent"], found.faults) == ("#ffdd00", ())
    (fault,) = palettes("#000091", "#000091").faults
    assert fault.theme == "dark"


@given(HEXES)
def test_the_dark_theme_is_found_for_every_accent(accent: str) -> None:
    assert all(fault.theme == "light" for fault in palettes(accent).faults)


@given(HEXES, HEXES)
def test_the_stylesheet_holds_nothing_but_colours(accent: str, dark: str) -> None:
    css = colours.stylesheet(palettes(accent, dark))
    rules = css.removeprefix(":root{").removesuffix("}").split('}:root[data-theme="dark"]{')
    assert len(rules) == 2
    for rule in rules:
        names = [part.partition(":")[0] for part in rule.split(";")]
        assert names == [f"--{name}" for name in palettes(accent).light]
