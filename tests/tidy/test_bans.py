"""What a package may not import or call, each ban with its replacement."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, python_of, tree_of

ENGINE_MAY_IMPORT = (sys.stdlib_module_names | {"msgspec", "engine"}) - {
    "asyncio",
    "concurrent",
    "datetime",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "secrets",
    "select",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
    "zoneinfo",
}
"""Time, ids and randomness come in as arguments; calendars are resolved outside."""

ENGINE_MAY_NOT_CALL = {"open", "print", "input", "exec", "eval", "breakpoint", "__import__", "hash", "id"}
"""`hash` and `id` differ from process to process: a replay would not equal what happened."""

RAY_IN = {Path("actors/cluster.py")}
"""And `scripts/embedded`, which starts a head; everything else asks the cluster file."""


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported, `from a import b` as `a.b`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def imports_of(path: Path, package: str) -> list[str]:
    return [f"{path}:{line}" for line, name in imports(path) if name.split(".")[0] == package]


def test_engine_then_it_imports_only_values_and_pure_code() -> None:
    found = [
        f"{path}:{line}: {name}"
        for path in python_of("engine")
        for line, name in imports(path)
        if name.split(".")[0] not in ENGINE_MAY_IMPORT
    ]
    assert found == []


def test_engine_then_randomness_is_only_a_type_that_comes_in() -> None:
    found = []
    for path in python_of("engine"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
                found += [f"{path}:{node.lineno}: random.{node.attr}"] if node.attr != "Random" else []
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Random", "random.Random"}:
                found.append(f"{path}:{node.lineno}: makes its own generator")
        found += [
            f"{path}:{n}: {name}" for n, name in imports(path) if name.startswith("random.") and name != "random.Random"
        ]
    assert found == []


def test_engine_then_it_calls_nothing_that_reaches_outside() -> None:
    found = [
        f"{path}:{node.lineno}: {node.func.id}"
        for path in python_of("engine")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ENGINE_MAY_NOT_CALL
    ]
    assert found == []


def test_engine_then_nothing_is_async() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in python_of("engine")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]
    assert found == []


def test_ray_then_imported_only_where_actors_are_made_and_addressed() -> None:
    allowed = [path for path in python_of(*PACKAGES) if path in RAY_IN or path.parts[:2] == ("scripts", "embedded")]
    found = [place for path in python_of(*PACKAGES) if path not in allowed for place in imports_of(path, "ray")]
    assert found == []


def test_database_driver_then_imported_only_in_persistence() -> None:
    others = [package for package in PACKAGES if package != "persistence"]
    assert [place for path in python_of(*others) for place in imports_of(path, "asyncpg")] == []


def test_environment_then_read_only_by_scripts() -> None:
    others = [package for package in PACKAGES if package != "scripts"]
    read = {"os.environ", "os.getenv", "os.environb", "os.putenv"}
    found = [
        f"{path}:{node.lineno}"
        for path in python_of(*others)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in read
    ]
    found += [f"{path}:{line}" for path in python_of(*others) for line, name in imports(path) if name in read]
    assert found == []


@pytest.mark.parametrize("package", PACKAGES)
def test_product_then_it_never_imports_its_tests(package: str) -> None:
    assert [place for path in python_of(package) for place in imports_of(path, "tests")] == []
