"""faster-whisper on one talkspurt: samples in, words out, the same every time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_compression_ratio, get_suppressed_tokens
from faster_whisper.vad import VadOptions, get_speech_timestamps

from transcription.audio import RATE, Samples
from transcription.captions import Guess
from transcription.context import Before, Context, in_context
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

    def recognise(
        self,
        samples: Samples,
        language: str = "",
        likely: str = "",
        before: Sequence[Before] = (),
    ) -> Recognised:
        """The words of up to 30 seconds of 16 kHz mono; deterministic, so that work redone agrees.

        In that `language` (ISO 639-1), else the settings', else the one that is heard, where that
        is unsure the `likely` one. Heard after what was said `before`.

        Deterministic: alternatives come from a beam, never from sampling.
        """
        start, end = _speech(samples)
        if start == end:
            return Recognised(language or self._language, ())
        own = samples[start:end]
        encoded = self._encode(own, _WINDOWS)
        language = language or self._language or self._detect(encoded, likely)
        context = in_context(own, before, language, _LONGEST)
        if context.begins:
            encoded = self._encode(context.samples, _WINDOWS)
        offset = start / RATE - context.begins
        words = self._words(context, encoded, self._tokenizer(language))
        return Recognised(language, tuple(_moved(word, offset) for word in words))

    def draft(self, samples: Samples, language: str = "") -> Guess:
        """The words of an unfinished sentence, without their times: half of the cost.

        Greedy, for what is wrong is decoded again in a second. Raises what the model raises.
        """
        start, end = _speech(samples)
        if start == end:
            return Guess("", language or self._language)
        encoded = self._encode(samples[start:], _DRAFT_WINDOWS)
        language = language or self._language or self._detect(encoded)
        tokenizer = self._tokenizer(language)
        text = tokenizer.decode(self._generate(encoded, tokenizer, beam=1, no_repeat=3))
        return Guess("" if _invented(text) else text.strip(), language)

    def _encode(self, samples: Samples, windows: Sequence[int]) -> object:
        return self._model.encode(_window(self._model.feature_extractor(samples), windows))

    def _detect(self, encoded: object, likely: str = "") -> str:
        guesses = self._model.model.detect_language(encoded)[0]
        return believed([(token.strip("<|>"), chance) for token, chance in guesses], likely)

    def _tokenizer(self, language: str) -> Tokenizer:
        model = self._model
        return Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
        )

    def _words(self, context: Context, encoded: object, tokenizer: Tokenizer) -> list[Word]:
        """Those after the context, from its first sample."""
        near = _tokens(tokenizer, context.near, _NEAR)
        older = _tokens(tokenizer, context.older, _OLDER)
        heard = self._generate(encoded, tokenizer, older, near)
        if _repeats(tokenizer.decode(heard)):
            # Once more, with repetition forbidden.
            heard = self._generate(encoded, tokenizer, (), near, no_repeat=3)
        if not heard or _invented(tokenizer.decode(heard)):
            return []
        return self._timed(encoded, tokenizer, near, heard, context)

    def _generate(
        self,
        encoded: object,
        tokenizer: Tokenizer,
        older: Sequence[int] = (),
        near: Sequence[int] = (),
        *,
        beam: int = 5,
        no_repeat: int = 0,
    ) -> list[int]:
        """The tokens that follow those `near`, none where the model hears nobody."""
        told = [tokenizer.sot_prev, *older] if older else []
        prompt = [*told, *tokenizer.sot_sequence, tokenizer.no_timestamps, *near]
        (result,) = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=beam,
            no_repeat_ngram_size=no_repeat,
            max_length=self._model.max_length,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            return_scores=True,
            return_no_speech_prob=True,
        )
        if result.no_speech_prob > _NOBODY and result.scores[0] < _UNLIKELY:
            return []
        # What was forced upon it is in its answer.
        return list(result.sequences_ids[0][len(near) :])

    def _timed(
        self,
        encoded: object,
        tokenizer: Tokenizer,
        near: Sequence[int],
        heard: Sequence[int],
        context: Context,
    ) -> list[Word]:
        end = len(context.samples) / RATE
        before = {"tokens": near, "seek": 0, "start": 0.0, "end": context.begins}
        own: dict[str, Any] = {"tokens": heard, "seek": 0, "start": context.begins, "end": end}
        self._model.add_word_timestamps(
            [[before, own] if near else [own]],
            tokenizer,
            encoded,
            round(end * self._model.frames_per_second),
            _OPENING,
            _CLOSING,
            context.begins,
        )
        words = [
            Word(float(word["start"]), float(word["end"]), word["word"], float(word["probability"]))
            for word in own["words"]
        ]
        # What was missed in what was said before is not made up for.
        return [
            replace(word, start=max(word.start, context.begins), end=max(word.end, context.begins))
            for word in words
            if word.end > context.begins - _ASTRAY
        ]


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


def _tokens(tokenizer: Tokenizer, text: str, most: int) -> list[int]:
    """The last ones of it, and of words only: people may have written what commands the model."""
    tokens = tokenizer.encode(f" {text}") if text else []
    return [token for token in tokens if token < tokenizer.eot][-most:]


def _repeats(text: str) -> bool:
    return bool(get_compression_ratio(text.strip()) > _LOOPS)


def _invented(text: str) -> bool:
    """Whether the model made it up: it loops, or says what subtitles say over silence."""
    return _repeats(text) or any(phrase in text.casefold() for phrase in _SUBTITLERS)


def _moved(word: Word, offset: float) -> Word:
    return Word(word.start + offset, word.end + offset, word.text, word.probability)


# Of synthesised French 17 % of the words were wrong from 1000 frames, 15 % from 1500 or 2000, which
# cost a fifth more, and 15 % from 3000, which cost twice as much.
_WINDOWS = (1500, 3000)
# Drafts are for speed; below 1000 frames they loop.
_DRAFT_WINDOWS = (1000, 1500, 3000)
# Frames of silence Whisper needs after the last word to end the sentence well.
_MARGIN = 50
# Seconds that the shorter window holds with its margin: what was said before may fill it. Of French
# talkspurts 13 % of the words were wrong so, and 12 % with 29 seconds, at three times the cost.
_LONGEST = 14.5
# Seconds by which a word may seem to be said earlier than it was.
_ASTRAY = 1.0
# Tokens of what was said before: the model remembers 448 with what it says, some 90 in 15 seconds.
_NEAR = 110
_OLDER = 200
# Whisper's own thresholds: how sure it is that nobody speaks, and how unsure of the words.
_NOBODY = 0.6
_UNLIKELY = -1.0
# The value of silence in Whisper's normalised log-mel features.
_SILENCE = -1.0
# Text that gzip shrinks more than this repeats itself (Whisper's own threshold): lower drops
# genuine enumerations, higher lets loops through.
_LOOPS = 2.4
# Punctuation that belongs to the word behind it, and to the one before it (faster-whisper's own).
_OPENING = "\"'“¿([{-«"
_CLOSING = "\"'.。,，!！?？:：”)]}、»"
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
