"""What texts of people may be made of."""

import re


def cleaned(text: str) -> str:
    """What is left of a text of several lines without the characters that it may not have."""
    return re.sub(f"[{_REFUSED}]", "", text).strip()


_REFUSED = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
MANY_LINES = f"^[^{_REFUSED}]*$"
"""As a line, with line breaks and tabs."""
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
"""No control characters, and none that turn the reading direction around."""
