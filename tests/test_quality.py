import pytest
from livekit.protocol import models

from visio.quality import grade, mean_opinion


@pytest.mark.parametrize(
    ("score", "expected", "opinion"),
    [
        (100, models.EXCELLENT, 4.5),
        (80.1, models.EXCELLENT, 4.0),
        (80, models.GOOD, 4.0),
        (40.1, models.GOOD, 2.1),
        (40, models.POOR, 2.1),
        (20.1, models.POOR, 1.3),
        (20, models.LOST, 1.3),
        (0, models.LOST, 1.0),
        (-5, models.LOST, 1.0),
    ],
)
def test_grades_and_opinions_follow_the_table(
    score: float, expected: models.ConnectionQuality, opinion: float
) -> None:
    assert grade(score) == expected
    assert mean_opinion(score) == pytest.approx(opinion, abs=0.1)
