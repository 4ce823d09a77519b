import pytest

from transcription.languages import believed


@pytest.mark.parametrize(
    ("heard", "likely", "language"),
    [
        ([("de", 0.9), ("fr", 0.05)], "fr", "de"),
        ([("cs", 0.87), ("fr", 0.05)], "fr", "fr"),
        ([("cs", 0.87), ("fr", 0.05)], "cs", "cs"),
        ([("no", 0.4), ("en", 0.2), ("fr", 0.1)], "fr", "fr"),
        ([("no", 0.4), ("en", 0.2), ("fr", 0.1)], "", "en"),
        ([("no", 0.4), ("en", 0.2), ("fr", 0.1)], "de", "en"),
        ([("en", 0.7), ("fr", 0.3)], "en", "en"),
        ([("no", 0.4)], "fr", "no"),
    ],
)
def test_what_is_heard_for_sure_is_believed_else_what_is_likely(
    heard: list[tuple[str, float]], likely: str, language: str
) -> None:
    assert believed(heard, likely) == language
