import re

import pytest

from visio.errors import Unprocessable
from visio.store import slugs


def test_random_slugs_have_their_shape_and_differ() -> None:
    """T16: 47 random bits by `secrets`, as La Suite has; docs/security.md says what that means."""
    made = {slugs.random_slug() for _ in range(200)}
    assert len(made) == 200
    for slug in made:
        assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", slug)
        assert slugs.checked(slug) == slug


@pytest.mark.parametrize("slug", ["abc", "conseil-municipal", "a1b", "a" * 63])
def test_custom_slugs(slug: str) -> None:
    assert slugs.checked(slug) == slug


@pytest.mark.parametrize(
    "slug", ["", "ab", "-abc", "abc-", "a--b", "Abc", "a b c", "a/b", "é" * 4, "abc\n", "a" * 65]
)
def test_what_would_not_read_well_in_an_address_is_refused(slug: str) -> None:
    with pytest.raises(Unprocessable):
        slugs.checked(slug)
