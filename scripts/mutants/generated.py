"""Breakages that mutmut generates: one expression of the engine changed at a time, in a copy; do its unit tests notice?

A survivor is either a gap in the tests, or changes nothing that anybody could see. The latter are explained in
`explained.toml`, by function and by what was changed, because numbers of mutants move with the code.
"""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from shutil import copytree, ignore_patterns

import msgspec

from scripts.errors import OperatorError

MODULES = (
    *("call", "agent", "offer", "line", "memory", "outcomes", "deadlines", "steps", "decision", "transitions"),
    *("gates", "skills", "switchboard/*", "roster/*", "routing/*"),
)
"""What is changed: the rules, not the values that they speak in."""
TESTS = "tests/unit/engine"
COPIED = ("engine", "actors", "persistence", "benchmarks", "scripts", "tests", "docs", "web")
CAUGHT, SURVIVED, NO_TESTS, NOT_RUN = "caught", "survived", "no tests", "not run"
EXPLAINED = Path(__file__).with_name("explained.toml")

SETTINGS = """
[tool.mutmut]
source_paths = ["engine"]
only_mutate = [{modules}]
also_copy = [{copied}]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["{tests}"]
use_git_change_detection = false
track_dependencies = false
timeout_multiplier = 3.0
"""


class Generated(msgspec.Struct, frozen=True):
    """One mutant. `change`: the lines that differ, old and new; `because`: why its survival says nothing, if known."""

    name: str
    state: str
    change: str = ""
    because: str = ""


class Explanation(msgspec.Struct, frozen=True):
    """Why mutants survive that nobody need catch: whose name and change match the patterns (`*` for anything)."""

    function: str
    change: str
    because: str


class Explanations(msgspec.Struct, frozen=True):
    explained: tuple[Explanation, ...] = ()


def explanations() -> tuple[Explanation, ...]:
    """What is known of survivors."""
    return msgspec.convert(tomllib.loads(EXPLAINED.read_text()), Explanations).explained


def prepare(root: Path, copy: Path, modules: Sequence[str] = MODULES) -> None:
    """A copy of the sources that may be changed, with mutmut's settings in it."""
    for name in COPIED:
        copytree(root / name, copy / name, ignore=ignore_patterns("node_modules", "ui", "__pycache__"))
    settings = SETTINGS.format(
        modules=_quoted(f"engine/{module}.py" for module in modules),
        copied=_quoted(name for name in COPIED if name not in {"engine", "tests"}),
        tests=TESTS,
    )
    (copy / "pyproject.toml").write_text((root / "pyproject.toml").read_text() + settings)


def run(copy: Path, *, sample: int | None = None, seed: int = 1, workers: int = 1) -> list[Generated]:
    """Every mutant, or as many as `sample` drawn by `seed`, and what became of each. Takes about a second for one.

    Raises `OperatorError` with the end of what mutmut said if it could not work.
    """
    chosen: list[str] = []
    if sample is not None:
        _mutmut(copy, "run", "--max-children", str(workers), "nothing-yet", may_fail=True)
        known = [one.name for one in results(copy)]
        chosen = sorted(Random(seed).sample(known, min(sample, len(known))))  # noqa: S311 - nothing secret
    _mutmut(copy, "run", "--max-children", str(workers), *chosen)
    found = [one for one in results(copy) if not chosen or one.name in chosen]
    known_reasons = explanations()
    return [_explained(copy, one, known_reasons) if one.state is SURVIVED else one for one in found]


def results(copy: Path) -> list[Generated]:
    """What mutmut has written down so far."""
    found: list[Generated] = []
    for path in sorted((copy / "mutants").rglob("*.meta")):
        codes = msgspec.json.decode(path.read_bytes())["exit_code_by_key"]
        found += [Generated(name, _state(code)) for name, code in codes.items()]
    return found


def _state(code: int | None) -> str:
    """What an exit code of mutmut means; whatever is not named is a failure or a time-out of the tests, so noticed."""
    return {None: NOT_RUN, 0: SURVIVED, 5: NO_TESTS, 33: NO_TESTS}.get(code, CAUGHT)


def _explained(copy: Path, one: Generated, known: Sequence[Explanation]) -> Generated:
    change = "\n".join(_changed_lines(_mutmut(copy, "show", one.name)))
    function = one.name.partition("__mutmut_")[0].replace("ǁ", ".").replace(".x.", ".").replace(".x_", ".")
    for explanation in known:
        if fnmatch(function, explanation.function) and fnmatch(change, explanation.change):
            return Generated(one.name, one.state, change, explanation.because)
    return Generated(one.name, one.state, change)


def _changed_lines(diff: str) -> Iterator[str]:
    for line in diff.splitlines():
        if line[:1] in {"-", "+"} and not line.startswith(("---", "+++")):
            yield f"{line[0]} {line[1:].strip()}"


def _mutmut(copy: Path, *arguments: str, may_fail: bool = False) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise OperatorError(f"mutmut could not work: {(done.stdout + done.stderr)[-800:]}")
    return done.stdout


def _quoted(names: Iterator[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
