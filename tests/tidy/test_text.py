"""What no file may hold: leftovers, machine paths, registries; and how long a file may be."""

import re
from pathlib import Path

import pytest

from tests.tidy.tree import text_of, with_suffix

LINES_MAX = 400
CODE = (".py", ".ts", ".tsx")
TEXT = (*CODE, ".md", ".sql", ".toml", ".yaml", ".yml", ".json", ".txt", ".css", ".html", ".sh", ".cfg", "")
GENERATED = {"package-lock.json"}
THIS_FILE = Path("tests/tidy/test_text.py")

LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~$}/-])/(home|root|Users|work|workspace|opt|mnt)/\w")
REGISTRY = re.compile(
    r"(?i)files\.pythonhosted|pypi\.org/simple|registry\.(npmjs|yarn)|artifactory|nexus/repository"
    r"|--(extra-)?index-url|\bfind-links\b"
)


def lines_with(pattern: re.Pattern[str], *suffixes: str) -> list[str]:
    paths = [path for path in with_suffix(*suffixes) if path.name not in GENERATED and path != THIS_FILE]
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_repository_then_no_leftover_notes() -> None:
    assert lines_with(LEFTOVER, *TEXT) == []


def test_repository_then_no_path_of_one_machine() -> None:
    assert lines_with(MACHINE_PATH, *TEXT) == []


def test_repository_then_no_package_registry_is_named() -> None:
    assert lines_with(REGISTRY, *TEXT, ".npmrc") == []


def test_lock_files_then_no_download_address_in_them() -> None:
    locks = [path for path in with_suffix(".json") if path.name in GENERATED]
    assert [str(path) for path in locks if '"resolved"' in text_of(path)] == []


def test_code_then_no_file_is_longer_than_can_be_read() -> None:
    written = [path for path in with_suffix(*CODE) if path.stem != "generated"]
    long = [(str(path), count) for path in written if (count := len(text_of(path).splitlines())) > LINES_MAX]
    assert long == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (LEFTOVER, "# TODO later"),
        (MACHINE_PATH, 'open("/root/x")'),
        (REGISTRY, "https://pypi.org/simple"),
    ],
)
def test_forbidden_line_then_the_pattern_finds_it(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line", ["/var/lib/strowger", "/tmp/x", "web/work/x", "https://docs.example/home/x", "GET /options/"]
)
def test_ordinary_line_then_no_pattern_minds_it(line: str) -> None:
    assert not LEFTOVER.search(line)
    assert not MACHINE_PATH.search(line)
    assert not REGISTRY.search(line)


def test_repository_then_its_text_is_utf8_with_unix_line_ends() -> None:
    paths: list[Path] = with_suffix(*TEXT)
    assert [str(path) for path in paths if "\r\n" in text_of(path)] == []
