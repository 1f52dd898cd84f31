"""The engine against waiting-line theory, coarsely; `strowger simulate --oracles` does it narrowly."""

import pytest
from msgspec.structs import replace

from benchmarks.simulate.oracles import ORACLES, Oracle, Verdict, judge, replicate, shares


@pytest.mark.parametrize("oracle", [ORACLES[0], ORACLES[3]], ids=["Erlang C", "Erlang A"])
def test_engine_in_virtual_time_then_theory_lies_within_its_intervals(oracle: Oracle) -> None:
    coarse = replace(oracle, replications=12, calls=600, warm_up=400)
    verdicts = list(judge(coarse, [replicate(share) for share in shares(coarse, 3)]))
    assert [one.figure for one in verdicts if not one.agrees] == []
    assert all(one.half_width < 0.5 * one.theory for one in verdicts if one.figure != "abandonment")


def test_verdict_then_off_by_more_than_its_interval_or_too_wide_is_said() -> None:
    verdict = Verdict(oracle="o", figure="asa_s", theory=8.0, simulated=8.3, half_width=0.2, narrow=0.24)
    assert not verdict.agrees
    assert verdict.is_narrow
    assert not replace(verdict, half_width=0.31).is_narrow
    assert replace(verdict, half_width=0.31).agrees
