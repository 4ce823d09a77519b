from sfu.load import SHORTEST_SPAN, USUAL, Load


def test_peers_count_before_their_packets_do() -> None:
    load = Load(now=100.0)
    assert load.of(0) == 0
    assert load.of(3) == 3 * USUAL


def test_peers_cause_what_they_caused_lately() -> None:
    load = Load(now=100.0)
    load.observe(102.0, packets=40_000, peers=4)
    assert load.of(4) == 20_000
    assert load.of(1) == 5_000
    load.observe(104.0, packets=44_000, peers=4)
    assert load.of(4) == 2_000


def test_nobody_counts_for_less_than_a_voice() -> None:
    load = Load(now=100.0)
    load.observe(200.0, packets=10, peers=10)
    assert load.of(10) == 10 * USUAL
    load.observe(300.0, packets=10_010, peers=0)
    assert load.of(0) == 0


def test_chance_is_not_a_rate() -> None:
    load = Load(now=100.0)
    load.observe(100.0 + SHORTEST_SPAN / 2, packets=10_000, peers=1)
    assert load.of(1) == USUAL
    load.observe(100.0 + SHORTEST_SPAN, packets=10_000, peers=1)
    assert load.of(1) == 10_000 / SHORTEST_SPAN
