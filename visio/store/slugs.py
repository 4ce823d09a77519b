"""The names of rooms in addresses."""

import re
import secrets

from visio.errors import Unprocessable

PATTERN = r"^[a-z0-9](-?[a-z0-9]){2,62}$"
"""Three letters or digits at least, with single dashes between them."""


def random_slug() -> str:
    """A name like "abc-defg-hij": ten random letters, 47 bits. Guessing is slowed in the views."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(10))
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"


def checked(slug: str) -> str:
    """The slug itself; raises Unprocessable when it is not valid."""
    if len(slug) > LONGEST or not re.fullmatch(PATTERN, slug):
        raise Unprocessable("A room's name has 3 to 64 small letters, digits and single dashes.")
    if slug in _PAGES:
        raise Unprocessable("This is the address of a page of the service.")
    return slug


LONGEST = 64
"""Characters."""
# A room of such a name could not be reached: web/src/App.tsx.
_PAGES = {
    *("account", "admin", "branding", "connection-test", "forgotten", "login", "meetings", "oidc"),
    "password",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
