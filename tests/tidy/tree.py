"""The repository as the tidy tests see it: the files that git knows or would take, and their syntax trees."""

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "actors", "persistence", "web", "scripts", "benchmarks")


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is or could be committed, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):  # an archive without git: what lies there, less what is built
        skipped = {".venv", ".git", "node_modules", "dist", "build", "__pycache__", ".strowger"}
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return tuple(path for path in found if not skipped & set(path.parts) and not path.parts[0].startswith("."))
    return tuple(path for name in listed.split("\0") if name and (path := Path(name)) and (ROOT / path).is_file())


def with_suffix(*suffixes: str) -> list[Path]:
    return [path for path in files() if path.suffix in suffixes]


def python_of(*folders: str) -> list[Path]:
    return [path for path in with_suffix(".py") if path.parts[0] in folders]


@functools.cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), filename=str(path))
