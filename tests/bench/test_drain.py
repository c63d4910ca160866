"""A drain keeps to Jira's limit: as fast as that allows, and never turned away."""

from bench.drain import figures
from tests.gates import gate

LIMIT_ALONE = gate(1.25, loosely=12)


def test_l5_a_drain_takes_what_the_limit_dictates() -> None:
    ratios = []
    for _ in range(2):  # a machine that is busy otherwise gets a second chance
        found = figures(issues=250)
        assert found["figures"]["turned_away"] == 0
        assert found["figures"]["writes"] == 250
        ratios.append(found["ratios"]["time_vs_limit_alone"])
        if ratios[-1] <= LIMIT_ALONE:
            break
    # 5 seconds by the limit alone; the first few turns are not waited for.
    assert 0.9 <= min(ratios) <= LIMIT_ALONE
