"""`python -m tests.transcription.ends MODELS`: when each word of the LibriVox recordings ends.

Runs in the worker's environment; prints a list of [word, seconds] per recording, as JSON.
"""

import json
import sys
from pathlib import Path

from tests.transcription.recordings import librivox
from transcription import weights
from transcription.recognisers.whisper import Whisper

whisper = Whisper(weights.whisper(Path(sys.argv[1])), "en")
sys.stdout.write(
    json.dumps(
        [
            [[word.text.strip(), word.end] for word in whisper.recognise(samples).words]
            for _, samples in librivox()
        ]
    )
)
