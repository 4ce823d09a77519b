import pytest

from visio.auth.origin import is_ours


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://visio.internal:8000", True),
        ("http://VISIO.internal:8000", True),
        ("https://visio.example.org", True),
        ("http://visio.internal", False),
        ("http://visio.internal:8001", False),
        ("https://visio.example.org.evil.example", False),
        ("https://evil.example/visio.example.org", False),
        ("https://visio.example.org@evil.example", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("chrome-extension://visio.example.org", False),
        ("http://[", False),
    ],
)
def test_only_our_own_hosts_are_ours(origin: str, ours: bool) -> None:
    assert is_ours(origin, "visio.internal:8000", "https://visio.example.org") is ours
