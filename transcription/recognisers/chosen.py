"""The recognisers that the settings ask for."""

from collections.abc import Callable
from pathlib import Path

from transcription import weights
from transcription.captions import Captioner, Redecoding
from transcription.recognisers.kyutai import Kyutai
from transcription.recognisers.whisper import Whisper
from transcription.turns import Turns
from transcription.worker import Recogniser
from visio.config import Config, read_kyutai_key


def chosen(
    config: Config, turns: Turns, tell: Callable[[str], None]
) -> tuple[Recogniser, Captioner]:
    """Who writes the record, and who captions what is being said.

    `tell` gets a sentence when captions fail, and "" when they work again. Raises WeightsError
    or ConfigError with what is wrong with a folder or a key.
    """
    path = config.whisper_path
    folder = weights.given(Path(path)) if path else weights.whisper(config.data_dir / "models")
    whisper = Whisper(folder, config.language)
    if config.kyutai_url:
        key = read_kyutai_key(config)
        return whisper, Kyutai(config.kyutai_url, key, config.language, tell=tell)
    return whisper, Redecoding(whisper, turns)
