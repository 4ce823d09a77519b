"""faster-whisper on one talkspurt: samples in, words out, the same every time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import Segment, TranscriptionOptions, get_suppressed_tokens
from faster_whisper.vad import VadOptions, get_speech_timestamps

from transcription.audio import RATE, Samples
from transcription.captions import Guess
from transcription.languages import believed
from transcription.weights import WeightsError
from transcription.words import Word


@dataclass(frozen=True)
class Recognised:
    """What was said; `words` in seconds from the first sample, empty when nobody spoke."""

    language: str
    words: tuple[Word, ...]


class Whisper:
    """A Whisper model in CTranslate2's layout, int8 on the processor.

    Raises WeightsError when what is in the folder cannot be loaded.
    """

    def __init__(self, folder: Path, language: str = "", threads: int = 1) -> None:
        self.name = folder.name
        try:
            self._model = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads
            )
        except Exception as error:  # CTranslate2 and tokenizers raise whatever they like
            raise WeightsError(f"The model in {folder} cannot be loaded: {error}") from error
        self._language = language

    def recognise(self, samples: Samples, language: str = "", likely: str = "") -> Recognised:
        """The words of up to 30 seconds of 16 kHz mono; deterministic, so that work redone agrees.

        In that `language` (ISO 639-1), else the settings', else the one that is heard, where that
        is unsure the `likely` one.

        Deterministic: greedy alternatives come from a beam, never from sampling.
        """
        start, end = _speech(samples)
        if start == end:
            return Recognised(language or self._language, ())
        features = self._model.feature_extractor(samples[start:end])
        encoded = self._model.encode(_window(features, _WINDOWS))
        language = language or self._language or self._detect(encoded, likely)
        words = self._words(features, encoded, language)
        offset = start / RATE
        return Recognised(language, tuple(_moved(word, offset) for word in words))

    def draft(self, samples: Samples, language: str = "") -> Guess:
        """The words of an unfinished sentence, without their times: half of the cost.

        Greedy, for what is wrong is decoded again in a second. Raises what the model raises.
        """
        start, end = _speech(samples)
        if start == end:
            return Guess("", language or self._language)
        features = self._model.feature_extractor(samples[start:])
        encoded = self._model.encode(_window(features, _DRAFT_WINDOWS))
        language = language or self._language or self._detect(encoded)
        segments = self._decode(features, encoded, language, _draft_options)
        text = "".join(segment.text for segment in segments if not _invented(segment))
        return Guess(text.strip(), language)

    def _detect(self, encoded: object, likely: str = "") -> str:
        guesses = self._model.model.detect_language(encoded)[0]
        return believed([(token.strip("<|>"), chance) for token, chance in guesses], likely)

    def _words(self, features: Samples, encoded: object, language: str) -> list[Word]:
        segments = self._decode(features, encoded, language, partial(_options, no_repeat=0))
        if any(segment.compression_ratio > _LOOPS for segment in segments):
            # It repeats itself: once more, with repetition forbidden.
            segments = self._decode(features, encoded, language, partial(_options, no_repeat=3))
        kept = [segment for segment in segments if not _invented(segment)]
        return [
            Word(float(word.start), float(word.end), word.word, float(word.probability))
            for segment in kept
            for word in segment.words or ()
        ]

    def _decode(
        self,
        features: Samples,
        encoded: object,
        language: str,
        options: Callable[[Iterable[int]], TranscriptionOptions],
    ) -> list[Segment]:
        model = self._model
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
        )
        chosen = options(get_suppressed_tokens(tokenizer, [-1]))
        return list(model.generate_segments(features, tokenizer, chosen, False, encoded))


def _speech(samples: Samples) -> tuple[int, int]:
    """Where speech begins and ends, in samples; equal when there is none (Silero)."""
    spoken = get_speech_timestamps(samples, VadOptions(min_speech_duration_ms=100))
    return (spoken[0]["start"], spoken[-1]["end"]) if spoken else (0, 0)


def _window(features: Samples, windows: Sequence[int]) -> Samples:
    """The features padded to the shortest encoder window that holds them.

    Whisper was trained on 3000 frames (30 s), and its encoder's time grows with the window.
    """
    frames = features.shape[-1] - 1
    window = next(size for size in windows if frames <= size - _MARGIN or size == windows[-1])
    padded = np.full((features.shape[0], window), _SILENCE, np.float32)
    kept = min(frames, window)
    padded[:, :kept] = features[:, :kept]
    return padded


def _invented(segment: Segment) -> bool:
    """Whether the model made it up: it loops, or says what subtitles say over silence."""
    return segment.compression_ratio > _LOOPS or any(
        phrase in segment.text.casefold() for phrase in _SUBTITLERS
    )


def _moved(word: Word, offset: float) -> Word:
    return Word(word.start + offset, word.end + offset, word.text, word.probability)


def _draft_options(suppress: Iterable[int]) -> TranscriptionOptions:
    options = _options(suppress, no_repeat=3)
    return replace(options, beam_size=1, word_timestamps=False, without_timestamps=True)


def _options(suppress: Iterable[int], no_repeat: int) -> TranscriptionOptions:
    return TranscriptionOptions(
        beam_size=5,
        best_of=1,
        patience=1,
        length_penalty=1,
        repetition_penalty=1,
        no_repeat_ngram_size=no_repeat,
        log_prob_threshold=-1.0,
        no_speech_threshold=0.6,
        compression_ratio_threshold=_LOOPS,
        condition_on_previous_text=False,
        prompt_reset_on_temperature=0.5,
        temperatures=[0.0],
        initial_prompt=None,
        prefix=None,
        suppress_blank=True,
        suppress_tokens=suppress,
        without_timestamps=False,
        max_initial_timestamp=1.0,
        word_timestamps=True,
        prepend_punctuations="\"'“¿([{-«",
        append_punctuations="\"'.。,，!！?？:：”)]}、»",
        multilingual=False,
        max_new_tokens=None,
        clip_timestamps="0",
        hallucination_silence_threshold=None,
        hotwords=None,
    )


# Of synthesised French 17 % of the words were wrong from 1000 frames, 15 % from 1500 or 2000, which
# cost a fifth more, and 15 % from 3000, which cost twice as much.
_WINDOWS = (1500, 3000)
# Drafts are for speed; below 1000 frames they loop.
_DRAFT_WINDOWS = (1000, 1500, 3000)
# Frames of silence Whisper needs after the last word to end the sentence well.
_MARGIN = 50
# The value of silence in Whisper's normalised log-mel features.
_SILENCE = -1.0
# Text that gzip shrinks more than this repeats itself (Whisper's own threshold): lower drops
# genuine enumerations, higher lets loops through.
_LOOPS = 2.4
# Credits of subtitles in the training data, which Whisper "hears" in noise.
_SUBTITLERS = (
    "amara.org",
    "radio-canada",
    "sous-titrage st'",
    "sous-titres réalisés",
    "subtitles by",
    "thanks for watching",
    "merci d'avoir regardé",
)
