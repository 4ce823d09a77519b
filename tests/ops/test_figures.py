from tests.ops.figures import KEYS, Plan, missed, table

GOOD = {
    "install_s": 100,
    "restore_s": 60,
    "facts": 100_001,
    "lost": 0,
    "doubled": 0,
    "kill_p95_s": 2.5,
    "kill_max_s": 4,
    "storm_joined": 999,
    "storm_p95_s": 1.2,
    "outbound": 0,
}


def test_keys_are_what_was_promised() -> None:
    assert list(GOOD) == list(KEYS)
    assert missed(GOOD, Plan()) == []


def test_each_bound_can_be_missed() -> None:
    worse = {
        "restore_s": 901,
        "facts": 99_999,
        "lost": 1,
        "doubled": 1,
        "kill_p95_s": 3.1,
        "kill_max_s": 6.1,
        "storm_joined": 998,
        "storm_p95_s": 2.1,
        "outbound": 1,
    }
    for key, figure in worse.items():
        assert missed({**GOOD, key: figure}, Plan()) == [key]


def test_what_was_asked_for_and_not_measured_is_missed() -> None:
    assert missed({}, Plan(only=frozenset({"storm"}))) == ["storm_joined", "storm_p95_s"]
    without = {key: figure for key, figure in GOOD.items() if key != "lost"}
    assert missed(without, Plan()) == ["lost"]
    assert "not measured" in table(without, Plan())
    assert "MISSED" in table(without, Plan())
