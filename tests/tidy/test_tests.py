"""The tests themselves: each says something, and its name says when and what."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.lanes import together
from tests.tidy.tree import python_of, text_of, tree_of, with_suffix

Function = ast.FunctionDef | ast.AsyncFunctionDef


def every_test() -> Iterator[tuple[Path, Function]]:
    for path in python_of("tests"):
        if path.name.startswith("test_"):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, Function) and node.name.startswith("test_"):
                    yield path, node


def asserting_helpers(path: Path) -> set[str]:
    """Functions of a file that assert something themselves, called by its tests."""
    helpers = [node for node in ast.walk(tree_of(path)) if isinstance(node, Function)]
    return {node.name for node in helpers if any(asserts(inner) for inner in ast.walk(node))}


def asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        last = name.split(".")[-1]
        return name in {"pytest.raises", "pytest.fail", "pytest.warns", "expect"} or last.startswith(
            ("assert_", "check_", "verify_", "expect_")
        )
    return False


def says_something(test: Function, helpers: set[str]) -> bool:
    for node in ast.walk(test):
        if asserts(node):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in helpers:
            return True
    return False


def test_every_test_then_it_asserts_something() -> None:
    silent = [
        f"{path}:{test.lineno}: {test.name}"
        for path, test in every_test()
        if not says_something(test, asserting_helpers(path) - {test.name})
    ]
    assert silent == []


def test_every_test_then_it_is_not_switched_off() -> None:
    off = {"pytest.mark.skip", "pytest.mark.xfail", "pytest.skip", "pytest.xfail"}
    found = [
        f"{path}:{node.lineno}"
        for path in python_of("tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in off
    ]
    assert found == []


def test_browser_tests_then_each_expects_something() -> None:
    paths = [path for path in with_suffix(".ts", ".tsx") if path.stem.endswith((".test", ".spec"))]
    assert [str(path) for path in paths if "expect(" not in text_of(path) and "assert" not in text_of(path)] == []


def test_tests_that_share_a_house_then_they_stay_in_one_lane() -> None:
    assert together("tests/browser/test_call.py::test_a[1]") == together("tests/browser/test_notes.py::test_b")
    assert together("tests/integration/test_load.py::test_a") == together(
        "tests/integration/test_load.py::test_b[a::b]"
    )
    assert together("tests/integration/test_load.py::test_a") != together("tests/integration/test_run.py::test_a")
