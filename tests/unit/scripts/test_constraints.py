"""The pins: one for everything that is asked for, and each what was asked for."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.tree import ROOT, text_of, with_suffix

LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)")


def pins() -> dict[str, str]:
    text = (ROOT / "constraints.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return {canonicalize_name(name): version for name, version in (LINE.fullmatch(line).groups() for line in lines)}  # type: ignore[union-attr]


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"], *(text for extra in project["optional-dependencies"].values() for text in extra)]
    return [Requirement(text) for text in texts]


def test_everything_asked_for_then_pinned_to_a_version_that_was_asked_for() -> None:
    pinned = pins()
    missing = [item.name for item in requirements() if canonicalize_name(item.name) not in pinned]
    assert missing == []
    wrong = [str(item) for item in requirements() if not item.specifier.contains(pinned[canonicalize_name(item.name)])]
    assert wrong == []


def test_shell_scripts_then_they_stop_at_the_first_mistake() -> None:
    shells = [path for path in with_suffix("") if text_of(path).startswith("#!/usr/bin/env bash")]
    assert shells
    assert [str(path) for path in shells if not re.search(r"(?m)^set -e?uo pipefail$", text_of(path))] == []
