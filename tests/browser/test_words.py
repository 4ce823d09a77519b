import json

import pytest

from tests.browser.visitor import WEB
from visio.errors import Refusal


def _kinds(kind: type[Refusal]) -> set[type[Refusal]]:
    return {kind}.union(*(_kinds(narrower) for narrower in kind.__subclasses__()))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_refusal_that_a_person_can_meet_has_words(language: str) -> None:
    words = json.loads((WEB / f"src/locales/{language}.json").read_text())
    # What is refused to who writes in the chat is said beside the message.
    problems = words["problems"] | words["chat"]["failed"]
    # The client's own mistakes: for these the words of "unknown" are the right ones.
    mistakes = {"refused", "bad_request", "method_not_allowed"}
    of_programs = {"insufficient_scope", "idempotency_key_reused", "too_many_requests"}
    of_applications = {"token_expired", "wrong_fields"}
    without_page = {"key_not_found", "service_not_found"}
    known = mistakes | of_programs | of_applications | without_page
    assert {kind.code for kind in _kinds(Refusal)} - known <= problems.keys()
