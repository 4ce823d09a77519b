import numpy as np

from transcription.audio import RATE, Samples
from transcription.context import Before, in_context


def sound(seconds: float, value: float) -> Samples:
    return np.full(round(seconds * RATE), value, np.float32)


def test_a_talkspurt_is_heard_behind_what_fits_and_told_of_the_rest() -> None:
    before = [
        Before("long ago", "fr"),
        Before("earlier", "fr", sound(6, 0.1)),
        Before("then", "fr", sound(5, 0.2)),
        Before("just now", "fr", sound(4, 0.3)),
    ]
    context = in_context(sound(4, 0.4), before, "fr", 14.5)
    assert context.begins == 9
    assert list(np.unique(context.samples)) == [np.float32(value) for value in (0.2, 0.3, 0.4)]
    assert len(context.samples) == 13 * RATE
    assert (context.near, context.older) == ("then just now", "long ago earlier")


def test_what_was_said_in_another_language_does_not_help() -> None:
    before = [
        Before("avant", "fr", sound(1, 0.1)),
        Before("then", "en", sound(1, 0.2)),
        Before("ensuite", "fr", sound(1, 0.3)),
    ]
    context = in_context(sound(1, 0.4), before, "fr", 14.5)
    assert (context.begins, context.near, context.older) == (1, "ensuite", "")
    alone = in_context(sound(1, 0.4), before, "en", 14.5)
    assert (alone.begins, alone.near, alone.older) == (0, "", "")
    assert len(alone.samples) == RATE


def test_a_talkspurt_as_long_as_may_be_is_only_told() -> None:
    context = in_context(sound(14, 0.4), [Before("avant", "fr", sound(1, 0.1))], "fr", 14.5)
    assert (context.begins, context.near, context.older) == (0, "", "avant")
