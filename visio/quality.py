"""What a score of the media side is called: LiveKit's grades, and a mean opinion. Pure."""

from livekit.protocol import models


def grade(score: float) -> models.ConnectionQuality:
    """LiveKit's word for a score from 100 to 0 (protocol §4.4)."""
    return next((one for least, one in _GRADES if score > least), models.LOST)


def mean_opinion(score: float) -> float:
    """The score as people would rate the conversation, 1 to 4.5 (ITU-T G.107, annex B)."""
    bounded = min(max(score, 0.0), BEST_SCORE)
    opinion = 1 + 0.035 * bounded + 7e-6 * bounded * (bounded - 60) * (100 - bounded)
    return min(max(opinion, 1.0), 4.5)


BEST_SCORE = 100.0

# Above which score, from the best.
_GRADES = ((80, models.EXCELLENT), (40, models.GOOD), (20, models.POOR))
