"""Is a written breakage noticed? Each is put in place in a process of its own, which ends with it."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from actors.simulation.trial import Trial
from actors.simulation.world import live_through
from scripts.mutants.catalogue import CATALOGUE, Written

SEEDS = range(1, 25)
"""A guarantee that is not missed in any of these worlds is not looked at."""


class Caught(msgspec.Struct, frozen=True):
    """What became of one breakage. `by`: the seed or the tests that noticed it, None if nothing did."""

    name: str
    sentence: str
    by: str | None


def seeds_in_order(written: Written) -> Iterator[int]:
    """Those that noticed before come first."""
    return iter(dict.fromkeys([*written.seeds, *SEEDS]))


def first_failing_seed(written: Written) -> int | None:
    """The first seed whose world fails, with the breakage in place already."""
    return next((seed for seed in seeds_in_order(written) if live_through(Trial(seed), written.plan).violations), None)


def hunt(index: int) -> Caught:
    """Break this process and see whether it is noticed. Nothing else may be done in it afterwards."""
    written = CATALOGUE[index]
    written.mutant(setattr)
    if written.tests:
        by = f"{' '.join(written.tests)}" if _tests_fail(written.tests) else None
    else:
        seed = first_failing_seed(written)
        by = None if seed is None else f"seed {seed}"
    return Caught(written.name, written.sentence, by)


def _tests_fail(paths: tuple[str, ...]) -> bool:
    arguments: list[Any] = ["-x", "-q", "-p", "no:cacheprovider", *paths]
    with contextlib.redirect_stdout(io.StringIO()):
        return pytest.main(arguments) == pytest.ExitCode.TESTS_FAILED
